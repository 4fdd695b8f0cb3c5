"""Refunds that come back, disputes lost in part: what upstream says last by its instant stands."""

from collections import defaultdict
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from payops_contracts.ids import RefundId
from payops_contracts.money import Money
from payops_contracts.payments import TransactionFlag, TransactionStatus
from payops_contracts.refunds import DisputeStatus, RefundStatus
from payops_contracts.registry import validate
from payops_kernel.facts import IdentityContradiction
from payops_testing.transactions.builders import (
    NOON,
    a_dispute_fact,
    a_fact,
    a_refund_fact,
    folded,
    state,
)
from transactions.domain import errors
from transactions.domain.facts import (
    DisputeFact,
    DisputeFactKind,
    FactKind,
    Failure,
    RefundFact,
    RefundFactKind,
)
from transactions.domain.folding import fold
from transactions.domain.refundability import BUILT_IN
from transactions.domain.refunding import RefundOrder, ask_again, available_minor, request_refund
from transactions.domain.transaction import Transaction
from transactions.publishing import step_message
from transactions.store.candidates import to_refund
from transactions.store.transactions import TransactionStore

S, R, D, Flag = TransactionStatus, RefundFactKind, DisputeFactKind, TransactionFlag
PAID = a_fact(FactKind.PAID)
STORE = TransactionStore(defaultdict(lambda: None))  # type: ignore[arg-type,return-value]


def refund(
    kind: RefundFactKind, minute: int, amount_minor: int = 1200, of: str = "rf-1"
) -> RefundFact:
    at = NOON + timedelta(minutes=minute)
    fact = a_refund_fact(kind, of, amount_minor, event_id=f"{of}-{minute}-{kind}", occurred_at=at)
    closed = Failure("account_closed", "The account is closed.")
    return fact._replace(failure=closed if kind is R.FAILED else None)


def dispute(kind: DisputeFactKind, minute: int, amount_minor: int = 1000) -> DisputeFact:
    at = NOON + timedelta(minutes=minute)
    return a_dispute_fact(
        kind, "dp-1", amount_minor, event_id=f"dp-{minute}-{kind}-{amount_minor}", occurred_at=at
    )


def request(t: Transaction, refund_id: str = "rf-2", amount_minor: int | None = None) -> None:
    order = RefundOrder(
        RefundId(refund_id), f"key-{refund_id}", amount_minor, "USD", "ada", "again", None
    )
    request_refund(t, order, NOON, None, BUILT_IN.can_refund)


def test_a_refund_that_failed_after_it_had_succeeded_gives_the_money_back_to_the_remainder() -> (
    None
):
    t = folded(PAID)
    request(t, "rf-1")
    t = fold(t, refund(R.SUCCEEDED, 1))
    assert (t.status, available_minor(t)) == (S.TOTALLY_REFUNDED, 0)
    t = fold(t, refund(R.FAILED, 2))
    assert (t.status, t.total_refunded_minor, available_minor(t)) == (S.PAID, 0, 1200)
    assert t.flags == (Flag.REFUND_RETURNED,)
    row = t.history[-1]
    assert (row.event, row.applied, row.status) == ("refund_failed", True, S.PAID)
    assert (row.refunded_minor, row.returned_minor) == (None, 1200)
    assert row.detail == (
        "the money came back after it had succeeded; account_closed; The account is closed."
    )
    assert ask_again(t, RefundId("rf-1"), NOON) is None
    request(t, "rf-2")
    assert t.in_flight_minor == 1200


def test_a_bulk_refund_takes_a_payment_whose_refund_came_back() -> None:
    back = folded(PAID, refund(R.SUCCEEDED, 1))
    candidates = to_refund(BUILT_IN.can_refund)
    assert candidates.read(STORE.to_document(back)).refusal is not None
    candidate = candidates.read(STORE.to_document(fold(back, refund(R.FAILED, 2))))
    assert (candidate.refusal, candidate.money) == (None, Money(1200, "USD"))


def test_a_part_that_came_back_leaves_the_other_part_refunded() -> None:
    external = refund(R.SUCCEEDED, 0, 200, of="psp-7")
    t = folded(PAID, external, refund(R.SUCCEEDED, 1, 1000), refund(R.FAILED, 2, 1000))
    assert (t.status, t.total_refunded_minor) == (S.PARTIALLY_REFUNDED, 200)
    assert available_minor(t) == 1000


