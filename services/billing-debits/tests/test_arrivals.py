"""What arrives about a charge, and what follows: the table of the design, row by row."""

import pytest

from billing_debits.domain.charge import DONE
from billing_debits.domain.collecting import (
    DebitOrder,
    bar,
    leave,
    miss,
    resolve,
    submit,
    take_into,
)
from billing_debits.domain.errors import (
    ChargeInABatch,
    ChargeNotCollectable,
    ExceptionNotOpen,
)
from billing_debits.domain.facts import EndKind, Failure, InitialAttempt, ResultKind
from billing_debits.domain.folding import NO_SUCH_DEBIT, fold
from billing_debits.domain.policies import STANDARD, WhyNot
from payops_contracts.charges import AttemptStatus, ChargeStatus
from payops_contracts.ids import BatchCode, DebitId
from payops_kernel.errors import Park
from payops_kernel.facts import IdentityContradiction
from payops_testing.billing_debits.builders import (
    a_charge,
    at,
    debit_id,
    debited,
    ended,
    folded,
    open_exceptions,
    raised_fact,
    result,
    rules,
)

S, K = ChargeStatus, ResultKind
BATCH = BatchCode("MB-260301-1000")


def test_a_debit_that_succeeds_finalizes_the_charge() -> None:
    charge = folded(result(K.SUCCEEDED), on=debited(a_charge(), at()))
    assert (charge.status, charge.failed_reason) == (S.FINALIZED, DONE)
    assert (charge.collected_minor, charge.outstanding_minor) == (323, 0)
    assert charge.history[-1].collected_minor == 323


def test_a_late_success_before_the_retry_is_sent_drops_the_retry() -> None:
    charge = folded(result(K.FAILED), on=debited(a_charge(), at()))
    folded(result(K.SUCCEEDED, when=at(hours=2)), on=charge)
    assert (charge.status, charge.retry_due_at) == (S.FINALIZED, None)
    assert bar(charge, at(9)) == "It is Finalized."


def test_a_late_success_while_the_retry_is_sent_and_a_second_one_are_an_overcollection() -> None:
    charge = folded(result(K.FAILED), on=debited(a_charge(), at()))
    debited(charge, at(1))
    folded(result(K.SUCCEEDED, 1, at(1, hours=1)), on=charge)
    assert (charge.status, open_exceptions(charge)) == (S.FINALIZED, set())
    folded(result(K.SUCCEEDED, 2, at(1, hours=2)), on=charge)
    assert (charge.collected_minor, charge.owed_back_minor) == (646, 323)
    (exception,) = charge.open_exceptions
    assert (exception.kind.value, exception.debit_id) == ("OVERCOLLECTED", debit_id(2))
    assert exception.amount_minor == 323
    folded(result(K.REVERSED, 2, at(3)), on=charge)
    assert (charge.status, charge.collected_minor, open_exceptions(charge)) == (
        S.FINALIZED, 323, set(),
    )  # fmt: skip


def test_a_late_failure_of_the_first_attempt_leaves_the_success_of_the_second_alone() -> None:
    charge = folded(result(K.FAILED), on=debited(a_charge(), at()))
    folded(result(K.SUCCEEDED, 2, at(1)), on=debited(charge, at(1)))
    count = charge.retry_count
    folded(result(K.FAILED, 1, at(1, hours=1), code="do_not_honor"), on=charge)
    assert (charge.status, charge.retry_count, charge.retry_due_at) == (S.FINALIZED, count, None)
    assert open_exceptions(charge) == set()
    assert charge.history[-1].note == "ignored: the debit had failed already"


def test_a_plain_failure_after_the_success_is_an_exception_and_no_reversal() -> None:
    charge = folded(result(K.SUCCEEDED), on=debited(a_charge(), at()))
    folded(result(K.FAILED, when=at(7)), on=charge)
    assert (charge.status, charge.collected_minor) == (S.FINALIZED, 323)
    assert open_exceptions(charge) == {"FAILED_AFTER_SUCCESS"}


