"""Facts of subscriptions with everything filled in; a test names what it cares about.

The KPIs of subscriptions are told anew here, not by the functions of the service.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import orjson

from analytics.domain.subscription_facts import SubscriptionFact
from payops_contracts.envelope import domain_event
from payops_contracts.topics import SUBSCRIPTION_EVENTS
from payops_kernel.messaging import Record
from payops_testing.analytics.debits import Numbers

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PAYMENTS_A_YEAR = {"DAY": 365, "WEEK": 52, "MONTH": 12, "YEAR": 1}


def a_subscription_fact(
    subscription_id: str = "sub-1", version: int = 1, **changes: Any
) -> SubscriptionFact:
    """A fact about US$12.00 a month, agreed on 1 March and not paid yet.

    ``started_at`` and ``ended_at`` bring their days of UTC with them.
    """
    parts: dict[str, Any] = {
        "partition": 0,
        "status": "CREATED",
        "currency": "USD",
        "amount_minor": 1200,
        "interval": "MONTH",
        "interval_count": 1,
        "created_at": NOON,
        "day": "2026-03-01",
    }
    started, ended = changes.get("started_at"), changes.get("ended_at")
    if started is not None and (ended is None or started <= ended):
        parts["started_day"] = f"{started:%Y-%m-%d}"
        parts["ended_day"] = ended and f"{ended:%Y-%m-%d}"
    return SubscriptionFact(subscription_id, version, **(parts | changes))


def a_subscription_event(
    subscription_id: str = "sub-1", version: int = 1, **changes: Any
) -> dict[str, Any]:
    """A structured event of ``payops.subscriptions``; ``changes`` replace members of ``data``."""
    data: dict[str, Any] = {
        "subscription_id": subscription_id,
        "created_at": "2026-03-01T12:00:00.000Z",
        "user": {"id": "u-1"},
        "amount_minor": 1200,
        "currency": "USD",
        "provider": "stripe",
        "method": "credit-cards",
        "billing": "hub",
        "recurrence": {"interval": "MONTH", "interval_count": 1, "anchor_on": "2026-03-01"},
        "status": "CREATED",
        "failures": 0,
        "failures_max": 4,
        "payments_made": 0,
        "paid_minor": 0,
        "refunded_minor": 0,
        "missed": 0,
        "flags": [],
        "change": {
            "event": "subscription_created",
            "occurred_at": "2026-03-01T12:00:00.000Z",
            "status_before": None,
            "applied": True,
            "cause_source": "/hub",
            "cause_id": f"{subscription_id}-{version}",
        },
    } | changes
    return domain_event(
        "payops.subscription.noted.v1",
        "/payops/subscriptions",
        subscription_id,
        version,
        NOON,
        data,
    )


def a_subscription_record(event: Any, partition: int = 0) -> Record:
    """The event as it lies in the log."""
    return Record(SUBSCRIPTION_EVENTS.name, partition, 0, 0, b"key", orjson.dumps(event), ())


def a_month(fact: SubscriptionFact) -> int:
    """What a subscription brings a month, by decimals."""
    a_year = Decimal(fact.amount_minor) * PAYMENTS_A_YEAR[fact.interval] / fact.interval_count
    return int((a_year / 12).quantize(Decimal(1), ROUND_HALF_UP))


def runs_on(fact: SubscriptionFact, day: str) -> bool:
    """Whether it runs at the end of a day of UTC."""
    started, ended = fact.started_at, fact.ended_at
    if started is None or (ended is not None and ended < started):
        return False
    return f"{started:%Y-%m-%d}" <= day and (ended is None or day < f"{ended:%Y-%m-%d}")


def recompute_subscriptions(facts: Iterable[SubscriptionFact]) -> Numbers:
    """Every number that the facts make, by currency, day, partition, part and word."""
    made: Numbers = Counter()
    for fact in facts:
        for day, by, word in _counted(fact):
            name = (fact.currency, day, fact.partition, by, word)
            made[(*name, "count")] += 1
            made[(*name, "amount")] += a_month(fact)
    return made


def _counted(fact: SubscriptionFact) -> Iterator[tuple[str, str, str | None]]:
    yield f"{fact.created_at:%Y-%m-%d}", "standing", fact.status
    if fact.status == "NOT_ACTIVE":
        yield f"{fact.created_at:%Y-%m-%d}", "end_reason", fact.end_reason
    started, ended = fact.started_at, fact.ended_at
    if started is not None and (ended is None or ended >= started):
        yield f"{started:%Y-%m-%d}", "started", None
        if ended is not None:
            yield f"{ended:%Y-%m-%d}", "ended", None
