"""The rules of a refund: whether one may be requested, and how much of a payment is left.

Over plain values, so that a list of rows, a bulk refund and one aggregate ask the same rules.
"""

from typing import NamedTuple

from payops_contracts.payments import TransactionStatus
from transactions.domain.errors import (
    DisputeOpen,
    MethodCannotRefund,
    RefundAmountNotPositive,
    RefundCurrencyDiffers,
    RefundExceedsRemaining,
    RefundRefused,
    TransactionNotRefundable,
)

_WITHOUT_REFUNDS: frozenset[tuple[str, str]] = frozenset({("flowpay", "wire-transfer")})
"""A pair that is not here is asked: an unknown provider may well refund."""
_NOTHING_LEFT = "Nothing is left to refund."

REFUNDABLE = {TransactionStatus.PAID.value, TransactionStatus.PARTIALLY_REFUNDED.value}


def can_refund(provider: str, method: str) -> bool:
    """Whether the pair has refunds."""
    return (provider, method) not in _WITHOUT_REFUNDS


def remaining(status: str, amount_minor: int, refunded_minor: int, lost_minor: int) -> int:
    """What is left of a paid amount, minor units; 0 unless Paid or Partially Refunded."""
    if status not in REFUNDABLE:
        return 0
    return max(0, amount_minor - refunded_minor - lost_minor)


class RefundEligibility(NamedTuple):
    """What the rules look at in a payment; amounts in minor units of its currency."""

    transaction_id: str
    status: str
    provider: str
    method: str
    currency: str
    amount_minor: int
    refunded_minor: int
    lost_minor: int
    in_flight_minor: int
    open_disputes: int

    @property
    def remaining_minor(self) -> int:
        """What is neither refunded nor lost."""
        return remaining(self.status, self.amount_minor, self.refunded_minor, self.lost_minor)

    @property
    def available_minor(self) -> int:
        """What may still be requested: the remainder less what is in flight."""
        return max(0, self.remaining_minor - self.in_flight_minor)

    @property
    def refusal(self) -> str | None:
        """Why no refund may be requested now, as a sentence; None when one may."""
        barred = self.bar()
        if barred is not None:
            return str(barred)
        return None if self.available_minor else _NOTHING_LEFT

    def bar(self, currency: str | None = None) -> RefundRefused | None:
        """What forbids a refund of any amount, in ``currency`` when one is named."""
        if self.status not in REFUNDABLE:
            return TransactionNotRefundable(
                "Only paid and partially refunded transactions can be refunded.",
                transaction_status=self.status,
            )
        if currency is not None and currency != self.currency:
            return RefundCurrencyDiffers(f"The payment is in {self.currency}, not {currency}.")
        if not can_refund(self.provider, self.method):
            return MethodCannotRefund(f"{self.provider} cannot refund {self.method} payments.")
        if self.open_disputes:
            return DisputeOpen("The payment is disputed; its outcome decides about the money.")
        return None

    def amount_to_refund(self, wanted_minor: int | None) -> int:
        """The amount that a refund reserves, None being all that is left; raises why not."""
        available = self.available_minor
        amount = available if wanted_minor is None else wanted_minor
        if amount <= 0:
            raise RefundAmountNotPositive(
                _NOTHING_LEFT
                if wanted_minor is None
                else "The amount of a refund must be more than zero."
            )
        if amount > available:
            raise RefundExceedsRemaining(
                f"{amount} is asked for, and {available} {self.currency} minor units "
                "can be refunded.",
                available_minor=available,
                in_flight_minor=self.in_flight_minor,
            )
        return amount
