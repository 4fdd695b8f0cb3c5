"""Refunds and disputes: what may be asked, what upstream answers, and that money adds up."""

from collections import defaultdict
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payops_contracts.ids import RefundId
from payops_contracts.payments import TransactionFlag, TransactionStatus
from payops_contracts.refunds import DisputeStatus, RefundStatus
from payops_kernel.errors import Park
from payops_kernel.facts import IdentityContradiction
from payops_testing.transactions.builders import (
    NOON,
    a_description,
    a_dispute_fact,
    a_fact,
    a_refund_fact,
    folded,
    money_facts,
    state,
)
from transactions.api.presenting import row_actions
from transactions.domain import errors
from transactions.domain.facts import DisputeFactKind, Fact, FactKind, RefundFactKind
from transactions.domain.folding import fold
from transactions.domain.refundability import BUILT_IN
from transactions.domain.refunding import RefundOrder, ask_again, available_minor, request_refund
from transactions.domain.transaction import Transaction
from transactions.store.transactions import TransactionStore

S, R = TransactionStatus, RefundFactKind
PAID = a_fact(FactKind.PAID)
STORE = TransactionStore(defaultdict(lambda: None))  # type: ignore[arg-type,return-value]


def an_order(amount_minor: int | None = 500, number: int = 1, **changes: Any) -> RefundOrder:
    parts: dict[str, Any] = {
        "refund_id": f"rf-{number}",
        "key": f"key-{number}",
        "amount_minor": amount_minor,
        "currency": "USD",
        "actor": "local:operator",
        "reason": "returned",
        "comment": None,
    }
    return RefundOrder(**(parts | changes))


def request(t: Transaction, *args: Any, **changes: Any) -> None:
    request_refund(t, an_order(*args, **changes), NOON, None, BUILT_IN.can_refund)


def test_a_requested_refund_reserves_its_amount_and_leaves_the_status() -> None:
    t = folded(PAID)
    request(t, 500)
    assert t.status is S.PAID
    assert (t.in_flight_minor, available_minor(t)) == (500, 700)
    assert t.history[-1].event == "refund_requested"
    assert t.refunds[0].status is RefundStatus.REQUESTED


def test_success_settles_it_and_half_then_the_rest_totally_refunds() -> None:
    t = folded(PAID)
    request(t, 500)
    t = fold(t, a_refund_fact(R.SUCCEEDED, "rf-1", 500))
    assert t.status is S.PARTIALLY_REFUNDED
    assert t.history[-1].refunded_minor == 500
    request(t, None, number=2)
    t = fold(t, a_refund_fact(R.SUCCEEDED, "rf-2", 700))
    assert t.status is S.TOTALLY_REFUNDED
    assert available_minor(t) == 0


@pytest.mark.parametrize(
    ("order", "refusal"),
    [
        (an_order(1201), errors.RefundExceedsRemaining),
        (an_order(0), errors.RefundAmountNotPositive),
        (an_order(-1), errors.RefundAmountNotPositive),
        (an_order(5, currency="EUR"), errors.RefundCurrencyDiffers),
    ],
)
def test_a_refund_that_makes_no_sense_is_refused(
    order: RefundOrder, refusal: type[Exception]
) -> None:
    t = folded(PAID)
    before = state(t)
    with pytest.raises(refusal):
        request_refund(t, order, NOON, None, BUILT_IN.can_refund)
    assert state(t) == before


def test_a_second_refund_over_the_remaining_amount_is_rejected() -> None:
    t = folded(PAID)
    request(t, 800)
    with pytest.raises(errors.RefundExceedsRemaining) as refused:
        request(t, 401, number=2)
    assert refused.value.extra == {"available_minor": 400, "in_flight_minor": 800}


FLOWPAY = a_description(provider="flowpay", method="wire-transfer")
REFUSED = {
    "not paid": [a_fact(FactKind.FAILED)],
    "a pair without refunds": [a_fact(FactKind.PAID, description=FLOWPAY)],
    "an open dispute": [PAID, a_dispute_fact()],
    "all of it lost": [PAID, a_dispute_fact(DisputeFactKind.LOST, amount_minor=1200)],
    "all of it refunded": [PAID, a_refund_fact(R.SUCCEEDED, "psp-1", 1200)],
}


@pytest.mark.parametrize("told", REFUSED.values(), ids=REFUSED.keys())
def test_a_request_is_refused_with_the_very_sentence_that_pages_show(told: list[Fact]) -> None:
    t = folded(*told)
    with pytest.raises(errors.RefundRefused) as refused:
        request(t, None)
    shown = row_actions(STORE.to_document(t), BUILT_IN.can_refund)["refund"]
    assert shown == {
        "allowed": False,
        "reason": str(refused.value),
        "available_minor": available_minor(t),
    }


def test_of_several_reasons_the_status_comes_first_then_the_currency() -> None:
    with pytest.raises(errors.TransactionNotRefundable):
        request(folded(a_fact(FactKind.FAILED, description=FLOWPAY)), 1, currency="EUR")
    with pytest.raises(errors.RefundCurrencyDiffers):
        request(folded(a_fact(FactKind.PAID, description=FLOWPAY)), 1, currency="EUR")


@pytest.mark.parametrize("kind", [FactKind.CREATED, FactKind.PENDING, FactKind.FAILED])
def test_only_a_paid_transaction_is_refunded(kind: FactKind) -> None:
    with pytest.raises(errors.TransactionNotRefundable):
        request(folded(a_fact(kind)), 1)


def test_a_pair_that_cannot_refund_is_refused_up_front() -> None:
    with pytest.raises(errors.MethodCannotRefund):
        request(folded(a_fact(FactKind.PAID, description=FLOWPAY)), 1)


