"""What follows a failed debit: which retry on which day, and when none."""

from datetime import UTC, datetime, timedelta

import pytest

from billing_debits.domain.attempts import Attempt
from billing_debits.domain.charge import FAILED, NO_ANSWER, NO_RESULT, Charge
from billing_debits.domain.collecting import (
    RESOLVED_BY_HAND,
    Verdict,
    ask_again,
    bar,
    check_collectable,
    miss,
    settle_by_hand,
)
from billing_debits.domain.errors import ChargeNotDue
from billing_debits.domain.facts import ResultKind
from billing_debits.domain.folding import fold
from billing_debits.domain.policies import (
    STANDARD,
    THREE_TOTAL,
    CollectionMode,
    RetryPolicy,
    Rules,
    WhyNot,
)
from billing_debits.domain.rails import RAILS
from payops_contracts.charges import AttemptStatus, ChargeStatus, Rail
from payops_testing.billing_debits.builders import (
    COLLECTION,
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


def failing(charge: Charge, policy: RetryPolicy = STANDARD) -> list[tuple[int, datetime]]:
    """Debit it until nothing follows, each debit failing at once: retry number and due instant."""
    planned: list[tuple[int, datetime]] = []
    now = at()
    while True:
        debited(charge, now)
        failed = result(K.FAILED, len(charge.attempts), now)
        fold(charge, failed, rules(policy), now)
        if charge.retry_due_at is None:
            return planned
        now = charge.retry_due_at
        planned.append((charge.retry_count, now))


def test_each_delay_of_the_standard_policy_is_used_and_only_the_fourth_failure_is_final() -> None:
    charge = a_charge()
    assert (charge.status, charge.retry_count, charge.retries_max) == (S.PENDING, 0, 3)
    assert failing(charge) == [(1, at(1)), (2, at(4)), (3, at(11))]
    assert (charge.status, charge.retry_count) == (S.PERMANENT_REJECTED, 3)
    assert charge.failed_reason == FAILED
    assert [each.status for each in charge.attempts] == [
        AttemptStatus.TEMP_REJECTED,
        AttemptStatus.TEMP_REJECTED,
        AttemptStatus.TEMP_REJECTED,
        AttemptStatus.PERMANENT_REJECTED,
    ]
    assert [each.retry_count for each in charge.attempts] == [1, 2, 3, 3]
    assert charge.decision is not None
    assert charge.decision.why_not is WhyNot.POLICY_USED_UP


def test_three_attempts_in_all_have_two_retries() -> None:
    charge = a_charge()
    assert failing(charge, THREE_TOTAL) == [(1, at(1)), (2, at(4))]
    assert (charge.status, charge.retry_count, charge.retries_max) == (S.PERMANENT_REJECTED, 2, 2)


def test_a_rails_cap_bounds_the_policy_and_says_so() -> None:
    charge = a_charge(rail=Rail.ACH)
    assert charge.retries_max == 2
    assert failing(charge) == [(1, at(1)), (2, at(4))]
    assert charge.decision is not None
    assert (charge.decision.why_not, charge.retry_count) == (WhyNot.RAIL_CAP, 2)


def test_a_rails_last_day_bounds_the_policy() -> None:
    late = RetryPolicy("late", 1, (timedelta(days=181),))
    charge = a_charge(rail=Rail.ACH)
    assert failing(charge, late) == []
    assert charge.decision is not None
    assert (charge.decision.why_not, charge.retry_count) == (WhyNot.RAIL_WINDOW, 0)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("insufficient_funds", S.TEMP_REJECTED),
        ("expired_card", S.PERMANENT_REJECTED),
        ("closed_account", S.PERMANENT_REJECTED),
        ("authentication_required", S.PERMANENT_REJECTED),
        ("mandate_revoked", S.PERMANENT_REJECTED),
        ("54", S.PERMANENT_REJECTED),
        ("51", S.TEMP_REJECTED),
        ("whatever_is_new", S.TEMP_REJECTED),
    ],
)
def test_what_a_code_says_decides_whether_it_is_tried_again(
    code: str, status: ChargeStatus
) -> None:
    charge = folded(result(K.FAILED, code=code), on=debited(a_charge(), at()))
    final = status is S.PERMANENT_REJECTED
    assert (charge.status, charge.retry_count) == (status, 0 if final else 1)
    assert (charge.retry_due_at is None) is final
    assert charge.decision is not None
    assert charge.decision.unknown_code is (code == "whatever_is_new")
    assert charge.decision.why_not == (WhyNot.HARD_DECLINE if final else None)


