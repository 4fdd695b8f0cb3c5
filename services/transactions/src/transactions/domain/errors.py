"""What can be wrong with a fact or a request, as facts."""

from typing import ClassVar

from payops_kernel.errors import PayOpsError


class RefundRefused(PayOpsError):
    """Base of every reason for which a refund is not requested."""

    code = "refund_refused"
    title = "The refund cannot be requested"
    status: ClassVar[int] = 409


class TransactionNotRefundable(RefundRefused):
    """Only Paid and Partially Refunded transactions are refunded."""

    code = "transaction_not_refundable"


class RefundExceedsRemaining(RefundRefused):
    """More than what is left after refunds, refunds in flight and lost disputes."""

    code = "refund_exceeds_remaining"


class RefundAmountNotPositive(RefundRefused):
    """Nothing, or less, is asked for."""

    code = "refund_amount_not_positive"


class RefundCurrencyDiffers(RefundRefused):
    """A refund is in the currency of its payment."""

    code = "refund_currency_differs"


class RefundAvailableChanged(RefundRefused):
    """What can be refunded is not what the caller was shown: somebody or something was quicker."""

    code = "refund_available_changed"


class MethodCannotRefund(RefundRefused):
    """The provider and method of the payment have no refunds."""

    code = "method_cannot_refund"


class DisputeOpen(RefundRefused):
    """The customer disputes the payment; its outcome decides about the money."""

    code = "dispute_open"


class RefundHistoryFull(RefundRefused):
    """No further step fits the transaction's history."""

    code = "history_is_full"


class NotificationRefused(PayOpsError):
    """The customer is not mailed about this transaction."""

    code = "notification_refused"
    title = "The customer cannot be notified"
    status: ClassVar[int] = 409
