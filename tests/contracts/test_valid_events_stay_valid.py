"""Whatever valid events upstream sends, in whatever order: what PayOps says of them is valid too,
is read by analytics, and is stored without an overflow.
"""

from __future__ import annotations

from typing import Any

import bson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.events import TRANSACTION_EVENTS
from payops_contracts.envelope import domain_event
from payops_contracts.money import MAX_AMOUNT_MINOR
from payops_contracts.registry import topic_of, validate
from payops_contracts.topics import TRANSACTIONS, UPSTREAM_PAYMENTS
from payops_kernel.errors import DeadLetter, Park
from payops_kernel.messaging import OutgoingMessage
from payops_kernel.messaging.records import Record, event_decoder
from payops_testing.contracts.agreeing import UPSTREAM, Event, events_of, structured
from transactions.domain.folding import fold
from transactions.domain.transaction import HISTORY_ROWS_MAX, Transaction
from transactions.events import fact_of
from transactions.publishing import step_messages
from transactions.store.transactions import TransactionStore

SEQUENCES, SEQUENCES_FULL = 60, 3_000
EVENTS_MAX = 12
OF_PAYMENTS = [each for each in UPSTREAM if topic_of(each) is UPSTREAM_PAYMENTS]
decode = event_decoder(UPSTREAM_PAYMENTS.events, UPSTREAM_PAYMENTS)
read = event_decoder(TRANSACTION_EVENTS, TRANSACTIONS)


class _NoDatabase(dict[str, None]):
    def __missing__(self, name: str) -> None:
        return None


STORE = TransactionStore(_NoDatabase())  # type: ignore[arg-type]


def told(events: list[Event]) -> Transaction | None:
    """The transaction after the events; every message about it is looked at."""
    transaction: Transaction | None = None
    for event in events:
        try:
            transaction = fold(transaction, fact_of(decode(structured(event))))
        except (DeadLetter, Park):
            continue
        for message in step_messages(transaction):
            look_at(message)
        bson.encode(STORE.to_document(transaction))
    return transaction


def look_at(message: OutgoingMessage) -> None:
    """As the contract and analytics read it."""
    assert message.value is not None
    assert len(message.value) <= TRANSACTIONS.message_bytes_max
    whole: Any = validate(message.value)
    ours = read(Record(TRANSACTIONS.name, 0, 0, 0, message.key, message.value, ()))
    assert ours["data"]["total_refunded_minor"] == whole.data.total_refunded_minor


@st.composite
def stories(draw: st.DrawFn) -> list[Event]:
    """Events of one payment: whatever the schemas allow, of few refunds and disputes."""
    kinds = draw(st.lists(st.sampled_from(OF_PAYMENTS), min_size=1, max_size=EVENTS_MAX))
    amount = draw(st.sampled_from([0, 1, 1000, MAX_AMOUNT_MINOR]))
    events = []
    for kind in kinds:
        event = draw(events_of(kind))
        same = {"transaction_id": "T", "amount_minor": amount, "currency": "EUR"}
        for name in {"refund_id", "dispute_id"} & event["data"].keys():
            same[name] = draw(st.sampled_from("ab"))
            same["amount_minor"] = draw(st.sampled_from([1, 1000, MAX_AMOUNT_MINOR]))
        events.append({**event, "subject": "T", "data": {**event["data"], **same}})
    return events


def test_every_story_of_valid_events_is_told_in_valid_events(
    request: pytest.FixtureRequest,
) -> None:
    full = request.config.getoption("--full")

    @settings(
        max_examples=SEQUENCES_FULL if full else SEQUENCES,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(stories())
    def told_in_valid_events(events: list[Event]) -> None:
        told(events)

    told_in_valid_events()


def _a(kind: str, number: int, **data: Any) -> Event:
    event = domain_event(f"upstream.{kind}.v1", "/hub", "T", number, 0, {})  # type: ignore[arg-type]
    said = {"transaction_id": "T", "amount_minor": MAX_AMOUNT_MINOR, "currency": "EUR", **data}
    return {**event, "time": "2026-01-01T00:00:00Z", "data": said}


PAID = {
    "created_at": "2026-01-01T00:00:00Z",
    "provider": "p",
    "method": "m",
    "channel": "c",
    "type": "DIRECT",
    "user": {"id": "u"},
    "items": [{"description": "d", "quantity": 1, "amount_minor": MAX_AMOUNT_MINOR}] * 500,
}


@pytest.mark.parametrize(
    ("fact", "name"), [("refund.succeeded", "refund_id"), ("dispute.lost", "dispute_id")]
)
def test_the_sums_of_a_whole_history_of_largest_amounts_are_valid(fact: str, name: str) -> None:
    events = [_a("payment.paid", 1, **PAID)]
    events += [_a(fact, n, **{name: f"r{n}"}) for n in range(2, HISTORY_ROWS_MAX + 2)]
    transaction = None
    for number, event in enumerate(events):
        try:
            transaction = fold(transaction, fact_of(decode(structured(event))))
        except DeadLetter:
            assert number == HISTORY_ROWS_MAX
    assert transaction is not None
    for message in step_messages(transaction):
        look_at(message)
    taken = transaction.total_refunded_minor + transaction.lost_minor
    assert taken == (HISTORY_ROWS_MAX - 1) * MAX_AMOUNT_MINOR
    bson.encode(STORE.to_document(transaction))
