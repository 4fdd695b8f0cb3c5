"""What people and the clock do to refunds: request one, ask again. Illegal moves raise."""

from datetime import datetime
from typing import NamedTuple

from payops_contracts.ids import RefundId
from payops_contracts.money import format_money
from payops_contracts.payments import HistoryEvent
from payops_contracts.refunds import RefundStatus
from transactions.domain.errors import (
    RefundAmountNotPositive,
    RefundAvailableChanged,
    RefundCurrencyDiffers,
    RefundExceedsRemaining,
    RefundHistoryFull,
    TransactionNotRefundable,
)
from transactions.domain.facts import Cause
from transactions.domain.refundability import NOTHING_LEFT, CanRefund, available, bar, remaining
from transactions.domain.refunds import Refund
from transactions.domain.transaction import COMMAND_ROWS_RESERVED, Transaction

SOURCE = "/payops/transactions"
ASKS_UPSTREAM = frozenset({"refund_requested", "refund_unknown"})
"""The steps with which upstream is asked for their refund."""


class RefundOrder(NamedTuple):
    """A refund that somebody asks for; ``amount_minor`` None means all that is left."""

    refund_id: RefundId
    key: str
    amount_minor: int | None
    currency: str | None
    actor: str
    reason: str
    comment: str | None
    seen_available_minor: int | None = None
    """What was shown as available when it was asked for; None asks whatever is available."""


def available_minor(t: Transaction) -> int:
    """What may still be requested, in minor units."""
    left = remaining(t.status.value, t.amount_minor, t.total_refunded_minor, t.lost_minor)
    return available(left, t.in_flight_minor)


def request_refund(
    t: Transaction, order: RefundOrder, now: datetime, trace: str | None, can_refund: CanRefund
) -> Refund:
    """Reserve a refund; raises a ``RefundRefused`` that says why not."""
    _check(t, order, can_refund)
    before = t.status
    refund = Refund(
        id=order.refund_id,
        amount_minor=_amount(t, order.amount_minor),
        external=False,
        key=order.key,
        requested_at=now,
        requested_by=order.actor,
        reason=order.reason,
        comment=order.comment,
    )
    t.refunds.append(refund)
    cause = Cause(SOURCE, f"{refund.id}:requested", now, trace)
    t.record(HistoryEvent.REFUND_REQUESTED, cause, before, refund=refund, actor=order.actor)
    return refund


def _check(t: Transaction, order: RefundOrder, can_refund: CanRefund) -> None:
    d = t.described.description
    barred = bar(t.status.value, d.provider, d.method, t.open_disputes, can_refund)
    other_currency = order.currency is not None and order.currency != t.currency
    if other_currency and not isinstance(barred, TransactionNotRefundable):
        raise RefundCurrencyDiffers(f"The payment is in {t.currency}, not {order.currency}.")
    if barred is not None:
        raise barred
    if not t.has_room():
        raise RefundHistoryFull("The transaction has no room for another step of its history.")
    left = available_minor(t)
    if order.seen_available_minor not in {None, left}:
        raise RefundAvailableChanged(
            "The payment changed since it was looked at: "
            f"{format_money(left, t.currency)} can be refunded now.",
            available_minor=left,
        )


def _amount(t: Transaction, wanted_minor: int | None) -> int:
    left = available_minor(t)
    amount = left if wanted_minor is None else wanted_minor
    if amount <= 0:
        too_little = "The amount of a refund must be more than zero."
        raise RefundAmountNotPositive(NOTHING_LEFT if wanted_minor is None else too_little)
    if amount > left:
        raise RefundExceedsRemaining(
            f"{amount} is asked for, and {left} {t.currency} minor units can be refunded.",
            available_minor=left,
            in_flight_minor=t.in_flight_minor,
        )
    return amount


def ask_again(t: Transaction, refund_id: RefundId, now: datetime) -> Refund | None:
    """The refund, to be asked again under the same key.

    Without any answer its outcome is unknown now; one that upstream called pending stays so. None
    when it was answered for good meanwhile.
    """
    t.step = None
    refund = t.refund(refund_id)
    if refund is None or refund.key is None or not refund.in_flight:
        return None
    if not t.has_room(COMMAND_ROWS_RESERVED // 2):
        return None
    before = t.status
    refund.attempt += 1
    first = refund.status is RefundStatus.REQUESTED
    refund.unanswered = not refund.pending
    cause = Cause(SOURCE, f"{refund.id}:unanswered:{refund.attempt}", now)
    note = None if first else f"asked again, attempt {refund.attempt}"
    t.record(HistoryEvent.REFUND_UNKNOWN, cause, before, note=note, refund=refund)
    return refund
