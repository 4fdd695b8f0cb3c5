"""Billing cycles, pure: facts in every order, closing and reopening, what moves afterwards."""

from itertools import permutations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_debits.domain.cycles import (
    HISTORY_ROWS_MAX,
    Adjustment,
    BillingCycle,
    FactKind,
    Told,
    Totals,
    adjust,
    check_closable,
    close,
    fold_cycle,
    reopen,
)
from billing_debits.domain.errors import (
    CycleClosed,
    CycleNotClosed,
    CycleNotEnded,
    DebitsStillOpen,
)
from billing_debits.domain.facts import Cause, InitialAttempt, ResultKind
from billing_debits.domain.settling import moved_afterwards
from billing_debits.publishing.cycles import cycle_messages
from billing_debits.store.cycles import CycleStore
from payops_contracts.cycles import CycleStatus
from payops_contracts.ids import ChargeId
from payops_contracts.registry import validate
from payops_kernel.facts import HistoryFull
from payops_testing.billing_debits.builders import (
    a_charge,
    at,
    debit_id,
    debited,
    ended,
    folded,
    raised_fact,
    result,
)
from payops_testing.billing_debits.cycles import CYCLE, a_cycle, cycle_fact

USD, EUR = Told("USD", 3, 969, 174), Told("EUR", 1, 500)
FACTS = (
    cycle_fact(FactKind.OPENED, at()),
    cycle_fact(FactKind.TOTALS, at(10), USD),
    cycle_fact(FactKind.TOTALS, at(20), USD, EUR),
    cycle_fact(FactKind.ENDED, at(31)),
    cycle_fact(FactKind.ENDED, at(33)),
)
CLOSING = Cause("/payops/billing-debits", "closed", at(40))
MOVE = Adjustment(ChargeId("CH-1"), 5, debit_id(1), at(50), "USD", -1000, CYCLE, "20260401")


def known(cycle: BillingCycle) -> tuple[object, ...]:
    return cycle.status, cycle.opened_at, cycle.ended_at, cycle.told_at, cycle.told


def test_facts_end_in_the_same_state_whatever_their_order() -> None:
    for facts in permutations(FACTS):
        cycle = a_cycle(*facts)
        assert known(cycle) == (CycleStatus.ENDED, at(), at(31), at(20), (EUR, USD))
        assert cycle.version == len(cycle.history) == len(FACTS)


@given(st.lists(st.sampled_from(FACTS), min_size=1, max_size=15))
def test_a_fact_that_comes_again_changes_nothing(told: list[object]) -> None:
    cycle = None
    for fact in told:
        cycle = fold_cycle(cycle, fact)  # type: ignore[arg-type]
    assert cycle is not None
    assert cycle.version == len(set(told))
    assert list(cycle_messages(fold_cycle(cycle, told[0]))) == []  # type: ignore[arg-type]


def test_the_same_event_with_other_content_is_kept_and_not_applied() -> None:
    first = cycle_fact(FactKind.TOTALS, at(10), USD)
    said = first._replace(cause=first.cause._replace(digest=1 << 40 | 1))
    other = said._replace(told=(EUR,), cause=said.cause._replace(digest=1 << 40 | 2))
    cycle = a_cycle(said, other)
    assert cycle.told == (USD,)
    assert cycle.contradiction is not None
    assert [row.event for row in cycle.history] == ["cycle_totals_told", "event_contradicted"]


def test_upstream_leaves_room_for_people() -> None:
    cycle = a_cycle()
    cycle.history *= HISTORY_ROWS_MAX
    with pytest.raises(HistoryFull):
        fold_cycle(cycle, cycle_fact(FactKind.TOTALS, at(77), USD))


def test_a_cycle_is_closed_once_it_has_ended_and_no_debit_is_open() -> None:
    cycle = a_cycle(cycle_fact(FactKind.OPENED))
    with pytest.raises(CycleNotEnded):
        check_closable(cycle, (), 0)
    fold_cycle(cycle, cycle_fact(FactKind.ENDED, at(31)))
    with pytest.raises(DebitsStillOpen) as refused:
        check_closable(cycle, ("CH-1",), 7)
    assert refused.value.extra == {"open_charges": ["CH-1"], "open_charges_count": 7}
    check_closable(cycle, (), 0)
    close(cycle, (Totals("USD", 1, 323),), "local:approver", CLOSING)
    assert cycle.status is CycleStatus.CLOSED
    with pytest.raises(CycleClosed):
        check_closable(cycle, (), 0)


def test_what_settlement_says_later_does_not_open_it_again() -> None:
    cycle = a_cycle()
    close(cycle, (Totals("USD", 1, 323),), "local:approver", CLOSING)
    fold_cycle(cycle, cycle_fact(FactKind.TOTALS, at(60), USD))
    fold_cycle(cycle, cycle_fact(FactKind.ENDED, at(61)))
    assert (cycle.status, cycle.told) == (CycleStatus.CLOSED, (USD,))
    assert cycle.closing is not None
    assert cycle.closing.totals == (Totals("USD", 1, 323),)