@pytest.mark.parametrize(
    ("rail", "code", "final"),
    [
        (Rail.ACH, "R01", False),
        (Rail.ACH, "R09", False),
        (Rail.ACH, "R02", True),
        (Rail.ACH, "R08", True),
        (Rail.SEPA, "AM04", False),
        (Rail.SEPA, "MD01", True),
        (Rail.CARD, "R01", False),
    ],
)
def test_a_code_means_what_it_means_on_its_rail(rail: Rail, code: str, final: bool) -> None:
    charge = folded(result(K.FAILED, code=code), on=debited(a_charge(rail=rail), at()))
    assert (charge.status is S.PERMANENT_REJECTED) is final


def test_every_rail_names_whose_rules_it_follows() -> None:
    assert set(RAILS) == set(Rail)
    assert all(rule.source for rule in RAILS.values())
    assert not any(rule.hard_declines & rule.soft_declines for rule in RAILS.values())


@pytest.mark.parametrize("by_hand", [False, True])
def test_a_failure_that_is_learned_late_plans_the_same_retry_and_none_in_the_past(
    by_hand: bool,
) -> None:
    charge = debited(a_charge(), at(), batch="MB-260301-1000")
    assert miss(charge, debit_id(1), at())
    assert (charge.status, charge.retry_count) == (S.TEMP_REJECTED, 0)
    assert charge.failed_reason == NO_RESULT
    assert open_exceptions(charge) == {"RESULT_MISSING"}
    learned = datetime(2026, 3, 3, 8, tzinfo=UTC)
    if by_hand:
        verdict = Verdict(debit_id(1), succeeded=False, actor="local:operator", reason="Bank said")
        settle_by_hand(charge, verdict, rules(), learned)
        assert charge.attempts[0].failure is not None
        assert charge.attempts[0].failure.code == RESOLVED_BY_HAND
        assert charge.exceptions[0].resolved_by == "local:operator"
    else:
        fold(charge, result(K.FAILED, when=at(hours=1)), rules(), learned)
        assert charge.exceptions[0].resolved_by is None
    assert (charge.status, charge.retry_count) == (S.TEMP_REJECTED, 1)
    assert charge.retry_due_at == learned
    assert open_exceptions(charge) == set()


def test_while_an_outcome_is_unknown_only_the_same_attempt_is_asked_for_again() -> None:
    charge = debited(a_charge(), at())
    miss(charge, debit_id(1), at(hours=1))
    assert charge.failed_reason == NO_ANSWER
    assert bar(charge, at(30)) == "A debit of it is under way, or its outcome is not known."
    again = ask_again(charge, debit_id(1), at(1))
    assert isinstance(again, Attempt)
    assert (again.key, again.asked, len(charge.attempts)) == ("key-1", 2, 1)
    assert (charge.status, charge.retry_count) == (S.SUBMITTED, 0)
    assert open_exceptions(charge) == set()
    folded(result(K.SUCCEEDED, when=at(1)), on=charge)
    assert ask_again(charge, debit_id(1), at(2)) is None


def test_a_charge_is_not_debited_before_it_is_due() -> None:
    charge = folded(result(K.FAILED), on=debited(a_charge(), at()))
    with pytest.raises(ChargeNotDue, match="02 Mar 2026 10:00 UTC"):
        check_collectable(charge, at(hours=23))
    check_collectable(charge, at(hours=24))


def test_next_retry_is_the_collection_that_follows_the_due_instant() -> None:
    charge = folded(result(K.FAILED), on=debited(a_charge(), at()))
    assert charge.decision is not None
    assert charge.decision.next_at == datetime(2026, 3, 2, 18, tzinfo=UTC)
    at_once = STANDARD._replace(mode=CollectionMode.IMMEDIATE)
    assert Rules(at_once, COLLECTION).next_at(at(1)) == at(1)
    assert COLLECTION.next_at(datetime(2026, 3, 2, 6, tzinfo=UTC)).hour == 6
    assert COLLECTION.next_at(datetime(2026, 3, 2, 19, tzinfo=UTC)) == datetime(
        2026, 3, 3, 6, tzinfo=UTC
    )


def test_a_change_of_policy_holds_for_retries_that_are_planned_after_it() -> None:
    charge = folded(result(K.FAILED), on=debited(a_charge(), at()))
    debited(charge, at(1))
    changed = STANDARD._replace(version=2, delays=(timedelta(hours=1), timedelta(hours=2)))
    fold(charge, result(K.FAILED, 2, at(1)), rules(changed), at(1))
    assert charge.decision is not None
    assert (charge.decision.policy_version, charge.retry_due_at) == (2, at(1, hours=2))
    assert charge.retries_max == 2
