"""The words that people read, exactly as the requirements write them.

An unknown value passes through unchanged: a new provider or method must not break a page.
"""

from payops_contracts.charges import (
    AttemptStatus,
    ChargeException,
    ChargeHistoryEvent,
    ChargeStatus,
    ChargeType,
    Rail,
)
from payops_contracts.checkout_rule_labels import CONDITION_SENTENCE as CONDITION_SENTENCE
from payops_contracts.checkout_rule_labels import FINDING_SENTENCE as FINDING_SENTENCE
from payops_contracts.checkout_rule_labels import MATCH_KEY as MATCH_KEY
from payops_contracts.checkout_rule_labels import RULE_EVENT as RULE_EVENT
from payops_contracts.checkout_rule_labels import RULE_FINDING as RULE_FINDING
from payops_contracts.checkout_rule_labels import RULE_OPERATOR as RULE_OPERATOR
from payops_contracts.checkout_rule_labels import RULE_STATUS as RULE_STATUS
from payops_contracts.checkout_rule_labels import SEEN as SEEN
from payops_contracts.checkout_rule_labels import SEVERITY as SEVERITY
from payops_contracts.cycles import CycleFinding, CycleHistoryEvent, CycleStatus
from payops_contracts.debit_batches import BatchHistoryEvent, BatchOrigin, BatchStage, BatchStatus
from payops_contracts.members import MemberEvent, MemberStanding
from payops_contracts.operation_labels import AUDIT_ACTION as AUDIT_ACTION
from payops_contracts.operation_labels import AUDIT_TARGET as AUDIT_TARGET
from payops_contracts.operation_labels import DEAD_LETTER_REASON as DEAD_LETTER_REASON
from payops_contracts.operation_labels import DEAD_LETTER_STATE as DEAD_LETTER_STATE
from payops_contracts.operation_labels import JOB_KIND as JOB_KIND
from payops_contracts.operation_labels import JOB_ROW_STATE as JOB_ROW_STATE
from payops_contracts.operation_labels import JOB_STATE as JOB_STATE
from payops_contracts.payments import (
    HistoryEvent,
    PaymentType,
    TransactionFlag,
    TransactionStatus,
)
from payops_contracts.refunds import DisputeStatus, RefundStatus
from payops_contracts.subscription_labels import BILLING_MODE as BILLING_MODE
from payops_contracts.subscription_labels import SUBSCRIPTION_COLUMN as SUBSCRIPTION_COLUMN
from payops_contracts.subscription_labels import SUBSCRIPTION_END_REASON as SUBSCRIPTION_END_REASON
from payops_contracts.subscription_labels import SUBSCRIPTION_EVENT as SUBSCRIPTION_EVENT
from payops_contracts.subscription_labels import SUBSCRIPTION_FLAG as SUBSCRIPTION_FLAG
from payops_contracts.subscription_labels import SUBSCRIPTION_INTERVAL as SUBSCRIPTION_INTERVAL
from payops_contracts.subscription_labels import (
    SUBSCRIPTION_PAYMENT_COLUMN as SUBSCRIPTION_PAYMENT_COLUMN,
)
from payops_contracts.subscription_labels import SUBSCRIPTION_STATUS as SUBSCRIPTION_STATUS

