"""What the facts of a day say that its buckets must be, told by mongod's sums of the facts."""

from collections.abc import Iterable

from analytics.domain.day_buckets import Counted, DayBucket, DayCounter
from analytics.domain.debit_facts import MONEY, RETURNABLE, parts_of_attempts
from analytics.domain.payment_facts import NOTHING, Part, PaymentTotals
from analytics.store import debit_pipelines as pipelines
from analytics.store.day_buckets import counters_of
from analytics.store.debits import (
    BY_ATTEMPT,
    BY_DAY,
    BY_LAST_DAY,
    CHARGE_FACTS,
    DEBITS,
)
from analytics.store.payments import BUCKETS
from payops_contracts.charges import ChargeStatus
from payops_kernel.mongo import Collections, Document, Session, whole_number

Counters = dict[DayCounter, PaymentTotals]
_MONEY_FIELDS = ("amount_minor", "collected_minor", "outstanding_minor", "tax_minor")


def charges_counted(day: str, rows: Iterable[Document]) -> Counted:
    """Of ``charges_of_a_day``."""
    for row in rows:
        for part, name in zip(MONEY, _MONEY_FIELDS, strict=True):
            totals = PaymentTotals(int(row[f"{name}_of"]), whole_number(row[name]))
            yield DayCounter(_bucket(row, day), part), totals


def attempts_counted(day: str, rows: Iterable[Document]) -> Counted:
    """Of ``attempts_of_a_day``."""
    for row in rows:
        told = row["_id"]
        for part, totals in parts_of_attempts(
            told["number"], told["status"], told["batch_code"], told["failure_code"],
            _totals(row), recovered=told["charge"] == ChargeStatus.FINALIZED,
        ):  # fmt: skip
            yield DayCounter(_bucket(row, day), part), totals


def returnable_counted(day: str, rows: Iterable[Document]) -> Counted:
    """Of ``returnable_until``."""
    for row in rows:
        part = Part(RETURNABLE, row["_id"]["rail"])
        yield DayCounter(_bucket(row, day), part), _totals(row)


async def days_of_debits(db: Collections, session: Session) -> set[str]:
    """Every day that a fact or bucket of debits is in."""
    facts = db[CHARGE_FACTS]
    days: set[str] = set()
    for name in ("day", "attempts.day", "attempts.last_day"):
        days |= {day for day in await facts.distinct(name, session=session) if day}
    return days | set(await db[BUCKETS].distinct("day", {"kpi": DEBITS}, session=session))


async def debits_of_a_day(
    db: Collections, day: str, session: Session, time_max_ms: int
) -> tuple[Counters, Counters]:
    """What is stored of a day, and what the facts say."""
    stored: Counters = {}
    async for row in db[BUCKETS].find({"kpi": DEBITS, "day": day}, session=session):
        stored.update(counters_of(row))
    counted: Counters = {}
    for pipeline, hint, told in (
        (pipelines.charges_of_a_day(day), BY_DAY, charges_counted),
        (pipelines.attempts_of_a_day(day), BY_ATTEMPT, attempts_counted),
        (pipelines.returnable_until(day), BY_LAST_DAY, returnable_counted),
    ):
        cursor = db[CHARGE_FACTS].aggregate(
            pipeline, session=session, maxTimeMS=time_max_ms, hint=hint
        )
        for counter, totals in told(day, await cursor.to_list(length=None)):
            counted[counter] = totals.plus(counted.get(counter, NOTHING))
    return stored, counted


def _bucket(row: Document, day: str) -> DayBucket:
    return DayBucket(row["_id"]["currency"], day, row["_id"]["partition"])


def _totals(row: Document) -> PaymentTotals:
    return PaymentTotals(int(row["count"]), whole_number(row["amount_minor"]))
