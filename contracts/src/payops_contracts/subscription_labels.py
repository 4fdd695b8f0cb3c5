"""The words that people read of subscriptions; ``labels`` has them among all others."""

from payops_contracts.subscriptions import (
    BillingMode,
    EndReason,
    Interval,
    SubscriptionFlag,
    SubscriptionHistoryEvent,
    SubscriptionStatus,
)

SUBSCRIPTION_STATUS: dict[str, str] = {
    SubscriptionStatus.CREATED: "Created",
    SubscriptionStatus.ACTIVE: "Active",
    SubscriptionStatus.ON_HOLD: "On Hold",
    SubscriptionStatus.NOT_ACTIVE: "Not Active",
}
SUBSCRIPTION_END_REASON: dict[str, str] = {
    EndReason.CANCELLED: "Cancelled",
    EndReason.EXPIRED: "Expired",
    EndReason.ABORTED: "Aborted: its payments failed",
    EndReason.PAYMENT_METHOD_REVOKED: "Aborted: the payment method was revoked",
    EndReason.ENDED_BY_PROVIDER: "Ended by the provider",
}
"""Why a subscription is Not Active."""

SUBSCRIPTION_FLAG: dict[str, str] = {
    SubscriptionFlag.PAID_AFTER_END: "Paid after it had ended",
    SubscriptionFlag.OTHER_CURRENCY: "A payment in another currency",
    SubscriptionFlag.UNANSWERED: "A requested payment is not answered",
    SubscriptionFlag.OVERPAID: "Paid more often than owed",
}
SUBSCRIPTION_INTERVAL: dict[str, str] = {
    Interval.DAY: "Day",
    Interval.WEEK: "Week",
    Interval.MONTH: "Month",
    Interval.YEAR: "Year",
}
BILLING_MODE: dict[str, str] = {
    BillingMode.HUB: "PayOps requests each payment",
    BillingMode.PROVIDER: "The provider starts each payment",
}
SUBSCRIPTION_EVENT: dict[str, str] = {
    SubscriptionHistoryEvent.CREATED: "Subscription created",
    SubscriptionHistoryEvent.PAYMENT_REQUESTED: "Payment requested",
    SubscriptionHistoryEvent.PAYMENT_ASKED_AGAIN: "Payment not answered, asked again",
    SubscriptionHistoryEvent.PAYMENT_PENDING: "Payment pending",
    SubscriptionHistoryEvent.PAYMENT_PAID: "Payment paid",
    SubscriptionHistoryEvent.PAYMENT_FAILED: "Payment failed",
    SubscriptionHistoryEvent.PAYMENT_REFUNDED: "Payment refunded",
    SubscriptionHistoryEvent.PAYMENT_CHANGED: "Payment changed",
    SubscriptionHistoryEvent.PERIOD_MISSED: "Period missed while On Hold",
    SubscriptionHistoryEvent.CANCELLATION_REQUESTED: "Cancellation at renewal requested",
    SubscriptionHistoryEvent.CANCELLATION_WITHDRAWN: "Cancellation withdrawn",
    SubscriptionHistoryEvent.CANCELLED: "Subscription cancelled",
    SubscriptionHistoryEvent.EXPIRED: "Subscription expired",
    SubscriptionHistoryEvent.ABORTED: "Subscription aborted",
    SubscriptionHistoryEvent.PAYMENT_METHOD_REVOKED: "Payment method revoked",
    SubscriptionHistoryEvent.ENDED_BY_PROVIDER: "Ended by the provider",
    SubscriptionHistoryEvent.EVENT_CONTRADICTED: "Same event sent again with other content",
}
SUBSCRIPTION_COLUMN: dict[str, str] = {
    "status": "Status",
    "created_at": "Date",
    "subscription_id": "Subscription ID",
    "amount_minor": "Amount",
    "method": "Method",
    "provider": "Provider",
}
SUBSCRIPTION_PAYMENT_COLUMN: dict[str, str] = {
    "created_at": "Date",
    "transaction_id": "Transaction ID",
    "amount_minor": "Amount",
    "status": "Status",
}