def test_a_reversal_takes_the_money_back_and_opens_the_collection_again_in_one_step() -> None:
    charge = folded(result(K.SUCCEEDED), on=debited(a_charge(), at()))
    version = charge.version
    folded(result(K.REVERSED, when=at(7), code="refund_requested_by_payer"), on=charge)
    assert charge.version == version + 1
    assert charge.history[-1].reversed_minor == 323
    assert (charge.status, charge.retry_count) == (S.TEMP_REJECTED, 1)
    assert (charge.collected_minor, charge.outstanding_minor) == (0, 323)
    assert charge.attempts[0].status is AttemptStatus.REVERSED
    assert charge.retry_due_at == at(7)


def test_a_reversal_at_the_cap_is_final_and_one_that_the_policy_does_not_reopen_is_reversed() -> (
    None
):
    charge = a_charge()
    for number, day in enumerate((0, 1, 4), start=1):
        folded(result(K.FAILED, number, at(day)), on=debited(charge, at(day)))
    folded(result(K.SUCCEEDED, 4, at(11)), on=debited(charge, at(11)))
    folded(result(K.REVERSED, 4, at(20)), on=charge)
    assert (charge.status, charge.retry_count) == (S.PERMANENT_REJECTED, 3)
    kept = folded(result(K.SUCCEEDED), on=debited(a_charge(), at()))
    closing = rules(STANDARD._replace(reopens=False))
    fold(kept, result(K.REVERSED, when=at(7)), closing, at(7))
    assert (kept.status, kept.retry_count) == (S.REVERSED, 0)
    assert kept.decision is not None
    assert kept.decision.why_not is WhyNot.NOT_REOPENED


def test_a_withdrawal_while_a_debit_is_under_way_waits_for_its_outcome() -> None:
    charge = folded(ended(when=at(hours=1)), on=debited(a_charge(), at()))
    assert (charge.status, charge.withdrawal_pending) == (S.SUBMITTED, True)
    failed = folded(result(K.FAILED, when=at(hours=2)), on=charge)
    assert (failed.status, failed.withdrawal_pending, failed.retry_due_at) == (
        S.WITHDRAWN, False, None,
    )  # fmt: skip
    assert failed.failed_reason == "Withdrawn"


def test_a_withdrawn_charge_that_is_collected_all_the_same_is_an_exception() -> None:
    charge = folded(ended(when=at(hours=1)), on=debited(a_charge(), at()))
    folded(result(K.SUCCEEDED, when=at(hours=2)), on=charge)
    assert (charge.status, open_exceptions(charge)) == (
        S.FINALIZED, {"COLLECTED_AFTER_WITHDRAWAL"},
    )  # fmt: skip
    folded(result(K.REVERSED, when=at(3)), on=charge)
    assert (charge.status, open_exceptions(charge)) == (S.WITHDRAWN, set())


def test_what_settlement_ends_after_it_was_collected_is_an_exception_of_its_own() -> None:
    charge = folded(result(K.SUCCEEDED), on=debited(a_charge(), at()))
    folded(ended(EndKind.SETTLED, at(hours=5)), on=charge)
    assert (charge.status, charge.settled_otherwise) == (S.FINALIZED, True)
    assert open_exceptions(charge) == {"WITHDRAWN_AFTER_COLLECTION"}


def test_a_pending_or_rejected_charge_ends_at_once_and_its_retry_is_dropped() -> None:
    assert folded(ended(), on=a_charge()).status is S.WITHDRAWN
    charge = folded(result(K.FAILED), on=debited(a_charge(), at()))
    folded(ended(EndKind.SETTLED, at(hours=1)), on=charge)
    assert (charge.status, charge.retry_due_at) == (S.WITHDRAWN, None)
    assert charge.failed_reason == "Settled otherwise"
    with pytest.raises(ChargeNotCollectable):
        debited(charge, at(5))


def test_a_withdrawn_charge_of_unknown_outcome_is_not_asked_for_again() -> None:
    charge = debited(a_charge(), at())
    miss(charge, debit_id(1), at(hours=1))
    folded(ended(when=at(hours=2)), on=charge)
    assert (charge.status, charge.withdrawal_pending) == (S.TEMP_REJECTED, True)
    assert open_exceptions(charge) == {"RESULT_MISSING"}
    folded(result(K.FAILED, when=at(hours=3)), on=charge)
    assert charge.status is S.WITHDRAWN


