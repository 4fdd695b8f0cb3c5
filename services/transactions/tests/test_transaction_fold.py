"""How facts about a payment fold into a transaction."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payops_contracts.payments import TransactionFlag, TransactionStatus
from payops_kernel.facts import HistoryFull, IdentityContradiction
from payops_testing.transactions.builders import (
    a_description,
    a_fact,
    a_refund_fact,
    facts,
    folded,
    state,
)
from transactions.domain.facts import Fact, FactKind, PaymentFact
from transactions.domain.folding import fold
from transactions.domain.precedence import WHY_IGNORED
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


TOLD: dict[TransactionStatus | None, list[Fact]] = {
    None: [],
    S.CREATED: [a_fact(F.CREATED)],
    S.FAILED: [a_fact(F.FAILED)],
    S.PAID: [a_fact(F.PAID)],
    S.PARTIALLY_REFUNDED: [a_fact(F.PAID), a_refund_fact(amount_minor=500)],
    S.TOTALLY_REFUNDED: [a_fact(F.PAID), a_refund_fact(amount_minor=1200)],
}
"""What makes a transaction of each status."""
KNOWN = "ignored: the transaction was known already"
HAD_FAILED = "ignored: the payment had failed already"
WAS_PAID = "ignored: the payment was paid already"
CELLS: list[tuple[TransactionStatus | None, FactKind, TransactionStatus, str | None]] = [
    (None, F.CREATED, S.CREATED, None),
    (None, F.PENDING, S.CREATED, None),
    (None, F.FAILED, S.FAILED, None),
    (None, F.PAID, S.PAID, None),
    (S.CREATED, F.CREATED, S.CREATED, KNOWN),
    (S.CREATED, F.PENDING, S.CREATED, None),
    (S.CREATED, F.FAILED, S.FAILED, None),
    (S.CREATED, F.PAID, S.PAID, None),
    (S.FAILED, F.CREATED, S.FAILED, KNOWN),
    (S.FAILED, F.PENDING, S.FAILED, HAD_FAILED),
    (S.FAILED, F.FAILED, S.FAILED, HAD_FAILED),
    (S.FAILED, F.PAID, S.PAID, None),
    *(
        (status, kind, status, KNOWN if kind is F.CREATED else WAS_PAID)
        for status in (S.PAID, S.PARTIALLY_REFUNDED, S.TOTALLY_REFUNDED)
        for kind in F
    ),
]
"""Status before, fact, status after, and why the fact was not applied (None: it was)."""


@pytest.mark.parametrize(("before", "kind", "after", "note"), CELLS)
def test_a_fact_makes_of_each_status_what_the_table_says(
    before: TransactionStatus | None,
    kind: FactKind,
    after: TransactionStatus,
    note: str | None,
) -> None:
    t = folded(*TOLD[before], a_fact(kind, event_id="e-new"))
    row = t.history[-1]
    assert t.step is not None
    assert (t.step.status_before, row.event, t.status) == (before, kind.value, after)
    assert (row.status, row.applied, row.note) == (after, note is None, note)


def test_every_status_and_fact_is_a_cell() -> None:
    assert {(before, kind) for before, kind, *_ in CELLS} == {(s, k) for s in TOLD for k in F}
    assert set(TOLD) == {None, *S}
    assert set(WHY_IGNORED) == {(status, kind) for status in S for kind in F}


@pytest.mark.parametrize(
    ("amount_minor", "after"), [(500, S.PARTIALLY_REFUNDED), (1200, S.TOTALLY_REFUNDED)]
)
def test_a_payment_that_was_refunded_before_it_is_said_to_be_paid_is_refunded_at_once(
    amount_minor: int, after: TransactionStatus
) -> None:
    refunded_early = folded(a_fact(F.CREATED), a_refund_fact(amount_minor=amount_minor))
    assert refunded_early.status is S.CREATED
    assert fold(refunded_early, a_fact(F.PAID)).status is after


@given(facts, st.data())
def test_every_order_of_arrival_with_duplicates_ends_in_the_same_state(
    told: list[PaymentFact], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(told + told))
    assert state(folded(*shuffled)) == state(folded(*told))
