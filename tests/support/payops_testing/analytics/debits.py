"""Facts of charges with everything filled in; a test names what it cares about.

The KPIs of debits are told anew here, not by the functions of the service.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Generic

import orjson

from analytics.domain.day_buckets import DayChanges, F
from analytics.domain.debit_facts import AttemptFact, ChargeFact
from payops_contracts.charges import Rail
from payops_contracts.envelope import domain_event
from payops_contracts.topics import CHARGES
from payops_kernel.messaging import Record

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RETURNABLE = {"ACH": timedelta(days=60), "SEPA": timedelta(days=56), "CARD": timedelta(days=120)}
OUTCOMES = {
    "attempts": {
        "SUBMITTED", "UNKNOWN", "FINALIZED", "TEMP_REJECTED", "PERMANENT_REJECTED", "REVERSED"
    },
    "succeeded": {"FINALIZED", "REVERSED"},
    "reversed": {"REVERSED"},
    "failed": {"TEMP_REJECTED", "PERMANENT_REJECTED"},
}  # fmt: skip
Told = tuple[str, str, str | None, int]
Numbers = Counter[tuple[Any, ...]]
"""Name → number; each pair of count and amount under two names."""


def an_attempt(
    number: int = 1, status: str = "FINALIZED", at: datetime = NOON, rail: str = "ACH", **more: Any
) -> AttemptFact:
    """An attempt, succeeded an hour later where it did."""
    until = at + timedelta(hours=1) + RETURNABLE[rail] if status == "FINALIZED" else None
    parts: dict[str, Any] = {
        "debit_id": f"d-{number}",
        "day": f"{at:%Y-%m-%d}",
        "returnable_until": until,
        "last_day": until and f"{until:%Y-%m-%d}",
    }
    return AttemptFact(number=number, status=status, submitted_at=at, **(parts | more))


def a_charge_fact(charge_id: str = "c-1", version: int = 1, **changes: Any) -> ChargeFact:
    """A fact about a charge of US$12.00 that is not debited yet."""
    parts: dict[str, Any] = {
        "partition": 0,
        "status": "PENDING",
        "amount_minor": 1200,
        "currency": "USD",
        "rail": Rail.ACH.value,
        "tax_minor": 216,
        "collected_minor": 0,
        "mpass_number": "MP-1",
        "created_at": NOON,
        "day": "2026-03-01",
    }
    return ChargeFact(charge_id, version, **(parts | changes))


def a_charge_event(charge_id: str = "c-1", version: int = 1, **changes: Any) -> dict[str, Any]:
    """A structured event of ``payops.charges``; ``changes`` replace members of ``data``."""
    data: dict[str, Any] = {
        "charge_id": charge_id,
        "created_at": "2026-03-01T12:00:00.000Z",
        "mpass_number": "MP-1",
        "user": {"id": "u-1"},
        "billing_code": "BC-1",
        "type": "LIMIT_EXCEED",
        "amount_minor": 1200,
        "currency": "USD",
        "rail": "ACH",
        "net_minor": 984,
        "tax_minor": 216,
        "description": "Minimum spending limit exceeded",
        "status": "PENDING",
        "retry_count": 0,
        "retries_max": 3,
        "withdrawal_pending": False,
        "settled_otherwise": False,
        "collected_minor": 0,
        "change": {
            "event": "charge_raised",
            "occurred_at": "2026-03-01T12:00:00.000Z",
            "status_before": None,
            "applied": True,
            "cause_source": "/settlement",
            "cause_id": f"{charge_id}-{version}",
        },
    } | changes
    return domain_event(
        "payops.charge.raised.v1", "/payops/billing-debits", charge_id, version, NOON, data
    )


def a_charge_record(event: Any, partition: int = 0) -> Record:
    """The event as it lies in the log."""
    return Record(CHARGES.name, partition, 0, 0, b"key", orjson.dumps(event), ())


class FactsInMemory(Generic[F]):
    """A store of facts and buckets; satisfies ``StoredFacts``."""

    def __init__(self) -> None:
        self.facts: dict[str, F] = {}
        self.buckets: Numbers = Counter()

    async def known(self, ids: Any) -> dict[str, F]:
        return {key: self.facts[key] for key in ids if key in self.facts}

    async def write(self, changed: DayChanges[F]) -> None:
        for fact in changed.appeared:
            assert fact.key not in self.facts
            self.facts[fact.key] = fact
        for fact in changed.moved:
            assert self.facts[fact.key].version < fact.version
            self.facts[fact.key] = fact
        for bucket, parts in changed.differences.items():
            for part, (count, amount) in parts.items():
                self.buckets[(*bucket, *part, "count")] += count
                self.buckets[(*bucket, *part, "amount")] += amount

    @property
    def numbers(self) -> Numbers:
        """What the buckets say, without zeros; a negative one would be told."""
        return Counter({name: number for name, number in self.buckets.items() if number})


def recompute_debits(facts: Iterable[ChargeFact]) -> Numbers:
    """Every number that the facts make, by currency, day, partition, part and word."""
    made: Numbers = Counter()
    for fact in facts:
        for day, by, word, amount in (*_of_charge(fact), *_of_attempts(fact)):
            name = (fact.currency, day, fact.partition, by, word)
            made[(*name, "count")] += 1
            made[(*name, "amount")] += amount
    return made


def _of_charge(fact: ChargeFact) -> Iterator[Told]:
    owed = 0 if fact.status in {"FINALIZED", "WITHDRAWN"} else fact.amount_minor
    amounts = {
        "charged": fact.amount_minor,
        "collected": fact.collected_minor,
        "owed": owed,
        "tax": fact.tax_minor,
    }
    for by, amount in amounts.items():
        if amount:
            yield fact.day, by, None, amount


def _of_attempts(fact: ChargeFact) -> Iterator[Told]:
    for each in fact.attempts:
        for outcome, statuses in OUTCOMES.items():
            if each.status in statuses:
                yield each.day, f"number_{outcome}", str(each.number), fact.amount_minor
                yield each.day, f"batch_{outcome}", each.batch_code, fact.amount_minor
        if each.status in OUTCOMES["failed"]:
            yield each.day, "reason", each.failure_code, fact.amount_minor
            if fact.status == "FINALIZED":
                yield each.day, "reason_recovered", each.failure_code, fact.amount_minor
        if each.last_day:
            yield each.last_day, "returnable", fact.rail, fact.amount_minor
