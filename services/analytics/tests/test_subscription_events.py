"""Events of subscriptions as facts: every golden example, and what is refused."""

from typing import Any

import pytest

from analytics.consumers import SubscriptionFacts
from analytics.domain.reporting_days import ReportingZone
from payops_contracts.snapshots import published_examples
from payops_contracts.topics import SUBSCRIPTION_EVENTS
from payops_kernel.errors import DeadLetter
from payops_kernel.messaging import Record, event_decoder
from payops_kernel.testing import GoldenExample, golden_examples
from payops_testing.analytics.subscriptions import a_subscription_event, a_subscription_record

NO_STORE: Any = None
"""These tests only decode."""
HANDLER = SubscriptionFacts(NO_STORE, ReportingZone("UTC"))


@pytest.mark.parametrize(
    "example", golden_examples("payops.subscription."), ids=lambda example: example.name
)
def test_a_fact_says_what_the_contract_says(example: GoldenExample) -> None:
    record = Record(SUBSCRIPTION_EVENTS.name, 2, 0, 0, example.key, example.value, example.headers)
    fact = HANDLER.decode(record).fact
    theirs = event_decoder(SUBSCRIPTION_EVENTS.events)(record)
    data = theirs.data
    assert (fact.subscription_id, fact.version, fact.partition) == (
        theirs.subject, int(theirs.sequence), 2
    )  # fmt: skip
    for name in (
        "status", "amount_minor", "currency", "created_at", "end_reason", "started_at", "ended_at",
    ):  # fmt: skip
        assert getattr(fact, name) == getattr(data, name), name
    recurrence = data.recurrence
    assert (fact.interval, fact.interval_count) == (
        recurrence.interval, recurrence.interval_count
    )  # fmt: skip


def test_every_example_ever_published_is_still_taken() -> None:
    for example in published_examples(SUBSCRIPTION_EVENTS.name):
        assert HANDLER.decode(a_subscription_record(example)).fact.version >= 1


def test_days_are_those_of_the_reporting_zone() -> None:
    kiritimati = SubscriptionFacts(NO_STORE, ReportingZone("Pacific/Kiritimati"))
    event = a_subscription_event(
        status="NOT_ACTIVE",
        end_reason="CANCELLED",
        started_at="2026-03-02T09:59:59.999Z",
        ended_at="2026-03-02T10:00:00.000Z",
    )
    fact = kiritimati.decode(a_subscription_record(event)).fact
    assert (fact.day, fact.started_day, fact.ended_day) == (
        "2026-03-02", "2026-03-02", "2026-03-03"
    )  # fmt: skip


def test_one_that_was_paid_after_its_end_keeps_its_instants_and_counts_on_no_day() -> None:
    event = a_subscription_event(
        status="NOT_ACTIVE",
        started_at="2026-03-03T10:00:00.000Z",
        ended_at="2026-03-02T10:00:00.000Z",
    )
    fact = HANDLER.decode(a_subscription_record(event)).fact
    assert fact.started_at is not None
    assert (fact.started_day, fact.ended_day) == (None, None)


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "PAUSED"},
        {"amount_minor": 0},
        {"recurrence": {"interval": "MONTH", "interval_count": 0, "anchor_on": "2026-03-01"}},
        {"recurrence": {"interval": "FORTNIGHT", "interval_count": 1, "anchor_on": "2026-03-01"}},
        {"started_at": "yesterday"},
        {"subscription_id": "sub-2"},
    ],
)
def test_what_is_no_subscription_is_a_dead_letter(changes: dict[str, Any]) -> None:
    event = a_subscription_event()
    event["data"] |= changes
    with pytest.raises(DeadLetter):
        HANDLER.decode(a_subscription_record(event))
