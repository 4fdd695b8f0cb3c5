"""What a stream may tell of. One more kind is one more line."""

from dataclasses import dataclass

from payops_contracts.topics import (
    BILLING_CYCLES,
    CHARGES,
    CHECKOUT_RULES,
    DEBIT_BATCHES,
    MEMBERS,
    SUBSCRIPTION_EVENTS,
    TRANSACTIONS,
    Topic,
)
from payops_kernel.auth.principals import UserRole


@dataclass(frozen=True, slots=True)
class LiveTopic:
    """The changes of one kind of thing, and who may learn of them."""

    topic: Topic
    role: UserRole


LIVE: dict[str, LiveTopic] = {
    "transactions": LiveTopic(TRANSACTIONS, UserRole.VIEWER),
    "subscriptions": LiveTopic(SUBSCRIPTION_EVENTS, UserRole.VIEWER),
    "checkout-rules": LiveTopic(CHECKOUT_RULES, UserRole.VIEWER),
    "charges": LiveTopic(CHARGES, UserRole.VIEWER),
    "debit-batches": LiveTopic(DEBIT_BATCHES, UserRole.VIEWER),
    "members": LiveTopic(MEMBERS, UserRole.VIEWER),
    "billing-cycles": LiveTopic(BILLING_CYCLES, UserRole.VIEWER),
}
"""By kind, named as the resource is: of ``transactions`` the rows are ``/v1/transactions``."""