TRANSACTION_STATUS: dict[str, str] = {
    TransactionStatus.CREATED: "Created",
    TransactionStatus.PAID: "Paid",
    TransactionStatus.PARTIALLY_REFUNDED: "Partially Refunded",
    TransactionStatus.TOTALLY_REFUNDED: "Totally Refunded",
    TransactionStatus.FAILED: "Failed",
}
PAYMENT_TYPE: dict[str, str] = {
    PaymentType.DIRECT: "Direct",
    PaymentType.SUBSCRIPTION: "Subscription",
    PaymentType.PAY_BY_LINK: "Pay by link",
}
REFUND_STATUS: dict[str, str] = {
    RefundStatus.AWAITING_APPROVAL: "Awaiting approval",
    RefundStatus.REQUESTED: "Requested",
    RefundStatus.PENDING: "Pending",
    RefundStatus.UNKNOWN: "Unknown outcome",
    RefundStatus.SUCCEEDED: "Succeeded",
    RefundStatus.FAILED: "Failed",
}
DISPUTE_STATUS: dict[str, str] = {
    DisputeStatus.OPEN: "Open",
    DisputeStatus.WON: "Won",
    DisputeStatus.LOST: "Lost",
}
TRANSACTION_FLAG: dict[str, str] = {
    TransactionFlag.FAILED_AND_PAID: "Reported both failed and paid",
    TransactionFlag.REFUNDED_OVER_AMOUNT: "Refunded more than was paid",
    TransactionFlag.REFUNDED_BEFORE_PAID: "Refunded, but never reported paid",
    TransactionFlag.REFUND_RETURNED: "A refund came back after it had succeeded",
    TransactionFlag.CUSTOMER_TOLD_REFUNDED: "The customer was mailed of a refund that has failed",
}
TRANSACTION_EVENT: dict[str, str] = {
    HistoryEvent.PAYMENT_CREATED: "Payment created",
    HistoryEvent.PAYMENT_PENDING: "Payment pending",
    HistoryEvent.PAYMENT_PAID: "Payment paid",
    HistoryEvent.PAYMENT_FAILED: "Payment failed",
    HistoryEvent.REFUND_REQUESTED: "Refund requested",
    HistoryEvent.REFUND_PENDING: "Refund pending",
    HistoryEvent.REFUND_UNKNOWN: "Refund not answered, asked again",
    HistoryEvent.REFUND_SUCCEEDED: "Refund executed",
    HistoryEvent.REFUND_FAILED: "Refund failed",
    HistoryEvent.DISPUTE_OPENED: "Dispute opened",
    HistoryEvent.DISPUTE_WON: "Dispute won",
    HistoryEvent.DISPUTE_LOST: "Dispute lost",
    HistoryEvent.EVENT_CONTRADICTED: "Same event sent again with other content",
    HistoryEvent.INVOICE_ISSUED: "Invoice generated",
    HistoryEvent.INVOICE_FAILED: "Invoice generation failed",
    HistoryEvent.CREDIT_NOTE_ISSUED: "Credit note generated",
    HistoryEvent.CREDIT_NOTE_FAILED: "Credit note generation failed",
    HistoryEvent.NOTIFICATION_SENT: "E-mail notification sent",
    HistoryEvent.NOTIFICATION_FAILED: "E-mail notification failed",
}
METHOD: dict[str, str] = {
    "credit-cards": "Credit card",
    "applepay": "Apple Pay",
    "googlepay": "Google Pay",
    "pay-pal": "PayPal",
    "satispay": "Satispay",
    "scalapay": "Scalapay",
    "wire-transfer": "Wire transfer",
}
PROVIDER: dict[str, str] = {
    "adyen": "Adyen",
    "axerve": "Axerve",
    "braintree": "Braintree",
    "flowpay": "Flowpay",
    "nexi": "Nexi",
    "satispay": "Satispay",
    "scalapay": "Scalapay",
    "stripe": "Stripe",
}
CHANNEL: dict[str, str] = {
    "web": "Web",
    "mobile": "Mobile app",
    "pos": "Point of sale",
    "call-center": "Call center",
    "pay-by-link": "Pay by link",
}
NOTIFICATION_CHANNEL: dict[str, str] = {
    "email": "E-mail",
    "sms": "SMS",
}
TRANSACTION_SECTION: dict[str, str] = {
    "overview": "Overview",
    "user": "User",
    "payment": "Payment",
    "history": "History",
}
"""The parts of a transaction's page."""