def test_settlements_own_first_attempt_is_the_first_without_a_command_of_ours() -> None:
    failed = InitialAttempt(DebitId("S-1"), at(), False, Failure("insufficient_funds"))
    charge = folded(raised_fact(failed))
    assert (charge.status, charge.retry_count, charge.version) == (S.TEMP_REJECTED, 1, 1)
    assert (charge.attempts[0].initial, charge.retry_due_at) == (True, at(1))
    paid = folded(raised_fact(InitialAttempt(DebitId("S-1"), at(), True)))
    assert (paid.status, paid.history[0].collected_minor) == (S.FINALIZED, 323)


def test_a_result_of_a_debit_that_nobody_asked_for_is_kept_and_money_is_an_exception() -> None:
    charge = folded(result(K.FAILED, 7), on=a_charge())
    assert charge.history[-1].note == NO_SUCH_DEBIT
    assert (charge.status, open_exceptions(charge)) == (S.PENDING, set())
    folded(result(K.SUCCEEDED, 7, at(1)), on=charge)
    assert open_exceptions(charge) == {"UNKNOWN_DEBIT"}
    folded(result(K.REVERSED, 7, at(2)), on=charge)
    assert open_exceptions(charge) == set()


def test_another_amount_under_a_known_id_contradicts_the_charge() -> None:
    charge = debited(a_charge(), at())
    with pytest.raises(IdentityContradiction):
        folded(result(K.SUCCEEDED, amount_minor=322), on=charge)
    with pytest.raises(IdentityContradiction):
        folded(result(K.SUCCEEDED, currency="EUR"), on=charge)
    again = raised_fact(amount_minor=324)
    with pytest.raises(IdentityContradiction):
        folded(again._replace(cause=again.cause._replace(event_id="other")), on=charge)
    assert charge.status is S.SUBMITTED


def test_what_is_about_a_charge_that_is_not_known_yet_waits_for_it() -> None:
    for fact in (result(K.SUCCEEDED), ended()):
        with pytest.raises(Park):
            folded(fact)


def test_the_same_event_twice_changes_nothing() -> None:
    charge = folded(result(K.FAILED), on=debited(a_charge(), at()))
    version = charge.version
    folded(result(K.FAILED), raised_fact(), on=charge)
    assert (charge.version, charge.step) == (version, None)


def test_a_charge_is_in_one_open_batch_at_most() -> None:
    charge = a_charge()
    take_into(charge, BATCH, at())
    take_into(charge, BATCH, at())
    assert (charge.batch, charge.version) == (BATCH, 2)
    with pytest.raises(ChargeInABatch):
        take_into(charge, BatchCode("MB-260302-0600"), at(1))
    with pytest.raises(ChargeInABatch):
        submit(charge, DebitOrder(debit_id(1), "key"), at())
    leave(charge, BATCH, at(1), "Batch cancelled")
    take_into(charge, BatchCode("MB-260302-0600"), at(1))
    assert charge.batches == ["MB-260301-1000", "MB-260302-0600"]


def test_a_charge_that_is_collected_cannot_be_put_into_a_batch() -> None:
    charge = folded(result(K.SUCCEEDED), on=debited(a_charge(), at()))
    with pytest.raises(ChargeNotCollectable, match="It is Finalized"):
        take_into(charge, BATCH, at(1))


def test_what_a_person_resolved_stays_resolved() -> None:
    charge = folded(result(K.SUCCEEDED), result(K.FAILED, when=at(7)), on=debited(a_charge(), at()))
    (exception,) = charge.open_exceptions
    resolve(charge, exception, "local:operator", "Asked the bank: it is paid", at(8))
    folded(ended(when=at(9)), on=charge)
    assert open_exceptions(charge) == {"WITHDRAWN_AFTER_COLLECTION"}
    assert exception.resolution == "Asked the bank: it is paid"
    with pytest.raises(ExceptionNotOpen):
        resolve(charge, exception, "local:operator", "again", at(9))
