"""Any interleaving of facts and debits: money is conserved, no second debit while one is open, and
every order of arrival ends in the same state."""

from hypothesis import given, settings
from hypothesis import strategies as st

from billing_debits.domain.charge import Charge
from billing_debits.domain.collecting import bar
from billing_debits.domain.facts import Fact, ResultKind
from billing_debits.domain.folding import fold
from payops_contracts.charges import AttemptStatus, ChargeStatus
from payops_testing.billing_debits.builders import (
    a_charge,
    at,
    debited,
    result,
    rules,
    state,
)
from payops_testing.billing_debits.histories import FACTS, STEPS, played

K = ResultKind


def check(charge: Charge) -> None:
    """What holds at every moment."""
    amount = charge.raised.amount_minor
    rows = charge.history
    collected = sum(row.collected_minor or 0 for row in rows)
    went_back = sum(row.reversed_minor or 0 for row in rows)
    assert charge.collected_minor == collected - went_back
    assert sum(each.open for each in charge.attempts) <= 1
    assert (charge.collected_minor >= amount) is (charge.status is ChargeStatus.FINALIZED)
    assert 0 <= charge.retry_count <= charge.retries_max
    assert charge.version == len(rows)
    assert len({each.debit_id for each in charge.attempts}) == len(charge.attempts)
    planned = charge.retry_due_at is not None
    assert not planned or charge.status is ChargeStatus.TEMP_REJECTED
    if charge.status is ChargeStatus.TEMP_REJECTED:  # something always follows
        waits = any(each.status is AttemptStatus.UNKNOWN for each in charge.attempts)
        assert planned or waits


@given(STEPS)
@settings(max_examples=300, deadline=None)
def test_money_is_conserved_and_never_two_debits_are_open(steps: list[Fact | str]) -> None:
    for charge in played(steps):
        check(charge)


@given(st.lists(FACTS, max_size=8), st.randoms(), st.integers(0, 2))
@settings(max_examples=300, deadline=None)
def test_every_order_of_arrival_ends_in_the_same_state(
    facts: list[Fact], random: object, tries: int
) -> None:
    ends = []
    for shuffled in (False, True):
        charge = a_charge()
        for number in range(1, tries + 1):
            if bar(charge, at(20)) is None:
                debited(charge, at(20))
                fold(charge, result(K.FAILED, number, at(20)), rules(), at(20))
        if bar(charge, at(40)) is None:
            debited(charge, at(40))
        arriving = list({each.cause[:2]: each for each in facts}.values())
        if shuffled:
            random.shuffle(arriving)  # type: ignore[attr-defined]
        for fact in arriving:
            fold(charge, fact, rules(), at(50))
            check(charge)
        ends.append(state(charge))
    assert ends[0] == ends[1]
