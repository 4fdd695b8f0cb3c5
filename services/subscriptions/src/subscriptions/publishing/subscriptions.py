"""What a step of a subscription says: its event, and what the hub is asked to do."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from payops_contracts.envelope import domain_event
from payops_contracts.subscriptions import (
    EndReason,
    SubscriptionHistoryEvent,
    SubscriptionStatus,
)
from payops_contracts.topics import PAYMENT_COMMANDS, SUBSCRIPTION_EVENTS
from payops_kernel.ports import OutgoingMessage, event_message
from subscriptions.domain.billing import retry_at
from subscriptions.domain.policies import Rules
from subscriptions.domain.subscription import SOURCE, HistoryRow, Step, Subscription

_BY_EVENT = {
    SubscriptionHistoryEvent.PAYMENT_REQUESTED.value: "payment-requested",
    SubscriptionHistoryEvent.CANCELLATION_REQUESTED.value: "cancellation-requested",
    SubscriptionHistoryEvent.CANCELLATION_WITHDRAWN.value: "cancellation-withdrawn",
}
_BY_STATUS = {
    SubscriptionStatus.ACTIVE: "activated",
    SubscriptionStatus.ON_HOLD: "put-on-hold",
    SubscriptionStatus.NOT_ACTIVE: "ended",
}
"""By the status that a step leads to; Created is only ever the first."""
_ASKS = frozenset(
    {
        SubscriptionHistoryEvent.PAYMENT_REQUESTED.value,
        SubscriptionHistoryEvent.PAYMENT_ASKED_AGAIN.value,
    }
)
TOLD = frozenset(EndReason) - {EndReason.ENDED_BY_PROVIDER}
"""Ends that the hub does not know by itself."""


class StepMessages:
    """The last step's event, and the command that it is."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    def __call__(self, subscription: Subscription) -> Iterable[OutgoingMessage]:
        """In the order in which they are published."""
        step = subscription.step
        if step is None:
            return ()
        return (step_message(subscription, step, self._rules), *self._command(subscription, step))

    def _command(self, subscription: Subscription, step: Step) -> Iterable[OutgoingMessage]:
        row, ended, cancelling = step.row, subscription.ended, subscription.cancelling
        if row.event in _ASKS and subscription.request is not None:
            yield payment_command(subscription, row)
        elif row.event == SubscriptionHistoryEvent.CANCELLATION_WITHDRAWN.value:
            yield _command(subscription, row, "subscription-end.withdrawn", {})
        elif cancelling is not None and row.event == (
            SubscriptionHistoryEvent.CANCELLATION_REQUESTED.value
        ):
            ends_at = self._rules.zone.start_of(cancelling.effective_on)
            yield _end_command(subscription, row, ends_at, EndReason.CANCELLED)
        elif ended is not None and _ends_it(step) and ended.reason in TOLD:
            yield _end_command(subscription, row, ended.at, ended.reason)


def step_message(subscription: Subscription, step: Step, rules: Rules) -> OutgoingMessage:
    """The event of one step: the state after it, and what changed."""
    row = step.row
    event = domain_event(
        event_type=f"payops.subscription.{_type(step)}.v1",
        source=SOURCE,
        subject=subscription.id,
        version=subscription.version,
        time=row.at,
        data=_state(subscription, step, rules),
        causationid=row.event_id,
        correlationid=step.correlation_id,
        traceparent=step.traceparent,
    )
    return event_message(SUBSCRIPTION_EVENTS.name, event)


def _ends_it(step: Step) -> bool:
    ended = SubscriptionStatus.NOT_ACTIVE
    return step.row.status is ended and step.status_before is not ended


def _type(step: Step) -> str:
    row, before = step.row, step.status_before
    if before is None:
        return "created"
    if row.event in _BY_EVENT:
        return _BY_EVENT[row.event]
    return "noted" if row.status is before else _BY_STATUS.get(row.status, "noted")


