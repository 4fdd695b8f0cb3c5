"""What a transaction says to the world, and how it comes back from its document."""

from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import bson
import pytest
from bson.codec_options import CodecOptions
from hypothesis import given
from hypothesis import strategies as st

from payops_contracts.payments import (
    HistoryEvent,
    TransactionData,
    TransactionEvent,
    TransactionNotedV1,
)
from payops_contracts.registry import adapter_of
from payops_contracts.topics import TRANSACTIONS, UPSTREAM_PAYMENTS
from payops_kernel.messaging import OutgoingMessage, event_decoder
from payops_testing.transactions.builders import (
    a_cause,
    a_description,
    a_fact,
    a_record,
    an_event,
    facts,
    folded,
    money_facts,
    state,
)
from transactions.domain.facts import Attribute, Fact, FactKind, PaymentFact
from transactions.domain.folding import fold
from transactions.events import fact_of
from transactions.publishing import restated_message, step_message, step_messages
from transactions.store.transactions import TransactionStore


class _NoDatabase(dict[str, None]):
    def __missing__(self, name: str) -> None:
        return None


STORE = TransactionStore(_NoDatabase())  # type: ignore[arg-type]
DECODE = event_decoder(UPSTREAM_PAYMENTS.events, UPSTREAM_PAYMENTS)
AWARE: CodecOptions[dict[str, object]] = CodecOptions(tz_aware=True)


def read(message: OutgoingMessage) -> TransactionEvent:
    """The event as whoever follows the topic reads it."""
    event: TransactionEvent = adapter_of(TRANSACTIONS.name).validate_json(message.value or b"")
    return event


@given(facts)
def test_every_step_is_a_valid_event_with_the_next_sequence(told: list[PaymentFact]) -> None:
    transaction = None
    for number, fact in enumerate(told, start=1):
        transaction = fold(transaction, fact)
        assert transaction.step is not None
        event = read(step_message(transaction, transaction.step))
        assert event.version == number
        assert event.subject == event.partitionkey == transaction.id
        assert isinstance(event.data, TransactionData)
        assert event.data.status is transaction.status
        assert event.data.change.cause_id == fact.cause.event_id


NEVER_APPLIED = {HistoryEvent.EVENT_CONTRADICTED, HistoryEvent.RESTORED}


@pytest.mark.parametrize("event", sorted(set(HistoryEvent) - NEVER_APPLIED))
def test_what_is_applied_has_an_event_of_its_own_and_is_stored_and_published_as_its_plain_word(
    event: HistoryEvent,
) -> None:
    t = folded(a_fact(FactKind.PAID))
    t.record(event, a_cause("e-new"), t.status)
    assert t.step is not None
    said = read(step_message(t, t.step))
    assert not isinstance(said, TransactionNotedV1)
    assert said.data.change.event == event.value
    assert type(STORE.to_document(t)["history"][-1]["event"]) is str


@given(money_facts)
def test_a_transaction_with_refunds_and_disputes_comes_back_and_says_so(told: list[Fact]) -> None:
    transaction = folded(*told)
    assert transaction.step is not None
    again = STORE.from_document(bson.decode(bson.encode(STORE.to_document(transaction)), AWARE))
    assert state(again) == state(transaction)
    assert again.history == transaction.history
    event = read(step_message(transaction, transaction.step))
    assert isinstance(event.data, TransactionData)
    assert event.data.total_refunded_minor == transaction.total_refunded_minor
    assert len(event.data.refunds) == len(transaction.refunds)


@given(money_facts)
def test_a_state_that_is_said_again_is_the_same_state_under_its_raised_version(
    told: list[Fact],
) -> None:
    transaction = folded(*told)
    assert transaction.step is not None
    last = read(step_message(transaction, transaction.step))
    transaction.version += 1_000_000
    event = read(restated_message(transaction, datetime(2026, 3, 1, tzinfo=UTC), "r1"))
    assert isinstance(event, TransactionNotedV1)
    assert event.version == last.version + 1_000_000
    assert event.data.change.event == "restored"
    same = {"data": {"change": True}}
    assert event.model_dump(include={"data"}, exclude=same) == last.model_dump(
        include={"data"}, exclude=same
    )


@given(facts)
def test_a_transaction_comes_back_from_bson_as_it_was(told: list[PaymentFact]) -> None:
    transaction = None
    for fact in told:
        transaction = fold(transaction, fact)
    assert transaction is not None
    raw = bson.encode(STORE.to_document(transaction))
    again = STORE.from_document(bson.decode(raw, AWARE))
    assert state(again) == state(transaction)
    assert again.history == transaction.history


def test_a_wire_event_becomes_the_fact_it_says() -> None:
    event = DECODE(a_record(an_event("failed", failure={"code": "51"})))
    fact = fact_of(event)
    assert isinstance(fact, PaymentFact)
    assert fact.kind is FactKind.FAILED
    assert fact.failure is not None
    assert fact.failure.code == "51"
    assert fact.description.user_email == "ada@example.com"