TRANSACTION_DETAIL: dict[str, str] = {
    "transaction_id": "Transaction ID",
    "created_at": "Transaction date",
    "status": "Current status",
    "user.id": "User ID",
    "user.name": "User name",
    "user.email": "User email",
    "user.phone": "User phone number",
    "notification_channels": "Notification channels",
    "amount_minor": "Amount",
    "provider": "Payment provider",
    "method": "Payment method",
    "type": "Type",
    "channel": "Channel used for payment",
    "total_refunded_minor": "Total refunded amount",
}
CHARGE_STATUS: dict[str, str] = {
    ChargeStatus.PENDING: "Pending",
    ChargeStatus.SUBMITTED: "Submitted",
    ChargeStatus.TEMP_REJECTED: "Temp rejected",
    ChargeStatus.FINALIZED: "Finalized",
    ChargeStatus.PERMANENT_REJECTED: "Permanent rejected",
    ChargeStatus.WITHDRAWN: "Withdrawn",
    ChargeStatus.REVERSED: "Reversed",
}
CHARGE_TYPE: dict[str, str] = {
    ChargeType.END_OF_BILLING_CYCLE: "End of Billing Cycle",
    ChargeType.LIMIT_EXCEED: "Limit Exceed",
}
ATTEMPT_STATUS: dict[str, str] = {
    AttemptStatus.SUBMITTED: "Submitted",
    AttemptStatus.UNKNOWN: "Unknown outcome",
    AttemptStatus.FINALIZED: "Finalized",
    AttemptStatus.TEMP_REJECTED: "Temp rejected",
    AttemptStatus.PERMANENT_REJECTED: "Permanent rejected",
    AttemptStatus.REVERSED: "Reversed",
}
FAILED_REASON: dict[str, str] = {
    said: said
    for said in (
        "Done",
        "failed",
        "Batch processed but charge result not found",
        "No result arrived in time",
        "Settled otherwise",
        "Withdrawn",
        "Reversed",
    )
}
"""Why a charge is not collected, or that it is, where no processor said it in its own words."""

RAIL: dict[str, str] = {Rail.ACH: "ACH", Rail.SEPA: "SEPA", Rail.CARD: "Card"}
CHARGE_EXCEPTION: dict[str, str] = {
    ChargeException.RESULT_MISSING: "Result missing",
    ChargeException.OVERCOLLECTED: "Collected twice",
    ChargeException.COLLECTED_AFTER_WITHDRAWAL: "Collected after it was withdrawn",
    ChargeException.WITHDRAWN_AFTER_COLLECTION: "Withdrawn after it was collected",
    ChargeException.FAILED_AFTER_SUCCESS: "Reported failed after it had succeeded",
    ChargeException.UNKNOWN_DEBIT: "Success of a debit that nobody asked for",
}
DEBIT_EXCEPTION_STATE: dict[str, str] = {"OPEN": "Open", "RESOLVED": "Resolved"}
CHARGE_EVENT: dict[str, str] = {
    ChargeHistoryEvent.RAISED: "Charge raised",
    ChargeHistoryEvent.SUBMITTED: "Debit submitted",
    ChargeHistoryEvent.ASKED_AGAIN: "Debit not answered, asked again",
    ChargeHistoryEvent.SUCCEEDED: "Debit succeeded",
    ChargeHistoryEvent.FAILED: "Debit failed",
    ChargeHistoryEvent.REVERSED: "Debit reversed",
    ChargeHistoryEvent.UNANSWERED: "Debit result not found",
    ChargeHistoryEvent.WITHDRAWN: "Charge withdrawn",
    ChargeHistoryEvent.SETTLED: "Charge settled otherwise",
    ChargeHistoryEvent.BATCHED: "Put into a batch",
    ChargeHistoryEvent.UNBATCHED: "Taken out of a batch",
    ChargeHistoryEvent.EXCEPTION_RESOLVED: "Exception resolved",
    ChargeHistoryEvent.EXCEPTION_OWNED: "Exception taken",
    ChargeHistoryEvent.EVENT_CONTRADICTED: "Same event sent again with other content",
}
MEMBER_STANDING: dict[str, str] = {
    MemberStanding.GOOD: "Good",
    MemberStanding.IN_RETRY: "In retry",
    MemberStanding.IN_ARREARS: "In arrears",
    MemberStanding.BLOCKED: "Blocked",
}
MEMBER_EVENT: dict[str, str] = CHARGE_EVENT | {
    MemberEvent.BLOCKED: "Member blocked",
    MemberEvent.UNBLOCKED: "Member unblocked",
}
"""What changed a standing: something of a charge, or what a person did."""

