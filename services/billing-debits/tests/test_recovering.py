"""A charge that forgot a debit by a restore from backup: the debit counts again, once."""

import pytest

from billing_debits.domain.charge import Charge
from billing_debits.domain.collecting import ask_again
from billing_debits.domain.facts import ResultKind
from billing_debits.domain.recovering import ForgottenDebit, put_back
from payops_contracts.charges import ChargeStatus
from payops_testing.billing_debits.builders import (
    a_charge,
    at,
    debit_id,
    debited,
    folded,
    open_exceptions,
    result,
    rules,
)

S, K = ChargeStatus, ResultKind
FORGOTTEN = ForgottenDebit(debit_id(1), 1, at())


def restored(*kinds: ResultKind) -> Charge:
    """A charge that forgot its debit, was told its results, and has it back."""
    charge = folded(
        *[result(kind, when=at(hours=n)) for n, kind in enumerate(kinds)], on=a_charge()
    )
    assert put_back(charge, FORGOTTEN, rules(), at(2))
    return charge


def test_a_debit_without_a_result_is_of_unknown_outcome_and_asked_for_again_under_its_key() -> None:
    charge = restored()
    assert (charge.status, open_exceptions(charge)) == (S.TEMP_REJECTED, {"RESULT_MISSING"})
    again = ask_again(charge, debit_id(1), at(3))
    assert again is not None
    assert (again.key, charge.status) == (debit_id(1), S.SUBMITTED)


@pytest.mark.parametrize(
    ("kinds", "status", "collected"),
    [
        ([K.SUCCEEDED], S.FINALIZED, 323),
        ([K.FAILED], S.TEMP_REJECTED, 0),
        ([K.SUCCEEDED, K.REVERSED], S.TEMP_REJECTED, 0),
    ],
)
def test_results_that_were_told_meanwhile_count(
    kinds: list[ResultKind], status: ChargeStatus, collected: int
) -> None:
    charge = restored(*kinds)
    assert (charge.status, charge.collected_minor) == (status, collected)
    assert (charge.open_attempt, open_exceptions(charge)) == (None, set())


def test_a_debit_that_is_known_changes_nothing() -> None:
    charge = debited(a_charge(), at())
    version = charge.version
    assert not put_back(charge, FORGOTTEN, rules(), at(2))
    assert (charge.version, charge.step, len(charge.attempts)) == (version, None, 1)


def test_of_several_forgotten_debits_the_later_one_decides_what_follows() -> None:
    charge = folded(result(K.FAILED), on=a_charge())
    put_back(charge, FORGOTTEN, rules(), at(2))
    put_back(charge, ForgottenDebit(debit_id(2), 2, at(1)), rules(), at(2))
    assert [each.number for each in charge.attempts] == [1, 2]
    assert (charge.status, charge.retry_due_at) == (S.TEMP_REJECTED, None)
    assert open_exceptions(charge) == {"RESULT_MISSING"}
