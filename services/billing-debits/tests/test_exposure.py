"""What was collected and may still go back; and a retry that is made stands planned no more."""

from datetime import timedelta

import pytest

from billing_debits.domain.exposure import NOTHING, exposure
from billing_debits.domain.facts import ResultKind
from billing_debits.store.rows import attempt_rows
from payops_contracts.charges import Rail
from payops_testing.billing_debits.builders import a_charge, at, debit_id, debited, folded, result

GOOD, BAD, BACK = ResultKind.SUCCEEDED, ResultKind.FAILED, ResultKind.REVERSED
MOMENT = timedelta(milliseconds=1)


@pytest.mark.parametrize(("rail", "days"), [(Rail.ACH, 60), (Rail.SEPA, 56), (Rail.CARD, 120)])
def test_a_collected_debit_may_go_back_within_its_rails_window(rail: Rail, days: int) -> None:
    charge = folded(result(GOOD), on=debited(a_charge(rail=rail), at()))
    succeeded = charge.attempts[0].succeeded_at
    assert succeeded is not None
    until = succeeded + timedelta(days=days)
    assert exposure(charge, until - MOMENT) == (charge.raised.amount_minor, until)
    assert exposure(charge, until) == NOTHING


def test_what_failed_or_went_back_is_no_exposure() -> None:
    failed = folded(result(BAD), on=debited(a_charge(), at()))
    assert exposure(failed, at(1)) == NOTHING
    back = folded(result(GOOD), result(BACK), on=debited(a_charge(), at()))
    assert exposure(back, at(1)) == NOTHING


def test_a_retry_that_is_made_is_planned_no_more_on_the_row_before() -> None:
    charge = folded(result(BAD), on=debited(a_charge(), at()))
    (row,) = attempt_rows(charge)
    assert "next_retry_at" in row
    for each in charge.attempts:
        each.touched = False
    assert charge.retry_due_at is not None
    debited(charge, charge.retry_due_at)
    rows = {row["_id"]: row for row in attempt_rows(charge)}
    assert set(rows) == {debit_id(1), debit_id(2)}
    assert not any("next_retry_at" in row for row in rows.values())