def test_every_part_of_a_wire_event_lands_in_its_own_place() -> None:
    texts = {
        "provider": "adyen",
        "method": "pay-pal",
        "channel": "mobile",
        "link": "https://pay.example/1",
        "subscription_id": "sub-1",
        "payment_request_id": "pr-1",
        "provider_payment_id": "psp-1",
    }
    user = {"id": "u-1", "name": "Ada Example", "email": "ada@example.com", "phone": "+44 1"}
    items = [{"description": "Book", "quantity": 2, "amount_minor": 1200, "tax_minor": 7}]
    told: dict[str, Any] = {
        **texts,
        "type": "PAY_BY_LINK",
        "notification_channels": ["sms"],
        "items": items,
        "attributes": {"country": "IT", "basket/quantity": 3.0},
    }
    event = DECODE(a_record(an_event("paid", user=user, **told)))
    fact = fact_of(event)
    assert isinstance(fact, PaymentFact)
    assert fact.description._asdict() == {
        **texts,
        "created_at": event.data.created_at,
        "type": "PAY_BY_LINK",
        **{f"user_{name}": text for name, text in user.items()},
        "notification_channels": ("sms",),
        "items": (("Book", 2, 1200, 7),),
        "attributes": (("basket/quantity", 3), ("country", "IT")),
    }


def test_attributes_are_told_as_upstream_told_them_and_come_back_as_they_were() -> None:
    attributes = {"a.b/$c": 2**53 - 1, "country": "IT", "score": 0.1}
    transaction = fold(None, fact_of(DECODE(a_record(an_event("paid", attributes=attributes)))))
    assert transaction is not None
    assert transaction.step is not None
    raw = bson.encode(STORE.to_document(transaction))
    again = STORE.from_document(bson.decode(raw, AWARE))
    assert again.described.description.attributes == tuple(attributes.items())
    assert type(again.described.description.attributes[0].value) is int
    assert read(step_message(again, transaction.step)).data.attributes == attributes


def test_attributes_in_another_order_are_the_same_content_and_others_are_not() -> None:
    said = {"a": 1, "b": 2}
    first, turned, other = (
        fact_of(DECODE(a_record(an_event("paid", attributes=attributes))))
        for attributes in (said, dict(reversed(said.items())), {"a": 1, "b": 3})
    )
    assert first == turned
    assert first.cause.digest != other.cause.digest


def test_no_attributes_and_none_at_all_are_one() -> None:
    nothings: list[dict[str, str] | None] = [{}, None]
    for none in nothings:
        fact = fact_of(DECODE(a_record(an_event("paid", attributes=none))))
        assert isinstance(fact, PaymentFact)
        assert fact.description.attributes is None


def test_the_fact_that_counts_most_gives_the_attributes_and_one_without_leaves_them() -> None:
    facts = [
        a_fact(kind, description=a_description(attributes=said))
        for kind, said in (
            (FactKind.CREATED, (Attribute("a", 1),)),
            (FactKind.PENDING, (Attribute("a", 2),)),
            (FactKind.PAID, None),
        )
    ]
    for order in permutations(facts):
        assert folded(*order).described.description.attributes == (("a", 2),)


def test_a_discount_line_is_taken_kept_and_told() -> None:
    items = [
        {"description": "Book", "quantity": 1, "amount_minor": 1500, "tax_minor": 150},
        {"description": "Voucher", "quantity": 1, "amount_minor": -300, "tax_minor": -30},
    ]
    record = a_record(an_event("paid", items=items))
    transaction = fold(None, fact_of(DECODE(record)))
    assert transaction is not None
    assert transaction.step is not None
    again = STORE.from_document(bson.decode(bson.encode(STORE.to_document(transaction)), AWARE))
    for each in (transaction, again):
        assert each.described.description.items is not None
        assert each.described.description.items[1].amount_minor == -300
    told = read(step_message(transaction, transaction.step)).data.items
    assert told is not None
    assert (told[1].amount_minor, told[1].tax_minor) == (-300, -30)


def test_a_duplicate_says_nothing() -> None:
    transaction = fold(None, a_fact(FactKind.PAID, description=a_description()))
    assert len(list(step_messages(transaction))) == 1
    fold(transaction, a_fact(FactKind.PAID))
    assert list(step_messages(transaction)) == []


@given(st.sampled_from(FactKind))
def test_amounts_are_stored_as_64_bit_integers(kind: FactKind) -> None:
    document = STORE.to_document(fold(None, a_fact(kind, amount_minor=10**15)))
    assert bson.decode(bson.encode(document))["amount_minor"] == 10**15
    assert type(document["amount_minor"]).__name__ == "Int64"
