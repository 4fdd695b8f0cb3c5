"""After a restore from backup: what was said to have ended asks for nothing."""

import orjson

from payops_contracts.subscriptions import EndReason
from payops_testing.subscriptions.builders import (
    NOT_ACTIVE,
    UTC_RULES,
    a_subscription,
    at,
    copied,
    done_until,
    payment,
    terms,
)
from subscriptions.domain.billing import next_step
from subscriptions.domain.cancelling import Wish, cancel_at_renewal, cancel_now, keep
from subscriptions.domain.recovering import NOTE, Told, put_back
from subscriptions.domain.subscription import Subscription
from subscriptions.publishing.subscriptions import StepMessages

WISH = Wish("local:operator", "Moves abroad")
NOW = at("2026-05-20 08:00")


def told(subscription: Subscription) -> Told:
    """What its last event said, as it lies on the topic."""
    message = next(iter(StepMessages(UTC_RULES)(subscription)))
    return Told.of(orjson.loads(message.value or b"")["data"])


def paid() -> Subscription:
    return a_subscription(payment("2026-05-01 08:00"), agreed=terms("2026-05-01"))


def test_an_end_that_was_forgotten_is_put_back_with_its_instant_and_reason() -> None:
    backup = copied(paid())
    ended = paid()
    cancel_now(ended, WISH, at("2026-05-10 10:00"))
    assert put_back(backup, told(ended), NOW)
    assert backup.status is NOT_ACTIVE
    assert backup.ended is not None
    assert (backup.ended.at, backup.ended.reason) == (at("2026-05-10 10:00"), EndReason.CANCELLED)
    assert next_step(backup, UTC_RULES) is None
    assert backup.history[-1].detail == NOTE
    assert not put_back(backup, told(ended), NOW), "it is known now"


def test_a_cancellation_that_was_forgotten_ends_it_at_its_renewal_after_all() -> None:
    backup, cancelled = copied(paid()), paid()
    cancel_at_renewal(cancelled, UTC_RULES, WISH, at("2026-05-10 10:00"))
    assert put_back(backup, told(cancelled), NOW)
    assert backup.cancelling == cancelled.cancelling
    assert done_until(backup, "2026-07-01 00:00") == [
        ("subscription_cancelled", "2026-06-01 00:00")
    ]


def test_a_cancellation_that_was_withdrawn_since_does_not_come_back_with_the_backup() -> None:
    cancelled = paid()
    cancel_at_renewal(cancelled, UTC_RULES, WISH, at("2026-05-10 10:00"))
    backup = copied(cancelled)
    keep(cancelled, WISH, at("2026-05-11 10:00"))
    assert put_back(backup, told(cancelled), NOW)
    assert backup.cancelling is None
    assert not put_back(backup, told(cancelled), NOW)
