"""What becomes of a subscription: payments, failures, missed periods, its end."""

from datetime import date, timedelta

import pytest

from payops_contracts.subscriptions import (
    BillingMode,
    EndReason,
    Interval,
    SubscriptionFlag,
    SubscriptionStatus,
)
from payops_testing.subscriptions.builders import (
    ACTIVE,
    COLLECTING,
    NOT_ACTIVE,
    ON_HOLD,
    ROME,
    UTC_RULES,
    a_subscription,
    answer,
    at,
    done_until,
    ended,
    failed,
    payment,
    terms,
)
from subscriptions.domain.billing import act, next_step, retry_at
from subscriptions.domain.cancelling import Wish, cancel_at_renewal, cancel_now, renewal_day
from subscriptions.domain.facts import EndKind
from subscriptions.domain.folding import fold
from subscriptions.domain.policies import FailurePolicy, Rules
from subscriptions.domain.subscription import Subscription

WEEKLY = Interval.WEEK
OPERATOR = Wish("local:operator", "Moves abroad")


def requests(events: list[tuple[str, str]]) -> list[str]:
    """When payments were asked for."""
    return [when for event, when in events if event == "payment_requested"]


# --- retries, missed periods, anniversaries -------------------------------------------------------


def failing_weekly(rules: Rules = UTC_RULES) -> tuple[Subscription, list[str]]:
    """Weekly on Mondays from 23 February 2026; what was due on 2 March is paid on the 13th."""
    agreed = terms("2026-02-23", WEEKLY)
    subscription = a_subscription(payment("2026-02-23 09:00"), agreed=agreed, rules=rules)
    asked = requests(done_until(subscription, "2026-03-02 00:00", rules))
    for when in ("2026-03-02 00:00", "2026-03-03 00:00", "2026-03-06 00:00"):
        answer(subscription, when, ok=False, rules=rules)
        assert subscription.status is ON_HOLD
        following = retry_at(subscription, rules)
        assert following is not None
        asked += requests(done_until(subscription, f"{following:%Y-%m-%d %H:%M}", rules))
    answer(subscription, "2026-03-13 00:00", ok=True, rules=rules)
    return subscription, asked


def test_periods_that_fell_due_on_hold_are_missed_and_the_next_one_keeps_its_day() -> None:
    subscription, asked = failing_weekly()
    assert asked == [
        "2026-03-02 00:00", "2026-03-03 00:00", "2026-03-06 00:00", "2026-03-13 00:00",
    ]  # fmt: skip
    assert subscription.status is ACTIVE
    assert subscription.missed == [date(2026, 3, 9)]
    assert subscription.next_payment_on == date(2026, 3, 16)
    assert requests(done_until(subscription, "2026-03-16 00:00")) == ["2026-03-16 00:00"]


def test_missed_periods_are_asked_for_a_day_apart_when_the_policy_says_so() -> None:
    subscription, _ = failing_weekly(COLLECTING)
    assert subscription.missed == []
    assert requests(done_until(subscription, "2026-03-14 00:00", COLLECTING)) == [
        "2026-03-14 00:00"
    ]
    assert subscription.request is not None
    assert subscription.day_of(subscription.request.period) == date(2026, 3, 9)
    answer(subscription, "2026-03-14 00:00", ok=True, rules=COLLECTING)
    assert requests(done_until(subscription, "2026-03-16 00:00", COLLECTING)) == [
        "2026-03-16 00:00"
    ]


def test_a_recovery_moves_no_anniversary() -> None:
    agreed = terms("2026-04-11")
    subscription = a_subscription(payment("2026-04-11 09:00"), agreed=agreed)
    for month, following in ((5, 6), (6, 7)):
        done_until(subscription, f"2026-{month:02d}-11 00:00")
        answer(subscription, f"2026-{month:02d}-11 00:00", ok=False)
        done_until(subscription, f"2026-{month:02d}-12 00:00")
        answer(subscription, f"2026-{month:02d}-12 08:00", ok=True)
        assert subscription.next_payment_on == date(2026, following, 11)


