"""The rules of a refund: whether one may be requested, and how much of a payment is left.

Over plain values, so that a list of rows, a bulk refund and one aggregate ask the same rules.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from payops_contracts.labels import METHOD, PROVIDER
from payops_contracts.payments import TransactionStatus
from payops_contracts.provider_catalogue import BUILT_IN_PAIRS, CataloguePair
from transactions.domain.errors import (
    DisputeOpen,
    MethodCannotRefund,
    RefundRefused,
    TransactionNotRefundable,
)

NOTHING_LEFT = "Nothing is left to refund."

REFUNDABLE = {TransactionStatus.PAID.value, TransactionStatus.PARTIALLY_REFUNDED.value}


CanRefund = Callable[[str, str], bool]
"""Whether a provider's method has refunds at present."""


class RefundCatalogue(NamedTuple):
    """What a version of the provider catalogue says of refunds."""

    version: int
    without_refunds: frozenset[tuple[str, str]]
    """(provider, method)."""

    @classmethod
    def of(cls, version: int, pairs: Iterable[CataloguePair]) -> "RefundCatalogue":
        """Of the whole catalogue."""
        return cls(version, frozenset((it.provider, it.method) for it in pairs if not it.refund))

    def can_refund(self, provider: str, method: str) -> bool:
        """A pair that the catalogue does not name is asked, for it may well have refunds."""
        return (provider, method) not in self.without_refunds


BUILT_IN = RefundCatalogue.of(1, BUILT_IN_PAIRS)
"""What holds until a catalogue has arrived."""


def remaining(status: str, amount_minor: int, refunded_minor: int, lost_minor: int) -> int:
    """What is left of a paid amount, minor units; 0 unless Paid or Partially Refunded."""
    if status not in REFUNDABLE:
        return 0
    return max(0, amount_minor - refunded_minor - lost_minor)


def available(remaining_minor: int, in_flight_minor: int) -> int:
    """What may still be requested: the remainder less what is in flight, minor units."""
    return max(0, remaining_minor - in_flight_minor)


def bar(
    status: str, provider: str, method: str, open_disputes: int, can_refund: CanRefund
) -> RefundRefused | None:
    """What forbids a refund of any amount; None when nothing does."""
    if status not in REFUNDABLE:
        return TransactionNotRefundable(
            "Only paid and partially refunded transactions can be refunded.",
            transaction_status=status,
        )
    if not can_refund(provider, method):
        named = PROVIDER.get(provider, provider), METHOD.get(method, method)
        return MethodCannotRefund("{} cannot refund {} payments.".format(*named))
    if open_disputes:
        return DisputeOpen("The payment is disputed; its outcome decides about the money.")
    return None


def refusal(
    *,
    status: str,
    provider: str,
    method: str,
    open_disputes: int,
    available_minor: int,
    can_refund: CanRefund,
) -> str | None:
    """Why no refund may be requested now, as a sentence; None when one may."""
    barred = bar(status, provider, method, open_disputes, can_refund)
    if barred is not None:
        return str(barred)
    return None if available_minor else NOTHING_LEFT