def test_reopening_keeps_the_reason_and_what_was_adjusted() -> None:
    cycle = a_cycle()
    with pytest.raises(CycleNotClosed):
        reopen(cycle, "local:approver", "Wrong", CLOSING)
    close(cycle, (Totals("USD", 1, 323),), "local:approver", CLOSING)
    adjust(cycle, MOVE, CLOSING)
    reopen(cycle, "local:approver", "A debit was forgotten", CLOSING)
    assert cycle.status is CycleStatus.ENDED
    assert cycle.history[-1].reason == "A debit was forgotten"
    assert cycle.adjusted_elsewhere["USD"] == (1, -1000)


def test_an_adjustment_is_said_of_both_cycles_and_is_no_row_of_a_history() -> None:
    closed, following = a_cycle(), BillingCycle("20260401", version=1)
    close(closed, (Totals("USD", 1, 1000),), "local:approver", CLOSING)
    rows = len(closed.history)
    for cycle in (closed, following):
        adjust(cycle, MOVE, Cause("/payops/billing-debits", "CH-1:5", at(51)))
    assert (len(closed.history), following.history) == (rows, [])
    assert (closed.adjusted, following.adjusted_elsewhere) == ({}, {})
    for cycle in (closed, following):
        (message,) = cycle_messages(cycle)
        event = validate(message.value or b"")
        assert event.type == "payops.billing-cycle.adjusted.v1"
        change = orjson.loads(message.value or b"")["data"]["change"]
        assert (change["adjusted_minor"], change["closed_cycle_code"]) == (-1000, CYCLE)
        assert (change["charge_id"], change["open_cycle_code"]) == ("CH-1", "20260401")


def test_every_step_is_an_event_of_the_feed_and_survives_its_document() -> None:
    cycle, types = None, []
    for fact in FACTS[:4]:
        cycle = fold_cycle(cycle, fact)
        types.append(_said(cycle))
    assert cycle is not None
    close(cycle, (Totals("USD", 3, 969, 174, 3, 969),), "local:approver", CLOSING)
    types.append(_said(cycle))
    reopen(cycle, "local:approver", "Wrong", CLOSING._replace(event_id="reopened"))
    types.append(_said(cycle))
    assert types == ["opened", "noted", "noted", "ended", "closed", "reopened"]


def _said(cycle: BillingCycle) -> str:
    (message,) = cycle_messages(cycle)
    store = CycleStore({"billing_cycles": None})  # type: ignore[dict-item]
    back = store.from_document(store.to_document(cycle))
    back.step = cycle.step
    assert back == cycle
    return validate(message.value or b"").type.split(".")[2]


def test_money_that_goes_back_comes_back_or_comes_late_may_be_after_the_closing() -> None:
    charge = debited(a_charge(), at())
    folded(result(ResultKind.SUCCEEDED, when=at(hours=1)), on=charge)
    assert moved_afterwards(charge) == 0, "its cycle cannot have been closed: a debit was open"
    folded(result(ResultKind.REVERSED, when=at(50)), on=charge)
    assert moved_afterwards(charge) == -323
    debited(charge, at(60))
    assert moved_afterwards(charge) == 0, "nothing moved yet"
    folded(result(ResultKind.SUCCEEDED, 2, when=at(61)), on=charge)
    assert moved_afterwards(charge) == 323, "its reversal opened a charge that was over"


def test_a_late_success_after_the_last_rejection_may_be_after_the_closing() -> None:
    charge = debited(a_charge(), at())
    folded(result(ResultKind.FAILED, code="expired_card"), on=charge)
    folded(result(ResultKind.SUCCEEDED, when=at(40)), on=charge)
    assert moved_afterwards(charge) == 323


def test_a_late_success_of_what_was_withdrawn_may_be_after_the_closing() -> None:
    charge = debited(a_charge(), at())
    folded(result(ResultKind.FAILED), ended(when=at(1)), on=charge)
    folded(result(ResultKind.SUCCEEDED, when=at(40)), on=charge)
    assert moved_afterwards(charge) == 323


@pytest.mark.parametrize(("created", "moved"), [(at(31), 0), (at(61), 323)])
def test_a_charge_that_settlement_raises_late_may_come_after_the_closing(
    created: object, moved: int
) -> None:
    initial = InitialAttempt(debit_id(1), at(61), succeeded=True)
    charge = folded(raised_fact(initial, created_at=created))
    assert moved_afterwards(charge) == moved


def test_a_charge_without_a_cycle_is_nobodys_adjustment() -> None:
    charge = debited(a_charge(cycle=None), at())
    folded(result(ResultKind.SUCCEEDED), result(ResultKind.REVERSED, when=at(50)), on=charge)
    assert moved_afterwards(charge) == 0