def test_a_late_success_by_another_path_drops_the_retry() -> None:
    subscription = a_subscription(payment("2026-04-01 09:00"), agreed=terms("2026-04-01"))
    done_until(subscription, "2026-05-01 00:00")
    answer(subscription, "2026-05-01 08:00", ok=False)
    assert retry_at(subscription, UTC_RULES) == at("2026-05-02 08:00")
    fold(subscription, payment("2026-05-01 15:00"), UTC_RULES)
    assert subscription.status is ACTIVE
    assert not act(subscription, UTC_RULES, at("2026-05-02 08:00"))
    assert requests(done_until(subscription, "2026-06-01 00:00")) == ["2026-06-01 00:00"]


def test_the_time_allowed_for_failing_counts_from_the_failure() -> None:
    """Four weeks after the last success the first failure does not end it."""
    agreed = terms("2026-04-03", WEEKLY, 4)
    subscription = a_subscription(payment("2026-04-03 00:00"), agreed=agreed)
    failures = ["2026-05-01 00:00", "2026-05-02 00:00", "2026-05-05 00:00", "2026-05-12 00:00"]
    for when in failures[:3]:
        done_until(subscription, when)
        answer(subscription, when, ok=False)
        assert subscription.status is ON_HOLD
    done_until(subscription, failures[3])
    answer(subscription, failures[3], ok=False)
    assert subscription.status is NOT_ACTIVE
    assert subscription.ended == (at("2026-05-12"), EndReason.ABORTED, None)
    assert next_step(subscription, UTC_RULES) is None


def test_a_shorter_policy_ends_it_with_the_next_failure() -> None:
    subscription = a_subscription(payment("2026-04-01 09:00"), agreed=terms("2026-04-01"))
    for when in ("2026-05-01 00:00", "2026-05-02 00:00", "2026-05-05 00:00"):
        done_until(subscription, when)
        answer(subscription, when, ok=False)
    shorter = UTC_RULES._replace(policy=FailurePolicy((timedelta(days=2),)))
    assert retry_at(subscription, shorter) == at("2026-05-07")
    done_until(subscription, "2026-05-07 00:00", shorter)
    answer(subscription, "2026-05-07 00:00", ok=False, rules=shorter)
    assert subscription.status is NOT_ACTIVE


def test_what_fell_due_while_nothing_ran_is_asked_for_once_under_its_own_day() -> None:
    subscription = a_subscription(payment("2026-03-10 08:00"), agreed=terms("2026-03-10"))
    assert act(subscription, UTC_RULES, at("2026-04-11 09:00"))
    assert subscription.request is not None
    assert subscription.day_of(subscription.request.period) == date(2026, 4, 10)
    assert not act(subscription, UTC_RULES, at("2026-04-11 09:00"))
    assert subscription.next_payment_on == date(2026, 5, 10)


def test_after_days_of_downtime_each_day_is_asked_for_one_at_a_time_a_minute_apart() -> None:
    agreed = terms("2026-03-01", Interval.DAY)
    subscription = a_subscription(payment("2026-03-01 08:00"), agreed=agreed)
    now, days = at("2026-03-04 09:00"), []
    while act(subscription, UTC_RULES, now):
        assert not act(subscription, UTC_RULES, now), "two are open"
        assert subscription.request is not None
        days.append(subscription.day_of(subscription.request.period))
        answer(subscription, f"{now:%Y-%m-%d %H:%M}", ok=True)
        assert not act(subscription, UTC_RULES, now + timedelta(seconds=59))
        now += timedelta(minutes=1)
    assert days == [date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)]


