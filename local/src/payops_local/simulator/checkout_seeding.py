"""The demo's checkout rules, seeded once: never twice, and never over what somebody changed.

Nothing notes that it was done. What stands in the rule set says it: as long as every rule is one of
the demo's as it was seeded, what is missing is added, so that whoever was killed on the way goes
on; the first thing that somebody else did ends it for good, for the service forgets no rule.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx

from payops_contracts.checkout_rules import DEFAULT_RULE, RuleStatus
from payops_kernel.logging import get_logger
from payops_kernel.mongo.transactions import retry_delay
from payops_local.simulator.checkout_words import DEMO_RULES, DemoRule
from payops_local.simulator.hub import wait
from payops_local.simulator.seeded_user import SeededUser

RULES = "/checkout-rules"
REASON = "The demo's own rules"
ROWS_MAX = 200

Row = dict[str, Any]

log = get_logger(__name__)


def left_to_seed(rows: Sequence[Row]) -> list[tuple[DemoRule, str | None]]:
    """What is to be written or activated yet, with the rule's id where it is written already.

    ``rows`` are all rules that there are, of any status, as the list says them.
    """
    demo, written = {each.name: each for each in DEMO_RULES}, dict[str, Row]()
    for row in rows:
        rule = demo.get(row["name"])
        if row["rule_id"] == DEFAULT_RULE:
            if row["version"] != 1:
                return []
        elif rule is None or not _as_seeded(rule, row):
            return []
        else:
            written[rule.name] = row
    left: list[tuple[DemoRule, str | None]] = []
    for each in DEMO_RULES:
        if each.name not in written:
            left.append((each, None))
        elif each.active and written[each.name]["status"] == RuleStatus.DRAFT:
            left.append((each, written[each.name]["rule_id"]))
    return left


def _as_seeded(rule: DemoRule, row: Row) -> bool:
    ours = {RuleStatus.DRAFT, RuleStatus.ACTIVE} if rule.active else {RuleStatus.DRAFT}
    unchanged = (row["version"], row["priority"]) == (1, rule.priority)
    return unchanged and row["status"] in ours


async def seed(approver: SeededUser) -> list[str]:
    """The names of the rules that were written or activated; raises ``httpx.HTTPError``."""
    found = await approver.ask("GET", RULES, params={"limit": ROWS_MAX})
    left = left_to_seed(found.raise_for_status().json()["items"])
    for rule, rule_id in left:
        if rule_id is None:
            body = {"terms": rule.terms, "priority": rule.priority, "reason": REASON}
            made = await approver.ask("POST", RULES, json=body, headers=_key(rule.name))
            rule_id = made.raise_for_status().json()["rule_id"]
        if rule.active:
            seen = await approver.ask("GET", f"{RULES}/{rule_id}")
            etag = seen.raise_for_status().headers["etag"]
            path = f"{RULES}/{rule_id}/activation"
            body, key = {"reason": REASON}, _key(f"activate-{rule_id}")
            done = await approver.ask("POST", path, json=body, headers=key, etag=etag)
            done.raise_for_status()
    return [rule.name for rule, _ in left]


def _key(what: str) -> dict[str, str]:
    return {"Idempotency-Key": f"demo-{what}".lower().replace(" ", "-")}


async def keep_seeding(approver: SeededUser, stopping: asyncio.Event) -> None:
    """Seed once everybody who is needed answers, however long that takes."""
    attempt = 0
    while not stopping.is_set():
        try:
            names = await seed(approver)
        except httpx.HTTPError as error:
            why = str(error) or type(error).__name__
            if isinstance(error, httpx.HTTPStatusError) and error.response.is_client_error:
                log.warning("simulator.rules_refused", why=why, said=error.response.text)
                return
            log.info("simulator.rules_wait", why=why)
            await wait(stopping, retry_delay(attempt))
            attempt += 1
        else:
            log.info("simulator.rules_seeded", names=names)
            return
