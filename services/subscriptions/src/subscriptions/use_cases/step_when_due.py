"""What is due of a subscription is done when it is due: it is asked for, missed, or ended."""

from collections.abc import Iterable

from payops_kernel.ports import DueRow, Repository, Work
from subscriptions.domain.billing import act, next_step
from subscriptions.domain.policies import Rules
from subscriptions.domain.subscription import Subscription

STEP_DUE = "subscription-step"
"""Something of a subscription is due: one row each, which its last step has moved."""


class DueAfterStep:
    """The one row of a subscription; none once it has ended."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    def __call__(self, subscription: Subscription) -> Iterable[DueRow]:
        """The row as the last step leaves it."""
        if subscription.step is None:
            return ()
        due = next_step(subscription, self._rules)
        at = None if due is None else due.at
        return (DueRow(STEP_DUE, subscription.id, at, {}, about=subscription.id),)


class StepWhenDue:
    """The due work behind a subscription."""

    def __init__(self, subscriptions: Repository[Subscription], rules: Rules) -> None:
        self._subscriptions = subscriptions
        self._rules = rules

    async def __call__(self, work: Work, row: DueRow) -> None:
        """Do all that is due, in its order; nothing when something else was quicker."""
        subscription = await work.find(self._subscriptions, row.key)
        if subscription is None:
            return
        while act(subscription, self._rules, work.now):
            work.save(subscription)
