"""Every subscription beside analytics' fact of it, and what the facts make.

Both are read in one snapshot, in the order of ids. Counted anew here, not by the functions of the
services.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from payops_local.connections import Database, Document, Session
from payops_local.verifying.buckets import DayCell, day_in, whole_number
from payops_local.verifying.findings import Findings
from payops_local.verifying.rows import BEHIND_MAX, in_order, words_behind

SUBSCRIPTIONS, SUBSCRIPTION_FACTS = "subscriptions", "subscription_facts"
KPI = "subscriptions"
ALIKE = (
    "version", "status", "amount_minor", "currency", "created_at", "started_at", "ended_at",
    "end_reason",
)  # fmt: skip
RECURRENCE = {"interval": "interval", "interval_count": "every"}
"""Of a fact, and within the recurrence of a subscription."""
PAYMENTS_A_YEAR = {"DAY": 365, "WEEK": 52, "MONTH": 12, "YEAR": 1}
_EXACT = Context(prec=60)


def month_of(fact: Mapping[str, Any]) -> int:
    """What a subscription brings a month in minor units, rounded half up."""
    payments = int(fact["amount_minor"]) * PAYMENTS_A_YEAR[fact["interval"]]
    month = _EXACT.divide(Decimal(payments), Decimal(12 * int(fact["interval_count"])))
    return int(month.to_integral_value(ROUND_HALF_UP))


@dataclass(slots=True)
class Subscriptions:
    """What the walk over all subscriptions saw."""

    zone: ZoneInfo
    subscriptions: int = 0
    facts: int = 0
    behind: dict[str, int] = field(default_factory=dict)
    """Subscription id → the version that its fact did not have yet."""
    counts: Counter[DayCell] = field(default_factory=Counter)
    amounts: Counter[DayCell] = field(default_factory=Counter)

    def add(self, fact: Mapping[str, Any]) -> None:
        """Count one fact's document anew, by its instants."""
        self.facts += 1
        month = month_of(fact)
        for day, part, word in self._counted(fact):
            cell = (fact["currency"], day, int(fact["partition"]), part, word)
            self.counts[cell] += 1
            self.amounts[cell] += month

    def _counted(self, fact: Mapping[str, Any]) -> Iterator[tuple[str, str, str | None]]:
        agreed = day_in(self.zone, fact["created_at"])
        yield agreed, "standing", fact["status"]
        if fact["status"] == "NOT_ACTIVE":
            yield agreed, "end_reason", fact.get("end_reason")
        started, ended = fact.get("started_at"), fact.get("ended_at")
        if started is None or (ended is not None and ended < started):
            return  # it never ran
        yield day_in(self.zone, started), "started", None
        if ended is not None:
            yield day_in(self.zone, ended), "ended", None


async def compare_subscriptions(
    owner: Database,
    analytics: Database,
    session: Session,
    seen: Subscriptions,
    findings: Findings,
) -> None:
    """Walk over subscriptions and facts and name every difference; count the facts anew."""
    recurrence = [f"recurrence.{name}" for name in RECURRENCE.values()]
    ours = in_order(owner[SUBSCRIPTIONS], (*ALIKE, *recurrence), session)
    facts = (*ALIKE, *RECURRENCE, "monthly_minor", "partition")
    theirs = in_order(analytics[SUBSCRIPTION_FACTS], facts, session)
    row, fact = await anext(ours, None), await anext(theirs, None)
    while row is not None or fact is not None:
        if fact is None or (row is not None and row["_id"] < fact["_id"]):
            assert row is not None  # noqa: S101 - for the type checker: the loop says so
            seen.subscriptions += 1
            _behind(row, None, seen, findings)
            row = await anext(ours, None)
            continue
        if row is None or fact["_id"] < row["_id"]:
            findings.differ(f"subscription fact {fact['_id']}: there is no such subscription")
        else:
            seen.subscriptions += 1
            with findings.comparing(f"subscription {row['_id']}"):
                _compare(row, fact, seen, findings)
            row = await anext(ours, None)
        with findings.comparing(f"subscription fact {fact['_id']}"):
            seen.add(fact)
        fact = await anext(theirs, None)


def _compare(row: Document, fact: Document, seen: Subscriptions, findings: Findings) -> None:
    if fact["version"] < row["version"]:
        _behind(row, fact, seen, findings)
        return
    told = {name: row.get(name) for name in ALIKE}
    told |= {name: row["recurrence"][theirs] for name, theirs in RECURRENCE.items()}
    told["monthly_minor"] = month_of(told)
    says = {name: fact.get(name) for name in told}
    says["monthly_minor"] = whole_number(fact["monthly_minor"])
    for name, value in told.items():
        if value != says[name]:
            findings.differ(
                f"subscription {row['_id']}: {name} is {value}, its fact says {says[name]}"
            )


def _behind(row: Document, fact: Document | None, seen: Subscriptions, findings: Findings) -> None:
    if len(seen.behind) < BEHIND_MAX:
        seen.behind[row["_id"]] = row["version"]
    else:
        findings.differ(words_behind(row["_id"], row["version"], fact, "subscription"))
