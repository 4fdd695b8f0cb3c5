"""Answers of KPIs as the gateway sends them, for charts to be made of."""

from datetime import date, timedelta
from typing import Any

from payops_contracts.labels import SUBSCRIPTION_END_REASON, SUBSCRIPTION_STATUS, label

Body = dict[str, Any]

FRESH: Body = {
    "zone": "Europe/Rome",
    "as_of": {"at": "2026-03-15T11:00:00Z", "positions": []},
    "lag": 0,
    "verified": {
        "verified_at": "2026-03-15T10:55:00Z", "agreed": True, "differences": 0, "payments": 9,
    },
}  # fmt: skip


def window(first: str, last: str, until: str | None = None) -> Body:
    """The window of an answer, and the month before it."""
    return {
        **FRESH,
        "window": {"name": "custom", "from": first, "to": last, "until": until},
        "previous": {
            "from": "2026-02-01",
            "to": "2026-02-15",
            "until": until and until.replace("-03-", "-02-"),
        },
    }


def before(
    count: int = 0,
    amount: int = 0,
    count_change: float | None = None,
    change: float | None = None,
) -> Body:
    """The period before, and the changes against it."""
    return {
        "count": count, "amount_minor": amount, "count_change_percent": count_change,
        "amount_change_percent": change,
    }  # fmt: skip


def days_of(first: str, last: str) -> list[str]:
    """Every day, both included."""
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return [(start + timedelta(n)).isoformat() for n in range((end - start).days + 1)]


def daily(
    paid: dict[str, tuple[int, int]],
    first: str = "2026-03-01",
    last: str = "2026-03-04",
    currency: str = "EUR",
    until: str | None = None,
    previous: Body | None = None,
) -> Body:
    """Daily payments: counts and amounts by day, the others empty."""
    days: list[Body] = [
        {"day": day, "count": paid.get(day, (0, 0))[0], "amount_minor": paid.get(day, (0, 0))[1]}
        for day in days_of(first, last)
    ]
    total = {
        "count": sum(day["count"] for day in days),
        "amount_minor": sum(day["amount_minor"] for day in days),
    }
    found = {"currency": currency, "total": total, "previous": previous or before(), "days": days}
    return {**window(first, last, until), "currencies": [found]}


def by_method(
    lines: dict[str, list[int]], first: str = "2026-03-01", last: str = "2026-03-02"
) -> Body:
    """Amounts by method: of each its amount a day, one payment each."""
    made: list[Body] = [
        {
            "value": value, "label": value.title(), "is_others": False,
            "total": {"count": len(amounts), "amount_minor": sum(amounts)},
            "previous": before(), "counts": [1] * len(amounts), "amounts_minor": amounts,
        }
        for value, amounts in lines.items()
    ]  # fmt: skip
    total = {
        "count": sum(line["total"]["count"] for line in made),
        "amount_minor": sum(line["total"]["amount_minor"] for line in made),
    }
    found = {"currency": "EUR", "total": total, "previous": before(), "lines": made}
    return {
        **window(first, last), "by": "method", "days": days_of(first, last), "currencies": [found],
    }  # fmt: skip


def by_status(counts: dict[str, int], percentages: dict[str, float]) -> Body:
    """Payments by status."""
    statuses = [
        {
            "status": status, "label": status.title(), "count": count, "amount_minor": 100 * count,
            "percentage": percentages[status], "previous": before(),
        }
        for status, count in counts.items()
    ]  # fmt: skip
    whole = sum(counts.values())
    total = {"count": whole, "amount_minor": 100 * whole}
    found = {"currency": "EUR", "total": total, "previous": before(), "statuses": statuses}
    return {**window("2026-03-01", "2026-03-04"), "currencies": [found]}


def net(gross: int, refunded: int) -> Body:
    """Refunds and net of one day."""
    said = {
        "count": 1, "refunded_count": 1, "gross_minor": gross, "refunded_minor": refunded,
        "net_minor": gross - refunded,
    }  # fmt: skip
    changes = dict.fromkeys(
        ("gross_change_percent", "refunded_change_percent", "net_change_percent")
    )
    found = {
        "currency": "EUR", "total": said, "previous": {**said, **changes},
        "days": [{"day": "2026-03-01", **said}],
    }  # fmt: skip
    return {**window("2026-03-01", "2026-03-01"), "currencies": [found]}


def by_reason(counts: dict[str, int], percentages: dict[str, float]) -> Body:
    """Failed payments by reason."""
    made = by_status(counts, percentages)
    (found,) = made["currencies"]
    reasons = [
        {**each, "reason": each["status"], "is_others": False} for each in found.pop("statuses")
    ]
    return {**made, "currencies": [{**found, "reasons": reasons}]}


