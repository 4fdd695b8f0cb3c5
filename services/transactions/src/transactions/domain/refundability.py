"""Which provider and method pairs can refund at all, and how much of a payment is left.

Pure functions over plain values, so that a list of rows and one aggregate ask the same rules.
"""

from payops_contracts.payments import TransactionStatus

_WITHOUT_REFUNDS: frozenset[tuple[str, str]] = frozenset({("flowpay", "wire-transfer")})
"""A pair that is not here is asked: an unknown provider may well refund."""

REFUNDABLE = {TransactionStatus.PAID.value, TransactionStatus.PARTIALLY_REFUNDED.value}


def can_refund(provider: str, method: str) -> bool:
    """Whether the pair has refunds."""
    return (provider, method) not in _WITHOUT_REFUNDS


def remaining(status: str, amount_minor: int, refunded_minor: int, lost_minor: int) -> int:
    """What is left of a paid amount, minor units; 0 unless Paid or Partially Refunded."""
    if status not in REFUNDABLE:
        return 0
    return max(0, amount_minor - refunded_minor - lost_minor)


def refusal(
    *, status: str, provider: str, method: str, open_disputes: int, available_minor: int
) -> str | None:
    """Why no refund may be requested now, as a sentence; None when one may."""
    if status not in REFUNDABLE:
        return "Only paid and partially refunded transactions can be refunded."
    if not can_refund(provider, method):
        return f"{provider} cannot refund {method} payments."
    if open_disputes:
        return "The payment is disputed; its outcome decides about the money."
    if available_minor <= 0:
        return "Nothing is left to refund."
    return None
