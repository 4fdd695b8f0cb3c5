"""Putting back what a restored database has forgotten, out of what was published."""

from datetime import date, datetime
from typing import Any, NamedTuple

from payops_contracts.subscriptions import EndReason, SubscriptionHistoryEvent
from subscriptions.domain.billing import own_cause
from subscriptions.domain.folding import close
from subscriptions.domain.subscription import About, Cancelling, Ending, Subscription

NOTE = "put back after the database was restored from a backup"


class Told(NamedTuple):
    """How a subscription was said to stand: ended, cancelled, or neither any more."""

    ending: Ending | None = None
    cancelling: Cancelling | None = None

    @classmethod
    def of(cls, data: dict[str, Any]) -> "Told":
        """Out of the data of an event."""
        ended, planned = data.get("ended_at"), data.get("cancellation")
        if ended is not None:
            return cls(Ending(datetime.fromisoformat(ended), EndReason(data["end_reason"])))
        if planned is None:
            return cls()
        return cls(
            None,
            Cancelling(
                date.fromisoformat(planned["effective_on"]),
                datetime.fromisoformat(planned["requested_at"]),
                planned["by"],
                planned.get("reason"),
            ),
        )


def put_back(subscription: Subscription, told: Told, now: datetime) -> bool:
    """End it, or have it end, as it was said; whether that was forgotten."""
    subscription.step = None
    if subscription.ended is not None:
        return False
    before = subscription.status
    if told.ending is not None:
        close(subscription, told.ending)
        event = SubscriptionHistoryEvent.CANCELLED
    elif told.cancelling != subscription.cancelling:
        subscription.cancelling = told.cancelling
        event = SubscriptionHistoryEvent.CANCELLATION_REQUESTED
        if told.cancelling is None:
            event = SubscriptionHistoryEvent.CANCELLATION_WITHDRAWN
    else:
        return False
    cause = own_cause(subscription, event, now)
    subscription.record(event, cause, before, About(detail=NOTE))
    return True