def today(payments: int = 6, yesterday: int = 5) -> Body:
    """Today's figures at noon of Rome."""
    figure = {"count": payments, "amount_minor": 12_000, "previous": before(yesterday)}
    none = {"count": 0, "amount_minor": 0, "previous": before()}
    found = {
        "currency": "EUR", "payments": figure, "paid": figure, "failed": none,
        "refunds_awaiting": {"count": 1, "amount_minor": 500, "payments": 1},
    }  # fmt: skip
    return {
        **FRESH,
        "window": {
            "name": "custom", "from": "2026-03-15", "to": "2026-03-15",
            "until": "2026-03-15T11:00:00Z",
        },
        "previous": {"from": "2026-03-14", "to": "2026-03-14", "until": "2026-03-14T11:00:00Z"},
        "currencies": [found],
    }  # fmt: skip


def subscriptions(
    new: list[int], churned: list[int], month: int = 999, opening: int = 40,
    first: str = "2026-03-01", last: str = "2026-03-02",
) -> Body:  # fmt: skip
    """Subscriptions that run, started and ended each day, of one amount a month."""
    running, active = opening, []
    for came, went in zip(new, churned, strict=True):
        running += came - went
        active.append(running)

    def tally(count: int) -> Body:
        return {"count": count, "amount_minor": count * month}

    def line(value: str, counts: list[int], total: int) -> Body:
        return {
            "value": value, "label": value.title(), "is_others": False, "total": tally(total),
            "previous": before(), "counts": counts, "amounts_minor": [n * month for n in counts],
        }  # fmt: skip

    found = {
        "currency": "EUR", "total": tally(running), "previous": before(),
        "opening": tally(opening), "churn_percent": 100 * sum(churned) / opening,
        "previous_churn_percent": 1.5,
        "lines": [
            line("active", active, running), line("new", new, sum(new)),
            line("churned", churned, sum(churned)),
        ],
    }  # fmt: skip
    return {
        **window(first, last), "by": "subscriptions", "days": days_of(first, last),
        "currencies": [found],
    }  # fmt: skip


def subscription_payments(
    failed: list[int], paid: list[int], first: str = "2026-03-01", last: str = "2026-03-02"
) -> Body:
    """Payments of subscriptions that failed and were paid each day, of one amount."""

    def told(lost: int, got: int) -> Body:
        both = lost + got
        return {
            "count": both, "amount_minor": 999 * both,
            "failed": {"count": lost, "amount_minor": 999 * lost},
            "paid": {"count": got, "amount_minor": 999 * got},
            "failed_percent": round(100 * lost / both, 2) if both else None,
        }  # fmt: skip

    days = [
        {"day": day, **told(*each)}
        for day, each in zip(days_of(first, last), zip(failed, paid, strict=True), strict=True)
    ]
    found = {
        "currency": "EUR", "total": told(sum(failed), sum(paid)),
        "previous": {**before(), **told(0, 0)}, "days": days,
    }  # fmt: skip
    return {**window(first, last), "currencies": [found]}


def subscriptions_by_status(counts: dict[str, int], reasons: dict[str, int]) -> Body:
    """Subscriptions by status as of now."""
    found = {
        "currency": "EUR",
        "total": {"count": sum(counts.values()), "amount_minor": 999 * sum(counts.values())},
        "statuses": [
            {
                "status": status, "label": label(SUBSCRIPTION_STATUS, status), "count": count,
                "amount_minor": 999 * count, "percentage": 0.0,
            }
            for status, count in counts.items()
        ],
        "end_reasons": [
            {
                "reason": reason, "label": label(SUBSCRIPTION_END_REASON, reason), "count": count,
                "amount_minor": 999 * count,
            }
            for reason, count in reasons.items()
        ],
    }  # fmt: skip
    return {**FRESH, "currencies": [found]}


def hits(
    rules: dict[str, tuple[str, int]], first: str = "2026-03-01", last: str = "2026-03-02"
) -> Body:
    """Hits of checkout rules: ID → name and how often it answered."""
    return {
        "from": first, "to": last, "zone": "Europe/Rome", "written_every_s": 5,
        "hits": sum(count for _name, count in rules.values()),
        "items": [
            {"rule_id": rule_id, "name": name, "hits": count, "versions": [], "days": []}
            for rule_id, (name, count) in rules.items()
        ],
    }  # fmt: skip
