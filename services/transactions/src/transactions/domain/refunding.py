"""What people and the clock do to refunds: request one, ask again. Illegal moves raise."""

from datetime import datetime
from typing import NamedTuple

from payops_contracts.refunds import RefundStatus
from transactions.domain.errors import (
    DisputeOpen,
    HistoryIsFull,
    MethodCannotRefund,
    RefundAmountNotPositive,
    RefundCurrencyDiffers,
    RefundExceedsRemaining,
    TransactionNotRefundable,
)
from transactions.domain.facts import Cause
from transactions.domain.refundability import can_refund, remaining
from transactions.domain.refunds import Refund
from transactions.domain.transaction import (
    COMMAND_ROWS_RESERVED,
    HISTORY_ROWS_MAX,
    Transaction,
)

SOURCE = "/payops/transactions"
ASKS_UPSTREAM = frozenset({"refund_requested", "refund_unknown"})
"""The steps with which upstream is asked for their refund."""


class RefundOrder(NamedTuple):
    """A refund that somebody asks for; ``amount_minor`` None means all that is left."""

    refund_id: str
    key: str
    amount_minor: int | None
    currency: str | None
    actor: str
    reason: str
    comment: str | None


def available_minor(t: Transaction) -> int:
    """What may still be requested: the remainder less what is in flight."""
    left = remaining(t.status.value, t.amount_minor, t.total_refunded_minor, t.lost_minor)
    return max(0, left - t.in_flight_minor)


def request_refund(t: Transaction, order: RefundOrder, now: datetime, trace: str | None) -> Refund:
    """Reserve a refund; raises a ``RefundRefused`` that says why not."""
    _check(t, order)
    available = available_minor(t)
    amount = available if order.amount_minor is None else order.amount_minor
    if amount <= 0:
        raise RefundAmountNotPositive(
            "Nothing is left to refund."
            if order.amount_minor is None
            else "The amount of a refund must be more than zero."
        )
    if amount > available:
        raise RefundExceedsRemaining(
            f"{amount} is asked for, and {available} {t.currency} minor units can be refunded.",
            available_minor=available,
            in_flight_minor=t.in_flight_minor,
        )
    before = t.status
    refund = Refund(
        id=order.refund_id,
        amount_minor=amount,
        external=False,
        key=order.key,
        requested_at=now,
        requested_by=order.actor,
        reason=order.reason,
        comment=order.comment,
    )
    t.refunds.append(refund)
    cause = Cause(SOURCE, f"{refund.id}:requested", now, trace)
    t.record("refund_requested", cause, before, refund=refund, actor=order.actor)
    return refund


def _check(t: Transaction, order: RefundOrder) -> None:
    d = t.described.description
    if t.status.value not in {"PAID", "PARTIALLY_REFUNDED"}:
        raise TransactionNotRefundable(
            "Only paid and partially refunded transactions can be refunded.",
            transaction_status=t.status.value,
        )
    if order.currency is not None and order.currency != t.currency:
        raise RefundCurrencyDiffers(f"The payment is in {t.currency}, not {order.currency}.")
    if not can_refund(d.provider, d.method):
        raise MethodCannotRefund(f"{d.provider} cannot refund {d.method} payments.")
    if t.open_disputes:
        raise DisputeOpen("The payment is disputed; its outcome decides about the money.")
    if len(t.history) >= HISTORY_ROWS_MAX - COMMAND_ROWS_RESERVED:
        raise HistoryIsFull("The transaction has no room for another step of its history.")


def ask_again(t: Transaction, refund_id: str, now: datetime) -> Refund | None:
    """The refund, to be asked again under the same key.

    Without any answer its outcome is unknown now; one that upstream called pending stays so. None
    when it was answered for good meanwhile.
    """
    t.step = None
    refund = t.refund(refund_id)
    if refund is None or refund.key is None or not refund.in_flight:
        return None
    if len(t.history) >= HISTORY_ROWS_MAX - COMMAND_ROWS_RESERVED // 2:
        return None
    before = t.status
    refund.attempt += 1
    first = refund.status is RefundStatus.REQUESTED
    refund.unanswered = not refund.pending
    cause = Cause(SOURCE, f"{refund.id}:unanswered:{refund.attempt}", now)
    note = None if first else f"asked again, attempt {refund.attempt}"
    t.record("refund_unknown", cause, before, note=note, refund=refund)
    return refund
