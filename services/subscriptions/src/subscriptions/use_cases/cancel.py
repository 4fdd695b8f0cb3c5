"""A person cancels a subscription, or withdraws that."""

from datetime import date
from enum import StrEnum
from typing import Any

from payops_kernel.errors import NotFound
from payops_kernel.ports import CommandAnswer, Repository, Work
from subscriptions.domain.cancelling import (
    Wish,
    cancel_at_renewal,
    cancel_now,
    check_not_cancelled,
    keep,
    renewal_day,
    what_follows,
)
from subscriptions.domain.policies import Rules
from subscriptions.domain.subscription import Subscription


class SubscriptionNotFound(NotFound):
    """There is no subscription with this id."""

    code = "subscription_not_found"


def subscription_not_found(subscription_id: str) -> SubscriptionNotFound:
    """The refusal for an id that the hub has not told."""
    return SubscriptionNotFound(f"There is no subscription '{subscription_id}'.")


class When(StrEnum):
    """When a cancelled subscription ends."""

    RENEWAL = "renewal"
    NOW = "now"


class CancelSubscription:
    """The use case behind ``POST /v1/subscriptions/{subscription_id}/cancellation``."""

    def __init__(self, subscriptions: Repository[Subscription], rules: Rules) -> None:
        self._subscriptions = subscriptions
        self._rules = rules

    async def __call__(
        self, work: Work, subscription_id: str, when: When, reason: str | None
    ) -> CommandAnswer:
        """200 with the day on which it ends and what follows; raises not found, or why not."""
        subscription = await work.load(self._subscriptions, subscription_id)
        before, wish, rules = state_of(subscription), wish_of(work, reason), self._rules
        if when is When.RENEWAL:
            day = renewal_day(subscription, rules, work.now)
            said = what_follows(subscription, rules, day)
            cancel_at_renewal(subscription, rules, wish, work.now)
        else:
            check_not_cancelled(subscription)
            said = what_follows(subscription, rules, None)
            cancel_now(subscription, wish, work.now)
            day = rules.zone.date_of(work.now)
        work.audit(
            "subscription.cancel", "subscription", subscription.id,
            before=before, after=state_of(subscription),
        )  # fmt: skip
        work.save(subscription)
        ends_at = work.now if when is When.NOW else rules.zone.start_of(day)
        body = {"effective_on": day, "ends_at": ends_at, "says": said}
        return CommandAnswer(200, _head(subscription) | body)


class KeepSubscription:
    """The use case behind ``DELETE /v1/subscriptions/{subscription_id}/cancellation``."""

    def __init__(self, subscriptions: Repository[Subscription]) -> None:
        self._subscriptions = subscriptions

    async def __call__(
        self, work: Work, subscription_id: str, reason: str | None = None
    ) -> CommandAnswer:
        """200 with its next payment; raises not found, or that nothing is to be withdrawn."""
        subscription = await work.load(self._subscriptions, subscription_id)
        before = state_of(subscription)
        keep(subscription, wish_of(work, reason), work.now)
        work.audit(
            "subscription.keep", "subscription", subscription.id,
            before=before, after=state_of(subscription),
        )  # fmt: skip
        work.save(subscription)
        next_on: date | None = subscription.next_payment_on
        return CommandAnswer(200, _head(subscription) | {"next_payment_on": next_on})


def wish_of(work: Work, reason: str | None) -> Wish:
    """Who asks, and why."""
    return Wish(work.context.actor.subject, reason, work.context.traceparent)


def state_of(subscription: Subscription) -> dict[str, Any]:
    """What an audit record says of it before and after."""
    cancelling = subscription.cancelling
    on = None if cancelling is None else cancelling.effective_on.isoformat()
    return {"status": subscription.status.value, "cancels_on": on}


def _head(subscription: Subscription) -> dict[str, Any]:
    return {"subscription_id": subscription.id, "status": subscription.status.value}
