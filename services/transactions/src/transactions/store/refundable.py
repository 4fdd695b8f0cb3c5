"""What is left of a stored payment: the rules of refunds, over the fields of its document."""

from payops_kernel.mongo import Document
from transactions.domain.refundability import CanRefund, available, refusal, remaining

LEFT_FIELDS = ("status", "amount_minor", "total_refunded_minor", "lost_minor")
REFUND_FIELDS = (*LEFT_FIELDS, "in_flight_minor", "open_disputes", "provider", "method")


def remaining_minor(stored: Document) -> int:
    """What is left, in minor units."""
    lost = stored.get("lost_minor", 0)
    return remaining(stored["status"], stored["amount_minor"], stored["total_refunded_minor"], lost)


def available_minor(stored: Document) -> int:
    """What may still be requested, in minor units."""
    return available(remaining_minor(stored), stored.get("in_flight_minor", 0))


def refund_refusal(stored: Document, available_minor: int, can_refund: CanRefund) -> str | None:
    """Why no refund may be requested now; None when one may."""
    return refusal(
        status=stored["status"],
        provider=stored["provider"],
        method=stored["method"],
        open_disputes=stored.get("open_disputes", 0),
        available_minor=available_minor,
        can_refund=can_refund,
    )
