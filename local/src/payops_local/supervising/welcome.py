"""What `up` prints when all is ready: where everything is, and how to get in."""

from __future__ import annotations

import sys

from payops_local.issuer import ROLES
from payops_local.platform import Platform
from payops_local.ports import LOOPBACK
from payops_local.services import BACKOFFICE, SMTP_OFFSET
from payops_local.simulator.playing_notice import Played


def welcome(platform: Platform, took_s: float, played: Played | None = None) -> str:
    """Several lines of text; ``played`` is how far the demo's past is, while it is being told."""
    users = ", ".join(f"{role}@payops.local" for role in ROLES)
    end = "Ctrl-C stops everything." if sys.stdin.isatty() else "`./payops down` stops everything."
    pages_first = sorted(platform.services, key=lambda each: each.name != BACKOFFICE)
    services = [f"  {each.name:<15} {platform.url(each.name)}" for each in pages_first]
    mail = f"{LOOPBACK}:{platform.port(SMTP_OFFSET)}, kept in {platform.data.mail}"
    lines = [
        "",
        f"PayOps is ready after {took_s:.1f} s.",
        "",
        *services,
        f"  {'kafka':<15} {platform.kafka}",
        f"  {'mongo':<15} {platform.mongo_without_password}",
        f"  {'mail sink':<15} {mail}",
        f"  {'data, logs':<15} {platform.data.root}",
        "",
        f"Sign in as {users}.",
        "Each one's password is payops-ROLE (payops-viewer …). A token without signing in:",
        "",
        "  ./payops token viewer",
        '  curl -H "Authorization: Bearer $(./payops token viewer)" \\',
        f'    "{platform.gateway_url}/v1/transactions?limit=5"',
        "",
        *_past(played),
        end,
        "",
    ]
    return "\n".join(lines)


def _past(played: Played | None) -> list[str]:
    if played is None:
        return []
    return [
        f"The demo's past is being told, {played.total:,} days: charts are whole in a minute, "
        "debit batches in about four.",
        "",
    ]
