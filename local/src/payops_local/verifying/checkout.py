"""Checkout rules: the set that answers beside the rules themselves, and the catalogue that refunds
obey beside the one that is kept.
"""

from __future__ import annotations

from typing import Any

from payops_contracts.provider_catalogue import BUILT_IN_PAIRS, CATALOGUE_ID
from payops_local.connections import Database, Document, Session
from payops_local.verifying.findings import Findings

RULES, RULE_SET, CATALOGUE = "checkout_rules", "rule_set", "provider_catalogue"
SET_ID = "active"
BUILT_IN_VERSION = 1
"""Of the catalogue of which no event tells: who has heard of none obeys it."""


async def compare_rule_set(rules: Database, session: Session, findings: Findings) -> None:
    """Name every rule that is active and not in its place, and every place without its rule."""
    kept = await rules[RULE_SET].find_one({"_id": SET_ID}, session=session)
    places: Document = {} if kept is None else kept["rules"]
    found = rules[RULES].find(
        {"status": "ACTIVE"}, {"priority": 1, "active_version": 1}, session=session
    )
    active = {
        row["_id"]: [row.get("priority"), row.get("active_version")]
        for row in await found.to_list(length=None)
    }
    for rule_id in sorted(places.keys() | active.keys()):
        ours, theirs = active.get(rule_id), places.get(rule_id)
        if ours != theirs:
            findings.differ(
                f"checkout rule {rule_id}: its priority and version are {_said(ours)}, "
                f"the rule set says {_said(theirs)}"
            )


async def catalogue_not_obeyed(rules: Database, transactions: Database) -> str | None:
    """How the catalogue that refunds obey differs from the one that is kept; None if it does not.

    One that has just changed differs until its event has arrived.
    """
    kept = await rules[CATALOGUE].find_one({"_id": CATALOGUE_ID})
    obeyed = await transactions[CATALOGUE].find_one({"_id": CATALOGUE_ID})
    ours, theirs = _of_kept(kept), _of_obeyed(obeyed)
    if ours == theirs:
        return None
    return f"provider catalogue: {_words(*ours)}; refunds obey {_words(*theirs)}"


Refunds = tuple[int, list[list[str]]]
"""A version, and its pairs without refunds."""


def _of_kept(kept: Document | None) -> Refunds:
    if kept is None:
        return _of_obeyed(None)
    return kept["version"], _without(kept["pairs"])


def _of_obeyed(obeyed: Document | None) -> Refunds:
    if obeyed is None:
        return BUILT_IN_VERSION, _without([each.model_dump() for each in BUILT_IN_PAIRS])
    return obeyed["version"], obeyed["without_refunds"]


def _without(pairs: list[Any]) -> list[list[str]]:
    return sorted([each["provider"], each["method"]] for each in pairs if not each["refund"])


def _words(version: int, without: list[list[str]]) -> str:
    pairs = ", ".join(" ".join(each) for each in without) or "none"
    return f"version {version} has no refunds for {pairs}"


def _said(place: list[Any] | None) -> str:
    return "none" if place is None else f"{place[0]} and {place[1]}"