def test_an_external_refund_comes_back_too_with_upstream_as_its_actor() -> None:
    t = folded(PAID, refund(R.SUCCEEDED, 1, of="psp-7"), refund(R.FAILED, 2, of="psp-7"))
    assert (t.status, available_minor(t)) == (S.PAID, 1200)
    assert t.history[-1].actor == t.history[-1].source


def test_the_event_of_a_refund_that_came_back_says_so_with_the_state_after_it() -> None:
    t = folded(PAID, refund(R.SUCCEEDED, 1), refund(R.FAILED, 2))
    assert t.step is not None
    event: Any = validate(step_message(t, t.step).value or b"")
    assert event.type == "payops.transaction.refund-failed.v1"
    assert (event.data.status, event.data.total_refunded_minor) == (S.PAID, 0)
    assert event.data.change.returned_minor == 1200
    assert event.data.change.status_before is S.TOTALLY_REFUNDED
    assert (event.data.refunds[0].status, event.data.refunds[0].returned) == ("FAILED", True)
    assert event.data.flags == (Flag.REFUND_RETURNED,)


@pytest.mark.parametrize(
    ("told", "status", "flags"),
    [
        ((refund(R.SUCCEEDED, 1), refund(R.FAILED, 2)), RefundStatus.FAILED, True),
        ((refund(R.FAILED, 1), refund(R.SUCCEEDED, 2)), RefundStatus.SUCCEEDED, False),
        ((refund(R.FAILED, 1), refund(R.SUCCEEDED, 1)), RefundStatus.SUCCEEDED, False),
        (
            (refund(R.SUCCEEDED, 1), refund(R.FAILED, 2), refund(R.SUCCEEDED, 3)),
            RefundStatus.SUCCEEDED,
            False,
        ),
        (
            (
                refund(R.FAILED, 1),
                refund(R.SUCCEEDED, 2),
                refund(R.FAILED, 3),
                refund(R.PENDING, 4),
            ),
            RefundStatus.FAILED,
            True,
        ),
    ],
)
def test_the_latest_outcome_stands_in_every_order_of_arrival(
    told: tuple[RefundFact, ...], status: RefundStatus, flags: bool
) -> None:
    ends = [folded(PAID, *order) for order in permutations(told)]
    for t in ends:
        assert t.refunds[0].status is status
        assert t.flags == ((Flag.REFUND_RETURNED,) if flags else ())
        assert state(t) == state(ends[0])
        net = sum((row.refunded_minor or 0) - (row.returned_minor or 0) for row in t.history)
        assert net == t.total_refunded_minor


def test_refunds_and_disputes_are_published_in_one_order_whatever_the_order_of_arrival() -> None:
    told: tuple[RefundFact | DisputeFact, ...] = (
        refund(R.SUCCEEDED, 4, 100, of="rf-a"),
        refund(R.SUCCEEDED, 1, 100, of="rf-b"),
        refund(R.PENDING, 0, 100, of="rf-d"),
        refund(R.PENDING, 2, 100, of="rf-c"),
        a_dispute_fact(D.OPENED, "dp-a", 100, occurred_at=NOON + timedelta(minutes=3)),
        a_dispute_fact(D.LOST, "dp-b", 100, occurred_at=NOON + timedelta(minutes=2)),
    )
    for order in permutations(told):
        t = folded(PAID, *order)
        assert t.step is not None
        event: Any = validate(step_message(t, t.step).value or b"")
        assert [each.refund_id for each in event.data.refunds] == ["rf-b", "rf-a", "rf-c", "rf-d"]
        assert [each.dispute_id for each in event.data.disputes] == ["dp-b", "dp-a"]


def test_a_success_that_is_older_than_the_failure_is_kept_and_gives_nothing_back() -> None:
    t = folded(PAID, refund(R.FAILED, 2), refund(R.SUCCEEDED, 1))
    assert (t.status, t.flags) == (S.PAID, (Flag.REFUND_RETURNED,))
    assert t.history[-1].note == "ignored: the refund failed then or later"


def test_a_success_repeated_later_does_not_move_the_day_on_which_the_money_went_back() -> None:
    t = folded(PAID, refund(R.SUCCEEDED, 1), refund(R.SUCCEEDED, 9))
    assert t.refunds[0].settled_at == NOON + timedelta(minutes=1)
    assert t.history[-1].note == "ignored: the refund had succeeded already"


