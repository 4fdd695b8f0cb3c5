"""Events of charges as facts: every golden example, and what is refused."""

from datetime import timedelta
from typing import Any

import orjson
import pytest

from analytics.consumers import ChargeFacts
from analytics.domain.reporting_days import ReportingZone
from billing_debits.domain.rails import RAILS
from payops_contracts.rails import RETURNABLE
from payops_contracts.snapshots import published_examples
from payops_contracts.topics import CHARGES
from payops_kernel.errors import DeadLetter
from payops_kernel.messaging import Record, event_decoder
from payops_kernel.testing import GoldenExample, golden_examples
from payops_testing.analytics.debits import a_charge_event, a_charge_record

NO_STORE: Any = None
"""These tests only decode."""
HANDLER = ChargeFacts(NO_STORE, ReportingZone("UTC"))


@pytest.mark.parametrize(
    "example", golden_examples("payops.charge."), ids=lambda example: example.name
)
def test_a_fact_says_what_the_contract_says(example: GoldenExample) -> None:
    record = Record(CHARGES.name, 2, 0, 0, example.key, example.value, example.headers)
    fact, theirs = HANDLER.decode(record).fact, event_decoder(CHARGES.events)(record)
    data = theirs.data
    assert (fact.charge_id, fact.version, fact.partition) == (
        theirs.subject, int(theirs.sequence), 2
    )  # fmt: skip
    for name in (
        "status", "amount_minor", "currency", "rail", "tax_minor", "collected_minor",
        "mpass_number", "created_at", "next_retry_at",
    ):  # fmt: skip
        assert getattr(fact, name) == getattr(data, name), name
    assert fact.exceptions == len(data.exceptions)
    assert [(each.debit_id, each.number, each.status) for each in fact.attempts] == [
        (each.debit_id, each.number, each.status) for each in data.attempts
    ]
    for ours, said in zip(fact.attempts, data.attempts, strict=True):
        assert (ours.submitted_at, ours.batch_code) == (said.submitted_at, said.batch_code)
        assert ours.failure_code == (said.failure and said.failure.code)


def test_every_example_ever_published_is_still_taken() -> None:
    for example in published_examples(CHARGES.name):
        assert HANDLER.decode(a_charge_record(example)).fact.version >= 1


def test_what_is_collected_may_go_back_until_its_rail_s_window_ends() -> None:
    attempt = {
        "debit_id": "d-1", "number": 1, "status": "FINALIZED", "initial": False,
        "submitted_at": "2026-03-01T12:00:00Z", "resolved_at": "2026-03-01T23:30:00Z",
    }  # fmt: skip
    for rail, rules in RAILS.items():
        event = a_charge_event(rail=rail.value, status="FINALIZED", attempts=[attempt])
        (fact,) = HANDLER.decode(a_charge_record(event)).fact.attempts
        assert fact.returnable_until is not None
        assert fact.returnable_until - fact.submitted_at == rules.returnable + timedelta(hours=11.5)
        assert fact.last_day == f"{fact.returnable_until:%Y-%m-%d}"
    reversed_one = a_charge_event(attempts=[attempt | {"status": "REVERSED"}])
    assert HANDLER.decode(a_charge_record(reversed_one)).fact.attempts[0].returnable_until is None
    assert {rail: rules.returnable for rail, rules in RAILS.items()} == RETURNABLE


def test_days_are_those_of_the_reporting_zone() -> None:
    handler = ChargeFacts(NO_STORE, ReportingZone("America/Sao_Paulo"))
    attempt = {
        "debit_id": "d-1", "number": 1, "status": "SUBMITTED", "initial": False,
        "submitted_at": "2026-03-02T02:59:59Z",
    }  # fmt: skip
    event = a_charge_event(created_at="2026-03-01T02:30:00Z", attempts=[attempt])
    fact = handler.decode(a_charge_record(event)).fact
    assert (fact.day, fact.attempts[0].day) == ("2026-02-28", "2026-03-01")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"{", "unparsable"),
        (a_charge_event() | {"type": "payops.charge.vanished.v1"}, "unknown_type"),
        (a_charge_event() | {"subject": "another"}, "wrong_schema"),
        (a_charge_event(amount_minor=-1), "wrong_schema"),
        (a_charge_event(rail="PIGEON"), "wrong_schema"),
        (a_charge_event(status="LOST"), "wrong_schema"),
        (a_charge_event(attempts=[{"number": 1}]), "wrong_schema"),
    ],
)
def test_what_is_no_event_of_ours_is_a_dead_letter_with_its_reason(value: Any, reason: str) -> None:
    body = value if isinstance(value, bytes) else orjson.dumps(value)
    with pytest.raises(DeadLetter) as refusal:
        HANDLER.decode(Record(CHARGES.name, 0, 0, 0, b"key", body, ()))
    assert refusal.value.extra["reason"] == reason
