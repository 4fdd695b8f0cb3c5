"""Events of the contract as facts: every golden example, and what is refused."""

from datetime import datetime
from typing import Any

import orjson
import pytest

from analytics.consumers import PaymentFacts, payment_fact
from analytics.domain.reporting_days import ReportingZone
from analytics.events import TRANSACTION_EVENTS, TransactionChanged, TransactionState
from payops_contracts.registry import adapter_of, validate
from payops_contracts.snapshots import published_examples
from payops_contracts.topics import TRANSACTIONS
from payops_kernel.errors import DeadLetter
from payops_kernel.messaging import Record, event_decoder
from payops_kernel.testing import GoldenExample, golden_examples
from payops_testing.analytics.builders import a_record, an_event

UTC_DAYS = ReportingZone("UTC")
NO_STORE: Any = None
"""These tests only decode."""
HANDLER = PaymentFacts(NO_STORE, UTC_DAYS)


def _same_as_the_contract(record: Record) -> None:
    ours: TransactionChanged = event_decoder(TRANSACTION_EVENTS)(record)
    theirs = event_decoder(TRANSACTIONS.events)(record)
    assert ours["sequence"] == theirs.sequence
    assert ours["subject"] == theirs.subject
    assert ours.get("traceparent") == theirs.traceparent
    data: dict[str, Any] = {**ours["data"]}
    told = [(each["amount_minor"], each["status"]) for each in data.pop("refunds", [])]
    assert told == [(each.amount_minor, each.status) for each in theirs.data.refunds]
    failure = data.pop("failure", None)
    code = None if theirs.data.failure is None else theirs.data.failure.code
    assert failure == (None if code is None else {"code": code})
    assert data.keys() == TransactionState.__annotations__.keys() - {"refunds", "failure"}
    for name, value in data.items():
        assert value == getattr(theirs.data, name)
        assert type(value) in {str, int, datetime}


@pytest.mark.parametrize(
    "example", golden_examples("payops.transaction."), ids=lambda example: example.name
)
def test_our_record_of_an_event_says_what_the_contract_says(example: GoldenExample) -> None:
    record = Record(TRANSACTIONS.name, 2, 0, 0, example.key, example.value, example.headers)
    _same_as_the_contract(record)
    fact = HANDLER.decode(record).fact
    assert (fact.transaction_id, fact.partition) == (example.key.decode(), 2)


def test_every_example_ever_published_is_still_taken() -> None:
    examples = published_examples(TRANSACTIONS.name)
    assert examples
    for example in examples:
        assert HANDLER.decode(a_record(orjson.dumps(example))).fact.version >= 1


def test_the_builders_of_these_tests_keep_the_contract() -> None:
    for status in ("CREATED", "PAID", "FAILED", "PARTIALLY_REFUNDED"):
        assert validate(an_event(status=status)).subject == "t-1"


def _changed(**changes: Any) -> dict[str, Any]:
    return an_event() | changes


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"{", "unparsable"),
        (b"[]", "wrong_schema"),
        (orjson.dumps(_changed(type="payops.transaction.vanished.v1")), "unknown_type"),
        (orjson.dumps(_changed(sequence="7")), "wrong_schema"),
        (orjson.dumps(_changed(subject="another")), "wrong_schema"),
        (orjson.dumps(an_event(amount_minor=-1)), "wrong_schema"),
        (orjson.dumps(an_event(amount_minor="12")), "wrong_schema"),
        (orjson.dumps(an_event(currency="XXX")), "wrong_schema"),
        (orjson.dumps(an_event(status="LOST")), "wrong_schema"),
        (orjson.dumps(an_event(created_at="2026-03-01T12:00:00")), "wrong_schema"),
    ],
)
def test_what_is_no_event_of_ours_is_a_dead_letter_with_its_reason(
    value: bytes, reason: str
) -> None:
    with pytest.raises(DeadLetter) as refusal:
        HANDLER.decode(a_record(value))
    assert refusal.value.extra["reason"] == reason


def test_what_the_contract_refuses_in_our_fields_is_refused_by_us_too() -> None:
    contract = adapter_of(TRANSACTIONS.name)
    refused: list[tuple[str, Any]] = [
        ("method", ""),
        ("channel", "x" * 65),
        ("type", "GIFT"),
        ("method", 7),
    ]
    for name, value in refused:
        event = an_event()
        event["data"][name] = value
        body = orjson.dumps(event)
        with pytest.raises(ValueError, match=name):
            contract.validate_json(body)
        with pytest.raises(DeadLetter, match=name):
            HANDLER.decode(a_record(body))


def test_the_day_is_the_one_of_the_payments_date_not_of_the_event() -> None:
    event = event_decoder(TRANSACTION_EVENTS)(
        a_record(an_event(created_at="2026-03-01T02:30:00Z", status="PAID"))
    )
    assert payment_fact(event, 0, UTC_DAYS).day == "2026-03-01"
    assert payment_fact(event, 0, ReportingZone("America/Sao_Paulo")).day == "2026-02-28"


def test_a_fact_tells_the_reason_and_the_refunds_that_upstream_has_not_settled() -> None:
    statuses = ("REQUESTED", "PENDING", "UNKNOWN", "SUCCEEDED", "FAILED", "AWAITING_APPROVAL")
    refunds = [
        {"refund_id": f"r-{number}", "amount_minor": 10**number, "status": status}
        | {"external": False}
        for number, status in enumerate(statuses)
    ]
    failure = {"code": "card_declined", "message": "No."}
    told = an_event(status="FAILED", refunds=refunds, failure=failure)
    assert validate(told).subject == "t-1"
    fact = HANDLER.fact(a_record(told))
    assert (fact.failure_code, fact.awaiting_refunds, fact.awaiting_minor) == (
        "card_declined",
        3,
        111,
    )


def test_a_day_before_the_calendar_is_a_dead_letter() -> None:
    handler = PaymentFacts(NO_STORE, ReportingZone("America/Sao_Paulo"))
    with pytest.raises(DeadLetter) as refusal:
        handler.decode(a_record(an_event(created_at="0001-01-01T00:00:00Z")))
    assert refusal.value.extra["reason"] == "outside_the_calendar"