def restated_message(
    subscription: Subscription, at: datetime, restoration: str, rules: Rules
) -> OutgoingMessage:
    """The state as it is, under a version that nobody has seen: nothing happened to it."""
    row = HistoryRow(
        at, SubscriptionHistoryEvent.RESTORED.value, subscription.status, SOURCE,
        f"restored:{restoration}", applied=False,
        note="Said again after its database was restored from a backup.",
    )  # fmt: skip
    return step_message(subscription, Step(row, subscription.status, None, None), rules)


def payment_command(subscription: Subscription, row: HistoryRow) -> OutgoingMessage:
    """The payment that the hub is asked to start; the same key in every repetition."""
    terms, request = subscription.terms, subscription.request
    if request is None:
        raise ValueError(f"{subscription.id} asks for no payment")
    said = {
        "payment_request_id": request.id,
        "idempotency_key": request.id,
        "period_on": terms.recurrence.day(request.period),
        "attempt": request.attempt,
        "asked": request.asked,
        "amount_minor": terms.amount_minor,
        "currency": terms.currency,
        "method": terms.method,
        "user_id": terms.customer.id,
        "description": terms.description,
    }
    return _command(subscription, row, "subscription-payment.requested", said)


def _end_command(
    subscription: Subscription, row: HistoryRow, ends_at: datetime, reason: EndReason
) -> OutgoingMessage:
    said = {"ends_at": ends_at, "reason": reason}
    return _command(subscription, row, "subscription-end.requested", said)


def _command(
    subscription: Subscription, row: HistoryRow, name: str, said: dict[str, Any]
) -> OutgoingMessage:
    step = subscription.step
    event = domain_event(
        event_type=f"payops.{name}.v1",
        source=SOURCE,
        subject=subscription.id,
        version=subscription.version,
        time=row.at,
        data={"subscription_id": subscription.id, "provider": subscription.terms.provider} | said,
        causationid=row.event_id,
        traceparent=None if step is None else step.traceparent,
    )
    return event_message(PAYMENT_COMMANDS.name, event)


def _state(subscription: Subscription, step: Step, rules: Rules) -> dict[str, Any]:
    terms, owed, ended = subscription.terms, subscription.owed, subscription.ended
    recurrence, cancelling = terms.recurrence, subscription.cancelling
    failure = None if owed is None else owed.failure
    return {
        "subscription_id": subscription.id,
        "created_at": terms.created_at,
        "user": terms.customer._asdict(),
        "amount_minor": terms.amount_minor,
        "currency": terms.currency,
        "provider": terms.provider,
        "method": terms.method,
        "billing": terms.billing,
        "recurrence": {
            "interval": recurrence.interval,
            "interval_count": recurrence.every,
            "anchor_on": recurrence.anchor,
            "payments_max": recurrence.payments_max,
            "expires_on": recurrence.expires_on,
        },
        "status": subscription.status,
        "end_reason": None if ended is None else ended.reason,
        "started_at": subscription.started_at,
        "ended_at": None if ended is None else ended.at,
        "next_payment_on": subscription.next_payment_on,
        "retry_at": retry_at(subscription, rules),
        "failures": 0 if owed is None else owed.failures,
        "failures_max": rules.policy.failures_max,
        "failure": failure and failure._asdict(),
        "payments_made": subscription.payments_made,
        "payments_left": subscription.payments_left,
        "paid_minor": subscription.paid_minor,
        "refunded_minor": subscription.refunded_minor,
        "missed": len(subscription.missed),
        "cancellation": cancelling and cancelling._asdict(),
        "flags": sorted(subscription.flags),
        "change": _change(subscription, step),
    }


def _change(subscription: Subscription, step: Step) -> dict[str, Any]:
    row = step.row
    return {
        "event": row.event,
        "occurred_at": row.at,
        "status_before": step.status_before,
        "applied": row.applied,
        "note": row.note,
        "cause_source": row.source,
        "cause_id": row.event_id,
        "transaction_id": row.transaction_id,
        "period_on": subscription.day_of(row.period),
        "amount_minor": row.amount_minor,
    }