def test_an_answer_that_does_not_come_is_asked_for_under_the_same_key() -> None:
    subscription = a_subscription(payment("2026-03-01 08:00"), agreed=terms("2026-03-01"))
    done_until(subscription, "2026-04-01 00:00")
    first = subscription.request
    assert done_until(subscription, "2026-04-02 00:00") == [
        ("payment_asked_again", "2026-04-02 00:00")
    ]
    assert subscription.request is not None
    assert first is not None
    assert subscription.request.id == first.id
    assert subscription.flags == {SubscriptionFlag.UNANSWERED}
    answer(subscription, "2026-04-02 07:00", ok=True)
    assert subscription.flags == set()


# --- the first payment ----------------------------------------------------------------------------


def test_the_customer_makes_the_first_payment_unless_a_day_was_agreed() -> None:
    own = a_subscription(agreed=terms("2026-03-01"))
    assert own.status is SubscriptionStatus.CREATED
    assert next_step(own, UTC_RULES) is None
    ours = a_subscription(agreed=terms("2026-03-01", first_is_ours=True))
    assert requests(done_until(ours, "2026-03-01 00:00")) == ["2026-03-01 00:00"]
    answer(ours, "2026-03-01 00:00", ok=True)
    assert (ours.status, ours.next_payment_on) == (ACTIVE, date(2026, 4, 1))


def test_a_first_payment_that_comes_late_is_followed_by_the_next_day_that_is_to_come() -> None:
    subscription = a_subscription(payment("2026-05-20 08:00"), agreed=terms("2026-03-01"))
    assert subscription.next_payment_on == date(2026, 6, 1)
    assert subscription.payments_made == 1


def test_a_provider_that_starts_payments_is_followed_and_asked_for_nothing() -> None:
    agreed = terms("2026-03-01", billing=BillingMode.PROVIDER)
    subscription = a_subscription(payment("2026-03-01 08:00"), agreed=agreed)
    assert done_until(subscription, "2026-04-01 12:00") == []
    fold(subscription, payment("2026-03-31 22:00"), UTC_RULES)
    assert subscription.next_payment_on == date(2026, 5, 1)
    fold(subscription, failed("2026-05-01 03:00"), UTC_RULES)
    assert subscription.status is ON_HOLD
    assert done_until(subscription, "2026-05-12 12:00") == []
    assert done_until(subscription, "2026-05-13 03:00") == [
        ("subscription_aborted", "2026-05-13 03:00")
    ]


# --- how it ends ----------------------------------------------------------------------------------


def test_an_expiration_date_is_paid_for_and_the_day_behind_it_is_not() -> None:
    agreed = terms("2026-01-31", expires_on=date(2026, 3, 31))
    subscription = a_subscription(payment("2026-01-31 08:00"), agreed=agreed)
    assert subscription.payments_left == 2
    for day in ("2026-02-28 00:00", "2026-03-31 00:00"):
        assert requests(done_until(subscription, day)) == [day]
        answer(subscription, day, ok=True)
    assert subscription.next_payment_on is None
    assert done_until(subscription, "2026-04-01 00:00") == [
        ("subscription_expired", "2026-04-01 00:00")
    ]


def test_a_maximum_of_payments_ends_it_when_the_last_period_is_over() -> None:
    agreed = terms("2026-01-10", payments_max=2)
    subscription = a_subscription(payment("2026-01-10 08:00"), agreed=agreed)
    done_until(subscription, "2026-02-10 00:00")
    assert subscription.payments_left == 1
    answer(subscription, "2026-02-10 00:00", ok=True)
    assert (subscription.payments_left, subscription.next_payment_on) == (0, None)
    assert done_until(subscription, "2026-03-10 00:00") == [
        ("subscription_expired", "2026-03-10 00:00")
    ]


def test_a_cancellation_in_the_last_second_ends_it_before_the_renewal() -> None:
    subscription = a_subscription(payment("2026-05-01 08:00"), agreed=terms("2026-05-01"))
    day = cancel_at_renewal(subscription, UTC_RULES, OPERATOR, at("2026-05-31 23:59:59"))
    assert day == date(2026, 6, 1)
    assert subscription.next_payment_on is None
    assert done_until(subscription, "2026-07-01 00:00") == [
        ("subscription_cancelled", "2026-06-01 00:00")
    ]