def test_an_open_dispute_bars_refunds_and_a_lost_one_reduces_the_remainder() -> None:
    t = folded(PAID, a_dispute_fact(DisputeFactKind.OPENED, amount_minor=300))
    with pytest.raises(errors.DisputeOpen):
        request(t, 1)
    t = fold(t, a_dispute_fact(DisputeFactKind.LOST, amount_minor=300))
    assert t.disputes[0].status is DisputeStatus.LOST
    assert available_minor(t) == 900
    assert t.status is S.PAID


def test_a_failed_refund_frees_its_reserve_and_a_late_success_is_applied() -> None:
    t = folded(PAID)
    request(t, 500)
    t = fold(t, a_refund_fact(R.FAILED))
    assert available_minor(t) == 1200
    assert t.status is S.PAID
    t = fold(t, a_refund_fact(R.SUCCEEDED))
    assert t.status is S.PARTIALLY_REFUNDED
    assert t.refunds[0].status is RefundStatus.SUCCEEDED


def test_an_external_refund_is_applied_and_marked() -> None:
    t = folded(PAID, a_refund_fact(R.SUCCEEDED, "psp-77", 1200))
    assert t.status is S.TOTALLY_REFUNDED
    assert t.refunds[0].external


def test_more_back_than_was_paid_is_an_exception_on_the_payment_not_a_crash() -> None:
    t = folded(PAID, a_refund_fact(R.SUCCEEDED, "a", 1200), a_refund_fact(R.SUCCEEDED, "b", 1))
    assert t.status is S.TOTALLY_REFUNDED
    assert t.flags == (TransactionFlag.REFUNDED_OVER_AMOUNT,)
    assert available_minor(t) == 0


def test_disputes_lost_over_what_was_left_are_an_exception_too() -> None:
    lost = a_dispute_fact(DisputeFactKind.LOST, amount_minor=900)
    t = folded(PAID, a_refund_fact(R.SUCCEEDED, "a", 300), lost)
    assert t.flags == ()
    t = fold(t, a_refund_fact(R.SUCCEEDED, "b", 1))
    assert t.flags == (TransactionFlag.REFUNDED_OVER_AMOUNT,)


def test_an_external_refund_has_upstream_as_its_actor_and_ours_has_not() -> None:
    t = folded(PAID)
    request(t, 500)
    t = fold(t, a_refund_fact(R.SUCCEEDED, "rf-1", 500))
    t = fold(t, a_refund_fact(R.SUCCEEDED, "psp-77", 100))
    ours, external = t.history[-2:]
    assert ours.actor is None
    assert external.actor == external.source


def test_a_refund_of_an_unknown_transaction_waits_for_it() -> None:
    with pytest.raises(Park):
        fold(None, a_refund_fact())


def test_no_answer_makes_the_outcome_unknown_and_asks_again_under_the_same_key() -> None:
    t = folded(PAID)
    request(t, 500)
    for attempt in (2, 3):
        again = ask_again(t, RefundId("rf-1"), NOON + timedelta(minutes=attempt))
        assert again is not None
        assert (again.status, again.key, again.attempt) == (RefundStatus.UNKNOWN, "key-1", attempt)
        assert t.in_flight_minor == 500
    t = fold(t, a_refund_fact(R.SUCCEEDED))
    assert ask_again(t, RefundId("rf-1"), NOON) is None


def test_a_pending_refund_is_asked_again_and_stays_pending() -> None:
    t = folded(PAID)
    request(t, 500)
    t = fold(t, a_refund_fact(R.PENDING, "rf-1", 500))
    again = ask_again(t, RefundId("rf-1"), NOON + timedelta(minutes=15))
    assert again is not None
    assert (again.status, again.key, again.attempt) == (RefundStatus.PENDING, "key-1", 2)
    assert not t.history[-1].applied
    assert t.history[-1].note == "asked again, attempt 2"


def test_another_amount_for_a_known_refund_is_a_contradiction() -> None:
    t = folded(PAID)
    request(t, 500)
    with pytest.raises(IdentityContradiction):
        fold(t, a_refund_fact(R.SUCCEEDED, "rf-1", 501))


@given(money_facts, st.data())
def test_every_order_of_refunds_disputes_and_payments_ends_in_the_same_state(
    told: list[Fact], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(told + told))
    assert state(folded(*shuffled)) == state(folded(*told))


answers = st.lists(
    st.tuples(
        st.sampled_from(["request", "unanswered", *R]), st.integers(0, 4), st.integers(-5, 900)
    ),
    max_size=25,
)


@given(answers)
def test_money_is_conserved_and_never_more_requested_than_paid(
    moves: list[tuple[Any, int, int]],
) -> None:
    t = folded(PAID)
    for step, (move, number, amount) in enumerate(moves):
        refund = t.refund(RefundId(f"rf-{number}"))
        if move == "request" and refund is None:
            try:
                request(t, amount, number=number)
            except errors.RefundRefused:
                continue
        elif move == "unanswered" and refund is not None:
            ask_again(t, refund.id, NOON)
        elif isinstance(move, R) and refund is not None:
            t = fold(t, a_refund_fact(move, refund.id, refund.amount_minor, event_id=f"x{step}"))
        never_failed = [r for r in t.refunds if r.failed_at is None]
        assert sum(r.amount_minor for r in never_failed) <= t.amount_minor
        assert t.total_refunded_minor + t.in_flight_minor == sum(
            r.amount_minor for r in t.refunds if r.status is not RefundStatus.FAILED
        )
        assert t.version == len(t.history)