BATCH_STATUS: dict[str, str] = {
    BatchStatus.DRAFT: "Draft",
    BatchStatus.SEALING: "Sealing",
    BatchStatus.SEALED: "Sealed",
    BatchStatus.SUBMITTING: "Submitting",
    BatchStatus.SUBMITTED: "Submitted",
    BatchStatus.PROCESSED: "Processed",
    BatchStatus.CANCELLED: "Cancelled",
}
BATCH_STAGE: dict[str, str] = {
    BatchStage.DRAFTED: "Drafted",
    BatchStage.SEALED: "Sealed",
    BatchStage.SUBMITTED: "Submitted",
    BatchStage.ACKNOWLEDGED: "Acknowledged",
    BatchStage.PROCESSED: "Processed",
    BatchStage.RESOLVED: "With a result",
    BatchStage.SUCCEEDED: "Succeeded",
}
BATCH_ORIGIN: dict[str, str] = {
    BatchOrigin.OPERATOR: "By an operator",
    BatchOrigin.SCHEDULE: "By schedule",
}
BATCH_EVENT: dict[str, str] = {
    BatchHistoryEvent.DRAFTED: "Batch created",
    BatchHistoryEvent.SEALED: "Batch sealed",
    BatchHistoryEvent.SUBMITTING: "Submission begun",
    BatchHistoryEvent.SUBMITTED: "Batch submitted",
    BatchHistoryEvent.ACKNOWLEDGED: "Batch acknowledged",
    BatchHistoryEvent.PROCESSED: "Batch processed",
    BatchHistoryEvent.CANCELLED: "Batch cancelled",
    BatchHistoryEvent.UNANSWERED: "Batch not answered in time",
    BatchHistoryEvent.EVENT_CONTRADICTED: "Same event sent again with other content",
}
CYCLE_STATUS: dict[str, str] = {
    CycleStatus.OPEN: "Open",
    CycleStatus.ENDED: "Ended",
    CycleStatus.CLOSED: "Closed",
    "NONE": "No cycle",
}
"""The last one is of charges that belong to no cycle."""

CYCLE_EVENT: dict[str, str] = {
    CycleHistoryEvent.OPENED: "Cycle opened",
    CycleHistoryEvent.TOTALS_TOLD: "Settlement told its totals",
    CycleHistoryEvent.ENDED: "Cycle ended",
    CycleHistoryEvent.CLOSED: "Cycle closed",
    CycleHistoryEvent.REOPENED: "Cycle reopened",
    CycleHistoryEvent.ADJUSTED: "Cycle adjusted",
    CycleHistoryEvent.EVENT_CONTRADICTED: "Same event sent again with other content",
}
CYCLE_FINDING: dict[str, str] = {
    CycleFinding.MISSING: "No consumption transactions",
    CycleFinding.DIFFERENT: "Differs from the net amount",
    CycleFinding.DUPLICATE: "In another charge too",
}
INVOICE_INDEX_COLUMN: dict[str, str] = {
    "transaction_id": "Transaction ID",
    "outcome": "Outcome",
    "reason": "Reason",
    "invoice_number": "Invoice number",
    "file": "File",
}
"""The list that a download of many invoices encloses."""

INVOICE_OUTCOME: dict[str, str] = {
    "SUCCEEDED": "Invoice enclosed",
    "REFUSED": "No invoice",
    "FAILED": "Failed",
    "CANCELLED": "Cancelled",
    "WAITING": "Cancelled",
}
"""What became of a payment in such a download."""

TRANSACTION_HISTORY_COLUMN: dict[str, str] = {
    "occurred_at": "Date",
    "status": "Status",
    "event": "Event",
    "refunded_minor": "Refunded amount",
}
KPI: dict[str, str] = {
    "daily_payments": "Daily payments",
    "status_share": "Percentage of payments on each status",
    "amount_by_method": "Payments Amount by Method",
    "amount_by_channel": "Payments Amount by Channel",
}
KPI_STATUS: dict[str, str] = {
    status: f"Payment {words}" for status, words in TRANSACTION_STATUS.items()
}
"""The slices of "Percentage of payments on each status"."""

KPI_PERIOD: dict[str, str] = {
    "ytd": "YTD",
    "mtd": "MTD",
    "custom": "Custom time frame",
}


def label(words: dict[str, str], value: str) -> str:
    """The label of a value, or the value itself when nobody has named it yet."""
    return words.get(value, value)
