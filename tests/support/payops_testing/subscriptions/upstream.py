"""The hub as tests play it: what it says of subscriptions and of their payments."""

from typing import Any
from uuid import uuid4

Json = dict[str, Any]


def subscribed(subscription_id: str, **data: Any) -> Json:
    """A monthly subscription of US$32.30 from 1 January 2026 on, of which PayOps asks each payment
    but the first."""
    said = {
        "subscription_id": subscription_id,
        "created_at": "2026-01-01T09:00:00Z",
        "user": {"id": "user-1", "name": "Ada Rossi", "email": "ada.rossi@example.com"},
        "amount_minor": 3230,
        "currency": "USD",
        "provider": "stripe",
        "method": "credit-cards",
        "interval": "MONTH",
        "interval_count": 1,
        "billing": "hub",
        "description": "Membership, monthly",
    }
    return _event("subscription.created", subscription_id, "2026-01-01T09:00:00Z", said | data)


def said_of(kind: str, subscription_id: str, when: str, **data: Any) -> Json:
    """What ends it: ``payment-method-revoked`` or ``ended``."""
    said = {"subscription_id": subscription_id, **data}
    return _event(f"subscription.{kind}", subscription_id, when, said)


def paid_for(
    kind: str, subscription_id: str, when: str, transaction_id: str | None = None, **data: Any
) -> Json:
    """A payment of a subscription, ``created``, ``paid`` or ``failed`` then."""
    transaction_id = transaction_id or f"ORD-{uuid4().hex[:12]}"
    said: Json = {
        "transaction_id": transaction_id,
        "created_at": when,
        "amount_minor": 3230,
        "currency": "USD",
        "provider": "stripe",
        "method": "credit-cards",
        "channel": "web",
        "type": "SUBSCRIPTION",
        "user": {"id": "user-1", "name": "Ada Rossi"},
        "subscription_id": subscription_id,
    }
    if kind == "failed":
        said["failure"] = {"code": "insufficient_funds", "message": "No money"}
    return _event(f"payment.{kind}", transaction_id, when, said | data)


def _event(kind: str, subject: str, when: str, data: Json) -> Json:
    return {
        "specversion": "1.0",
        "id": f"evt-{uuid4().hex}",
        "source": "https://hub.example",
        "type": f"upstream.{kind}.v1",
        "subject": subject,
        "time": when,
        "data": data,
    }
