"""The aggregations that KPIs of debits are read by; each begins with bounds of one index."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from analytics.domain.comparison import Period
from analytics.domain.debit_facts import FAILED_STATUSES
from analytics.store.day_buckets import one_currency, parts_of_days
from analytics.store.debits import DEBITS
from payops_kernel.mongo import Document
from payops_kernel.zones import DAY

_TALLY = {"count": {"$sum": 1}, "amount_minor": {"$sum": {"$toDecimal": "$amount_minor"}}}
REPEATED_BY = {
    "member": "$mpass_number",
    "batch": "$attempts.batch_code",
    "day": "$attempts.day",
}
"""What a failure can be repeated for."""


def whole_days(
    parts: Sequence[str], period: Period, currency: str | None, *, by_day: bool
) -> list[Document]:
    """Sums of parts of the buckets of a period, without the day that is cut."""
    last = period.last if period.until is None else period.last - DAY
    return parts_between(parts, period.first.isoformat(), last.isoformat(), currency, by_day=by_day)


def parts_between(
    parts: Sequence[str], first: str, last: str | None, currency: str | None, *, by_day: bool
) -> list[Document]:
    """Sums of parts of the buckets of days, both included; without ``last`` of all from then on."""
    bounds = {"$gte": first} if last is None else {"$gte": first, "$lte": last}
    return parts_of_days(DEBITS, parts, bounds, currency, by_day=by_day)


def charges_of_a_day(
    day: str, until: datetime | None = None, currency: str | None = None
) -> list[Document]:
    """Charges raised on a day, up to an instant: their money by currency and partition."""
    created: Document = {} if until is None else {"created_at": {"$lt": until}}
    sums: Document = {}
    for name in ("amount_minor", "collected_minor", "outstanding_minor", "tax_minor"):
        sums[name] = {"$sum": {"$toDecimal": f"${name}"}}
        sums[f"{name}_of"] = {"$sum": {"$cond": [{"$gt": [f"${name}", 0]}, 1, 0]}}
    by = {"currency": "$currency", "partition": "$partition"}
    return [
        {"$match": {"day": day, **created, **one_currency(currency)}},
        {"$group": {"_id": by, "count": {"$sum": 1}, **sums}},
    ]


def attempts_of_a_day(
    day: str, until: datetime | None = None, currency: str | None = None
) -> list[Document]:
    """Attempts submitted on a day, up to an instant, by all that tells them apart."""
    bounds: Document = {"day": day} | ({} if until is None else {"submitted_at": {"$lt": until}})
    names = ("number", "status", "batch_code", "failure_code")
    by: Document = {name: {"$ifNull": [f"$attempts.{name}", None]} for name in names}
    by |= {"currency": "$currency", "partition": "$partition", "charge": "$status"}
    return _of_attempts(bounds, by, currency)


def returnable_until(
    day: str, after: datetime | None = None, currency: str | None = None
) -> list[Document]:
    """What may go back until a day, by rail; with ``after`` what still may at that instant."""
    bounds: Document = {"last_day": day}
    if after is not None:
        bounds["returnable_until"] = {"$gt": after}
    by = {"currency": "$currency", "partition": "$partition", "rail": "$rail"}
    return _of_attempts(bounds, by, currency)


def _of_attempts(bounds: Document, by: Document, currency: str | None) -> list[Document]:
    each = {f"attempts.{name}": value for name, value in bounds.items()}
    return [
        {"$match": {"attempts": {"$elemMatch": bounds}, **one_currency(currency)}},
        {"$unwind": "$attempts"},
        {"$match": each},
        {"$group": {"_id": by, **_TALLY}},
    ]


def repeated(
    what: str, first: date, last: date, currency: str | None, at_least: int, limit: int
) -> list[Document]:
    """The same failure reason of one member, batch or day, that often within days."""
    days = {"$gte": first.isoformat(), "$lte": last.isoformat()}
    failed = {"attempts.status": {"$in": list(FAILED_STATUSES)}, "attempts.day": days}
    who: dict[str, Any] = {} if what != "batch" else {"attempts.batch_code": {"$exists": True}}
    by = {
        "currency": "$currency",
        "value": REPEATED_BY[what],
        "reason": {"$ifNull": ["$attempts.failure_code", None]},
    }
    ends = {"first": {"$min": "$attempts.day"}, "last": {"$max": "$attempts.day"}}
    return [
        {"$match": {"failed_days": {"$elemMatch": days}, **one_currency(currency)}},
        {"$unwind": "$attempts"},
        {"$match": failed | who},
        {"$group": {"_id": by, **_TALLY, **ends}},
        {"$match": {"count": {"$gte": at_least}}},
        {"$sort": {"count": -1, "amount_minor": -1, "_id": 1}},
        {"$limit": limit},
    ]


def retries_due(until: datetime, currency: str | None) -> list[Document]:
    """Charges that are debited again before an instant; their index holds all that is read."""
    return [
        {"$match": {"next_retry_at": {"$lt": until}, **one_currency(currency)}},
        {"$group": {"_id": {"currency": "$currency"}, **_TALLY}},
    ]


def open_exceptions(currency: str | None) -> list[Document]:
    """What persons have to settle; its index holds all that is read."""
    return [
        {"$match": {"exceptions": {"$gt": 0}, **one_currency(currency)}},
        {
            "$group": {
                "_id": {"currency": "$currency"},
                "count": {"$sum": "$exceptions"},
                "amount_minor": _TALLY["amount_minor"],
            }
        },
    ]
