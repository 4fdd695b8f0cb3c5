"""Tokens for a board inside a page of another site: short-lived, and for reading KPIs alone."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gateway.errors import SiteNotAllowed
from payops_kernel.auth.issuer import TokenIssuer
from payops_kernel.auth.principals import Principal, Scope
from payops_kernel.logging import get_logger
from payops_kernel.sites import admits

LIFETIME_MAX = timedelta(hours=1)
SITES_MAX = 10
ID_BYTES = 9

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class EmbedWanted:
    """What an admin asks for."""

    sites: Sequence[str]
    lifetime: timedelta
    """At most :data:`LIFETIME_MAX`."""
    currency: str | None
    """The one currency that the token shows; None: all, each apart."""


@dataclass(frozen=True, slots=True)
class EmbedToken:
    """A token and the instant after which it is good for nothing."""

    token: str
    expires_at: datetime


class EmbedTokens:
    """Makes them; ``allowed`` are the sites that may frame a board at all."""

    def __init__(self, issuer: TokenIssuer, allowed: Sequence[str]) -> None:
        self._issuer = issuer
        self._allowed = allowed

    def issue(self, wanted: EmbedWanted, actor: Principal) -> EmbedToken:
        """A token with a caller's name of its own, so that it has a rate of its own.

        Raises ``SiteNotAllowed``.
        """
        for number, site in enumerate(wanted.sites):
            if not any(admits(allowed, site) for allowed in self._allowed):
                raise SiteNotAllowed(number, site)
        # Real time, as the expiry of every token; business time is driven in demos.
        expires_at = datetime.now(UTC).replace(microsecond=0) + wanted.lifetime
        named = secrets.token_urlsafe(ID_BYTES)
        limits = {} if wanted.currency is None else {"currency": wanted.currency}
        token = self._issuer.issue_scoped(
            f"embed:{named}",
            "Embedded dashboard",
            Scope.KPIS,
            wanted.lifetime,
            {"limits": limits, "sites": list(wanted.sites)},
        )
        log.info(
            "embed.token_issued",
            embed=named,
            by=actor.subject,
            sites=list(wanted.sites),
            seconds=int(wanted.lifetime.total_seconds()),
        )
        return EmbedToken(token, expires_at)
