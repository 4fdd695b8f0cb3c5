"""The words that golden examples of subscriptions are written with."""

from typing import Any

from payops_contracts.generate.omit import OMIT

SUBSCRIPTION = "SUB-2025-0042"

_OF_A_SUBSCRIPTION: dict[str, Any] = {
    "subject": SUBSCRIPTION,
    "partitionkey": SUBSCRIPTION,
    "source": "https://hub.example/subscriptions",
    "cause_source": "/payops/transactions",
    "cause_id": "ORD-2025-000123:2",
    "created_at": "2025-09-30T09:22:31.000Z",
    "amount_minor": 3230,
    "description": "Membership, monthly",
    "interval": "MONTH",
    "interval_count": 1,
    "anchor_on": "2025-09-30",
    "first_payment_on": "2025-09-30",
    "payments_max": 12,
    "expires_on": "2026-09-29",
    "billing": "hub",
    "started_at": "2025-09-30T09:23:04.512Z",
    "next_payment_on": "2025-11-30",
    "period_on": "2025-10-30",
    "payments_made": 2,
    "payments_left": 10,
    "paid_minor": 6460,
    "failures": 0,
    "failures_max": 4,
    "missed": 0,
    "flags": [],
    "reason": "Moves abroad",
    "by": "local:operator",
    "effective_on": "2025-11-30",
    "payment_request_id": "pr-5f3f0e0a8d6c5d1b9a550c1c7d1f6f10",
    "asked": 1,
}
_NO_FAILURE: dict[str, Any] = {"data.retry_at": OMIT, "data.failure": OMIT}
_GOES_ON: dict[str, Any] = {"end_reason": OMIT, "data.ended_at": OMIT}
_STAYS: dict[str, Any] = {"data.cancellation": OMIT}
_NOT_OF_A_PAYMENT: dict[str, Any] = {
    "change.transaction_id": OMIT,
    "change.amount_minor": OMIT,
    "change.period_on": OMIT,
}


def _story(event: str, status: str, before: str | None, **more: Any) -> dict[str, Any]:
    told = {"change.event": event, "data.status": status, "status_before": before, "note": OMIT}
    return _OF_A_SUBSCRIPTION | told | _NO_FAILURE | _GOES_ON | _STAYS | more


_COMMAND: dict[str, Any] = _OF_A_SUBSCRIPTION | {"source": "/payops/subscriptions"}
_OF_A_PERSON: dict[str, Any] = {"cause_source": "/payops/subscriptions"}

SUBSCRIPTION_VALUES: dict[str, dict[str, Any]] = {
    "upstream.subscription.created.v1": _OF_A_SUBSCRIPTION,
    "upstream.subscription.payment-method-revoked.v1": _OF_A_SUBSCRIPTION
    | {"reason": "The mandate was revoked"},
    "upstream.subscription.ended.v1": _OF_A_SUBSCRIPTION | {"reason": "The account was closed"},
    "payops.subscription.created.v1": _story(
        "subscription_created",
        "CREATED",
        None,
        sequence="000000000001",
        started_at=OMIT,
        next_payment_on="2025-09-30",
        payments_made=0,
        payments_left=12,
        paid_minor=0,
        cause_source="https://hub.example/subscriptions",
        **_NOT_OF_A_PAYMENT,
    ),
    "payops.subscription.activated.v1": _story("payment_paid", "ACTIVE", "ON_HOLD"),
    "payops.subscription.put-on-hold.v1": _story("payment_failed", "ON_HOLD", "ACTIVE")
    | {
        "failures": 1,
        "data.retry_at": "2025-10-31T09:22:50.000Z",
        "data.failure": {
            "code": "insufficient_funds",
            "message": "The card has insufficient funds.",
        },
    },
    "payops.subscription.ended.v1": _story("subscription_cancelled", "NOT_ACTIVE", "ACTIVE")
    | _NOT_OF_A_PAYMENT
    | _OF_A_PERSON
    | {
        "end_reason": "CANCELLED",
        "data.ended_at": "2025-11-30T00:00:00.000Z",
        "next_payment_on": OMIT,
    },
    "payops.subscription.payment-requested.v1": _story("payment_requested", "ACTIVE", "ACTIVE")
    | _OF_A_PERSON
    | {"change.transaction_id": OMIT},
    "payops.subscription.cancellation-requested.v1": _story(
        "cancellation_requested", "ACTIVE", "ACTIVE", next_payment_on=OMIT
    )
    | _NOT_OF_A_PAYMENT
    | _OF_A_PERSON
    | {
        "data.cancellation": {
            "effective_on": "2025-11-30",
            "requested_at": "2025-11-02T14:05:00.000Z",
            "by": "local:operator",
            "reason": "Moves abroad",
        }
    },
    "payops.subscription.cancellation-withdrawn.v1": _story(
        "cancellation_withdrawn", "ACTIVE", "ACTIVE"
    )
    | _NOT_OF_A_PAYMENT
    | _OF_A_PERSON,
    "payops.subscription.noted.v1": _story("payment_failed", "ACTIVE", "ACTIVE", applied=False)
    | {"note": "ignored: the period is paid", "flags": []},
    "payops.subscription-payment.requested.v1": _COMMAND,
    "payops.subscription-end.requested.v1": _COMMAND
    | {"reason": "CANCELLED", "ends_at": "2025-11-30T00:00:00.000Z"},
    "payops.subscription-end.withdrawn.v1": _COMMAND
    | {"reason": "CANCELLED", "ends_at": "2025-11-30T00:00:00.000Z"},
}
"""By event type, then by the end of a path."""
