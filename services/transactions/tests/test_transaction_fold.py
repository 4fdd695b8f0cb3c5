"""How facts about a payment fold into a transaction."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payops_contracts.payments import TransactionFlag, TransactionStatus
from payops_testing.transactions.builders import a_description, a_fact, facts, folded, state
from transactions.domain.errors import HistoryFull, IdentityContradiction
from transactions.domain.facts import FactKind, PaymentFact
from transactions.domain.folding import fold
from transactions.domain.precedence import TABLE
from transactions.domain.transaction import HISTORY_ROWS_MAX

S, F = TransactionStatus, FactKind


def test_a_payment_that_is_created_then_paid_is_paid_with_two_history_rows() -> None:
    t = folded(a_fact(F.CREATED), a_fact(F.PAID))
    assert t.status is S.PAID
    assert [(row.event, row.status) for row in t.history] == [
        ("payment_created", S.CREATED),
        ("payment_paid", S.PAID),
    ]
    assert t.version == 2


def test_the_same_event_twice_changes_nothing() -> None:
    once = folded(a_fact(F.PAID))
    before = state(once)
    assert state(fold(once, a_fact(F.PAID))) == before
    assert once.step is None


def test_the_same_id_from_another_source_is_another_event() -> None:
    assert folded(a_fact(F.PAID), a_fact(F.PAID, source="/psp")).version == 2


def test_a_payment_that_failed_and_then_was_paid_is_paid_and_flagged() -> None:
    t = folded(a_fact(F.FAILED), a_fact(F.PAID))
    assert t.status is S.PAID
    assert t.flags == (TransactionFlag.FAILED_AND_PAID,)


def test_a_failure_after_paid_is_kept_and_ignored_with_its_reason() -> None:
    t = folded(a_fact(F.PAID), a_fact(F.FAILED))
    assert t.status is S.PAID
    assert t.history[-1].applied is False
    assert "paid already" in (t.history[-1].note or "")
    assert t.history[-1].status is S.PAID


def test_a_late_created_fills_in_what_paid_did_not_say() -> None:
    bare = a_description(items=None, user_phone=None)
    t = folded(a_fact(F.PAID, description=bare), a_fact(F.CREATED))
    assert t.described.description == a_description()
    assert "filled in" in (t.history[-1].note or "")


def test_a_late_created_does_not_override_what_paid_said() -> None:
    t = folded(a_fact(F.PAID, description=a_description(method="pay-pal")), a_fact(F.CREATED))
    assert t.described.description.method == "pay-pal"


@pytest.mark.parametrize("change", [{"amount_minor": 1201}, {"currency": "EUR"}])
def test_another_amount_or_currency_under_the_same_id_is_refused(change: dict[str, Any]) -> None:
    known = folded(a_fact(F.CREATED))
    before = state(known)
    with pytest.raises(IdentityContradiction):
        fold(known, a_fact(F.PAID, **change))
    assert state(known) == before


def test_a_paid_payment_of_zero_is_paid() -> None:
    assert folded(a_fact(F.PAID, amount_minor=0)).status is S.PAID


def test_history_has_a_limit_and_the_fact_over_it_is_refused() -> None:
    t = folded(*(a_fact(F.PENDING, event_id=f"e-{n}") for n in range(HISTORY_ROWS_MAX)))
    with pytest.raises(HistoryFull):
        fold(t, a_fact(F.PAID))
    assert t.version == HISTORY_ROWS_MAX


def test_the_table_names_every_status_and_fact() -> None:
    assert set(TABLE) == {(status, kind) for status in [None, *S] for kind in F}


@given(facts, st.data())
def test_every_order_of_arrival_with_duplicates_ends_in_the_same_state(
    told: list[PaymentFact], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(told + told))
    assert state(folded(*shuffled)) == state(folded(*told))
