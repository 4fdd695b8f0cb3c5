"""The aggregations that KPIs are read by; each begins with bounds of one index."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from analytics.domain.comparison import Period
from analytics.store.parts import stored_word
from analytics.store.payments import KPI
from analytics.use_cases.kpi_reads import Measure, Reading
from payops_contracts.payments import TransactionStatus
from payops_kernel.mongo import Document
from payops_kernel.zones import DAY


def whole_days(reading: Reading, period: Period, currency: str | None) -> list[Document]:
    """Sums of the buckets of a period, without the day that is cut; every condition bounds."""
    query: dict[str, Any] = {"kpi": KPI, **_currency(currency), "day": _days(period)}
    return [{"$match": query | _statuses(reading)}, *_unfolded(reading), _grouped(reading)]


def failed_of_a_type(reading: Reading, period: Period, currency: str | None) -> list[Document]:
    """Sums of the facts of a period, without the day that is cut; their index holds all that is
    read.
    """
    query: dict[str, Any] = {"type": reading.type, "status": TransactionStatus.FAILED}
    query |= {**_currency(currency), "day": _days(period)}
    sums = {"count": {"$sum": 1}, "amount_minor": {"$sum": {"$toDecimal": "$amount_minor"}}}
    return [{"$match": query}, {"$group": {"_id": _by(reading), **sums}}]


def part_of_a_day(
    reading: Reading, day: date, until: datetime, currency: str | None
) -> list[Document]:
    """Sums of the facts of one day up to an instant."""
    query = {"day": day.isoformat(), "created_at": {"$lt": until}}
    query |= _currency(currency) | _statuses(reading)
    if reading.type is not None:
        query["type"] = reading.type
    amount = "$amount_minor"
    if reading.of is Measure.REFUNDED:
        query["total_refunded_minor"] = {"$gt": 0}
        amount = "$total_refunded_minor"
    sums = {"count": {"$sum": 1}, "amount_minor": {"$sum": amount}}
    return [{"$match": query}, {"$group": {"_id": _by(reading), **sums}}]


def awaiting(currency: str | None) -> list[Document]:
    """Payments with open refunds by how many each has; their index holds all that is read."""
    by = {"currency": "$currency", "awaiting_refunds": {"$toString": "$awaiting_refunds"}}
    sums = {"count": {"$sum": 1}, "amount_minor": {"$sum": "$awaiting_minor"}}
    return [
        {"$match": {"awaiting_refunds": {"$gt": 0}, **_currency(currency)}},
        {"$group": {"_id": by, **sums}},
    ]


def _unfolded(reading: Reading) -> Sequence[Document]:
    """Parts as rows; nothing when whole buckets are summed."""
    if reading.of is Measure.REFUNDED:
        return ({"$match": {"refunded": {"$exists": True}}},)
    if reading.part is None:
        return ()
    kept = dict.fromkeys(("currency", *(f.value for f in reading.by if f is not reading.part)), 1)
    return (
        {"$project": {"_id": 0, **kept, "part": {"$objectToArray": f"${reading.part}"}}},
        {"$unwind": "$part"},
    )


def _grouped(reading: Reading) -> Document:
    place = "" if reading.part is None else "part.v."
    place = "refunded." if reading.of is Measure.REFUNDED else place
    place = place if reading.type is None else f"type.{stored_word(reading.type)}."
    by = _by(reading)
    if reading.part is not None:
        by[reading.part.value] = "$part.k"
    return {
        "$group": {
            "_id": by,
            "count": {"$sum": f"${place}count"},
            "amount_minor": {"$sum": f"${place}amount_minor"},
        }
    }


def _by(reading: Reading) -> Document:
    return {"currency": "$currency"} | {field.value: f"${field}" for field in reading.by}


def _days(period: Period) -> Document:
    last = period.last if period.until is None else period.last - DAY
    return {"$gte": period.first.isoformat(), "$lte": last.isoformat()}


def _currency(currency: str | None) -> Document:
    return {} if currency is None else {"currency": currency}


def _statuses(reading: Reading) -> Document:
    if reading.statuses is None:
        return {}
    return {"status": {"$in": [str(status) for status in reading.statuses]}}