def test_a_success_that_comes_again_after_the_money_was_refunded_anew_is_an_exception() -> None:
    t = folded(PAID, refund(R.SUCCEEDED, 1), refund(R.FAILED, 2))
    request(t, "rf-2")
    t = fold(t, refund(R.SUCCEEDED, 3))
    assert (t.status, available_minor(t), t.in_flight_minor) == (S.TOTALLY_REFUNDED, 0, 1200)
    t = fold(t, refund(R.SUCCEEDED, 4, of="rf-2"))
    assert t.total_refunded_minor == 2400
    assert t.flags == (Flag.REFUNDED_OVER_AMOUNT,)


def test_a_dispute_lost_in_part_takes_that_much_and_frees_the_rest() -> None:
    t = folded(PAID, dispute(D.OPENED, 1, 1200), dispute(D.LOST, 2, 400))
    (lost,) = t.disputes
    assert (lost.status, lost.amount_minor, lost.lost_minor) == (DisputeStatus.LOST, 1200, 400)
    assert (t.lost_minor, t.open_disputes, available_minor(t)) == (400, 0, 800)
    assert t.history[-1].detail == "US$4.00; US$12.00 were disputed"
    request(t, amount_minor=800)


def test_an_open_dispute_over_another_amount_is_an_update() -> None:
    t = folded(PAID, dispute(D.OPENED, 1, 500), dispute(D.OPENED, 2, 700))
    assert (t.disputes[0].amount_minor, t.disputes[0].opened_at) == (
        700,
        NOON + timedelta(minutes=1),
    )
    assert t.history[-1].applied
    t = fold(t, dispute(D.OPENED, 0, 300))
    assert t.disputes[0].amount_minor == 700
    assert t.history[-1].note == "ignored: another amount was told of later"
    with pytest.raises(errors.DisputeOpen):
        request(t)


@pytest.mark.parametrize(
    "told",
    [
        (dispute(D.OPENED, 1), dispute(D.WON, 2), dispute(D.LOST, 3, 400)),
        (dispute(D.OPENED, 1), dispute(D.LOST, 2, 900), dispute(D.LOST, 3, 400)),
        (dispute(D.OPENED, 1), dispute(D.WON, 3), dispute(D.LOST, 3, 400)),
    ],
)
def test_the_latest_end_of_a_dispute_stands_in_every_order_of_arrival(
    told: tuple[DisputeFact, ...],
) -> None:
    for order in permutations(told):
        t = folded(PAID, *order)
        assert (t.disputes[0].status, t.lost_minor) == (DisputeStatus.LOST, 400)
        assert available_minor(t) == 800


def test_a_dispute_won_after_it_was_lost_frees_everything() -> None:
    t = folded(PAID, dispute(D.OPENED, 1), dispute(D.LOST, 2), dispute(D.WON, 3))
    assert (t.disputes[0].status, t.lost_minor, available_minor(t)) == (DisputeStatus.WON, 0, 1200)


def test_an_outcome_over_more_than_was_paid_is_taken_as_said_and_flagged() -> None:
    t = folded(PAID, dispute(D.OPENED, 1, 1000), dispute(D.LOST, 2, 1300))
    assert (t.lost_minor, available_minor(t)) == (1300, 0)
    assert t.flags == (Flag.REFUNDED_OVER_AMOUNT,)


def test_a_dispute_in_another_currency_is_still_a_contradiction() -> None:
    with pytest.raises(IdentityContradiction):
        fold(folded(PAID), dispute(D.OPENED, 1)._replace(currency="EUR"))


def test_refunds_and_disputes_that_were_stored_without_their_outcomes_come_back() -> None:
    told = (refund(R.SUCCEEDED, 1, 100), dispute(D.OPENED, 2, 300), dispute(D.LOST, 3, 300))
    t = folded(PAID, *told)
    document = STORE.to_document(t)
    assert "outcomes" not in document["refunds"][0]
    for name in ("outcomes", "lost_minor", "disputed_at"):
        del document["disputes"][0][name]
    document["disputes"][0]["lost"] = True
    again = STORE.from_document(document)
    assert state(again) == state(t)
    assert available_minor(fold(again, refund(R.FAILED, 4, 100))) == 900