def test_a_renewal_that_is_asked_for_already_is_named_and_the_next_one_is_meant() -> None:
    subscription = a_subscription(payment("2026-05-01 08:00"), agreed=terms("2026-05-01"))
    done_until(subscription, "2026-06-01 00:00")
    assert renewal_day(subscription, UTC_RULES, at("2026-06-01 00:00")) == date(2026, 7, 1)


@pytest.mark.parametrize("zone", [UTC_RULES, UTC_RULES._replace(zone=ROME)])
def test_a_cancellation_at_renewal_keeps_the_retry_of_what_is_owed(zone: Rules) -> None:
    subscription = a_subscription(payment("2026-03-01 08:00"), agreed=terms("2026-03-01"))
    done_until(subscription, "2026-04-01 00:00", zone)
    answer(subscription, "2026-04-01 00:00", ok=False, rules=zone)
    day = cancel_at_renewal(subscription, zone, OPERATOR, at("2026-04-01 12:00"))
    assert day == date(2026, 5, 1)
    assert requests(done_until(subscription, "2026-04-02 00:00", zone)) == ["2026-04-02 00:00"]
    answer(subscription, "2026-04-02 00:00", ok=True, rules=zone)
    ends = f"{zone.zone.start_of(day):%Y-%m-%d %H:%M}"
    assert done_until(subscription, "2026-06-01 00:00", zone) == [("subscription_cancelled", ends)]


def test_a_cancellation_at_once_drops_the_retry() -> None:
    subscription = a_subscription(payment("2026-02-01 08:00"), agreed=terms("2026-02-01"))
    done_until(subscription, "2026-03-01 00:00")
    answer(subscription, "2026-03-04 00:00", ok=False)
    assert retry_at(subscription, UTC_RULES) == at("2026-03-05")
    cancel_now(subscription, OPERATOR, at("2026-03-04 10:00"))
    assert subscription.status is NOT_ACTIVE
    assert next_step(subscription, UTC_RULES) is None


def test_a_payment_method_that_is_revoked_ends_it_with_a_retry_planned() -> None:
    subscription = a_subscription(payment("2026-02-01 08:00"), agreed=terms("2026-02-01"))
    done_until(subscription, "2026-03-01 00:00")
    answer(subscription, "2026-03-01 00:00", ok=False)
    fold(subscription, ended("2026-03-01 12:00", EndKind.REVOKED), UTC_RULES)
    assert subscription.ended is not None
    assert subscription.ended.reason is EndReason.PAYMENT_METHOD_REVOKED
    assert next_step(subscription, UTC_RULES) is None
    fold(subscription, ended("2026-03-02 12:00"), UTC_RULES)
    assert subscription.history[-1].note == "ignored: it had ended already"


def test_what_was_paid_before_its_end_and_told_after_it_is_no_exception() -> None:
    subscription = a_subscription(ended("2026-05-15"), agreed=terms("2026-03-01"))
    fold(subscription, payment("2026-03-01 09:00"), UTC_RULES)
    assert (subscription.flags, subscription.payments_made) == (set(), 1)
    fold(subscription, payment("2026-06-01 09:00"), UTC_RULES)
    assert subscription.flags == {SubscriptionFlag.PAID_AFTER_END}
    assert subscription.status is NOT_ACTIVE


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_the_latest_failure_counts_and_not_the_one_that_is_told_last(
    order: tuple[int, ...],
) -> None:
    told = [failed(f"2026-04-{day:02d} 00:00") for day in (1, 2, 5)]
    subscription = a_subscription(payment("2026-03-01 08:00"), agreed=terms("2026-03-01"))
    for number in order:
        fold(subscription, told[number], UTC_RULES)
    assert retry_at(subscription, UTC_RULES) == at("2026-04-12")
    fold(subscription, failed("2026-04-04 00:00"), UTC_RULES)
    assert subscription.ended is not None
    assert subscription.ended.at == at("2026-04-05")
