"""What a charge says to the world, and how it comes back from its document."""

from datetime import datetime, timedelta
from typing import Any

import bson
from bson.codec_options import CodecOptions
from hypothesis import given, settings

from billing_debits.domain.charge import Charge
from billing_debits.domain.collecting import ask_again, bar, miss, resolve, take_into
from billing_debits.domain.facts import Consumption, Fact, ResultKind
from billing_debits.domain.folding import fold
from billing_debits.publishing.charges import restated_message, step_messages
from billing_debits.store.charges import ChargeStore
from billing_debits.store.rows import attempt_row, exception_row
from payops_contracts.charges import ChargeNotedV1
from payops_contracts.ids import BatchCode
from payops_contracts.registry import validate
from payops_contracts.topics import CHARGES, DEBIT_COMMANDS
from payops_testing.billing_debits.builders import (
    START,
    a_charge,
    at,
    debit_id,
    debited,
    ended,
    folded,
    result,
    rules,
)
from payops_testing.billing_debits.histories import STEPS, played


class _NoDatabase(dict[str, None]):
    def __missing__(self, name: str) -> None:
        return None


STORE = ChargeStore(_NoDatabase())  # type: ignore[arg-type]
AWARE: CodecOptions[dict[str, object]] = CodecOptions(tz_aware=True)
K = ResultKind


def stored(charge: Charge) -> Charge:
    """The charge as it comes back from mongod."""
    raw = bson.encode(STORE.to_document(charge))
    return STORE.from_document(bson.decode(raw, AWARE))


def parts(charge: Charge) -> dict[str, Any]:
    """All that is stored of it."""
    return STORE.to_document(charge)


@given(STEPS)
@settings(max_examples=150, deadline=None)
def test_every_step_is_a_valid_event_with_the_next_sequence_and_comes_back_from_its_document(
    steps: list[Fact | str],
) -> None:
    version = 0
    for charge in played(steps):
        if charge.step is None or charge.version == version:
            continue
        version += 1
        assert charge.version == version
        event, *command = [validate(message.value or b"") for message in step_messages(charge)]
        assert (event.subject, event.sequence) == (charge.id, f"{version:012d}")
        assert event.data.status is charge.status  # type: ignore[attr-defined]
        assert len(command) == (charge.step.row.event in {"debit_submitted", "debit_asked_again"})
        assert parts(stored(charge)) == parts(charge)


def test_a_debit_is_asked_for_on_its_own_topic_under_one_key_and_without_retries_of_theirs() -> (
    None
):
    charge = debited(a_charge(), at(), batch="MB-260301-1000")
    event, command = step_messages(charge)
    assert (event.topic, command.topic) == (CHARGES.name, DEBIT_COMMANDS.name)
    said = validate(command.value or b"").data  # type: ignore[attr-defined]
    assert (said.idempotency_key, said.debit_id, said.asked) == ("key-1", debit_id(1), 1)
    assert (said.amount_minor, said.currency, said.processor_retries) == (323, "USD", "none")
    miss(charge, debit_id(1), at(hours=1))
    ask_again(charge, debit_id(1), at(hours=25))
    again = list(step_messages(charge))[1]
    said = validate(again.value or b"").data  # type: ignore[attr-defined]
    assert (said.idempotency_key, said.debit_id, said.asked) == ("key-1", debit_id(1), 2)


def test_what_changes_no_status_is_noted() -> None:
    charge = a_charge()
    take_into(charge, BatchCode("MB-260301-1000"), at())
    (message,) = step_messages(charge)
    event = validate(message.value or b"")
    assert isinstance(event, ChargeNotedV1)
    assert event.data.batch_code == "MB-260301-1000"


def test_a_state_is_said_again_after_a_restore() -> None:
    event = validate(restated_message(a_charge(), at(), "r1").value or b"")
    assert isinstance(event, ChargeNotedV1)
    assert (event.data.change.event, event.data.change.applied) == ("restored", False)


def test_a_row_of_the_debit_history_shows_its_own_counter_and_the_latest_the_next_retry() -> None:
    charge = folded(result(K.FAILED), on=debited(a_charge(), at()))
    (row,) = [attempt_row(charge, each) for each in charge.attempts]
    assert (row["retry_count"], row["failure_reason"]) == (1, "insufficient_funds")
    assert row["next_retry_at"] == datetime.fromisoformat("2026-03-02T18:00:00+00:00")
    folded(result(K.FAILED, 2, at(1)), on=debited(charge, at(1)))
    first, second = [attempt_row(charge, each) for each in charge.attempts]
    assert ("next_retry_at" in first, first["retry_count"]) == (False, 1)
    assert ("next_retry_at" in second, second["retry_count"]) == (True, 2)
    folded(ended(when=at(2)), on=charge)
    assert "next_retry_at" not in attempt_row(charge, charge.attempts[1])


def test_a_row_of_the_exceptions_says_whether_it_is_open_and_who_resolved_it() -> None:
    charge = folded(result(K.SUCCEEDED), result(K.FAILED, when=at(7)), on=debited(a_charge(), at()))
    (exception,) = charge.exceptions
    assert exception_row(charge, exception)["state"] == "OPEN"
    resolve(charge, exception, "local:operator", "Asked the bank", at(8))
    row = exception_row(charge, exception)
    assert (row["state"], row["resolved_by"], row["resolution"]) == (
        "RESOLVED", "local:operator", "Asked the bank",
    )  # fmt: skip
    assert row["_id"] == exception.id_of(charge.id)


def test_a_charge_is_found_by_every_batch_that_it_was_in_and_by_what_it_is_made_of() -> None:
    consumption = (Consumption("CT-1", 323, START),)
    charge = a_charge(consumption=consumption)
    for number, code in enumerate(("MB-260301-1000", "MB-260302-1800"), start=1):
        take_into(charge, BatchCode(code), at(number * 4))
        folded(result(K.FAILED, number, at(number * 4)), on=debited(charge, at(number * 4), code))
    words = parts(charge)["search"]
    assert {"mb-260301-1000", "mb-260302-1800", "bc-1", "mp-1", "\x1fCT-1"} <= set(words)
    assert parts(charge)["batch_code"] == "MB-260302-1800"


def test_what_may_be_collected_next_is_marked_and_nothing_else() -> None:
    charge = a_charge()
    assert parts(charge)["collect_at"] == START
    take_into(charge, BatchCode("MB-260301-1000"), at())
    assert "collect_at" not in parts(charge)
    debited(charge, at(), batch="MB-260301-1000")
    assert "collect_at" not in parts(charge)
    folded(result(K.FAILED), on=charge)
    assert parts(charge)["collect_at"] == at(1)
    assert bar(charge, at(1)) is None
    assert bar(charge, at(1) - timedelta(seconds=61)) is not None
    fold(charge, result(K.SUCCEEDED, when=at(2)), rules(), at(2))
    assert "collect_at" not in parts(charge)
