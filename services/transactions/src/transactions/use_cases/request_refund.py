"""Request a refund: reserve its amount, command it, plan to ask again when nobody answers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from payops_contracts.ids import RefundId, TransactionId
from payops_kernel.ports import CommandAnswer, Repository, Work
from transactions.domain.refundability import CanRefund
from transactions.domain.refunding import RefundOrder, available_minor, request_refund
from transactions.domain.refunds import Refund
from transactions.domain.transaction import Transaction

ACCEPTED = 202
AsksCatalogue = Callable[[], Awaitable[CanRefund]]
"""Gives whether pairs have refunds, for who decides by it."""


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """What a person asks for; ``amount_minor`` None means all that is left."""

    transaction_id: TransactionId
    amount_minor: int | None
    currency: str | None
    reason: str
    comment: str | None
    seen_available_minor: int | None = None
    """What the person was shown as available; None when nobody looked."""


class RequestRefund:
    """The use case behind ``POST …/refunds`` and each row of a bulk refund."""

    def __init__(self, transactions: Repository[Transaction], can_refund: AsksCatalogue) -> None:
        self._transactions = transactions
        self._can_refund = can_refund

    async def __call__(self, work: Work, wanted: RefundRequest) -> CommandAnswer:
        """202 with the refund as it was reserved; raises ``RefundRefused`` or not found."""
        transaction = await work.load(self._transactions, wanted.transaction_id)
        before = available_minor(transaction)
        order = RefundOrder(
            refund_id=RefundId(f"rf-{uuid4().hex}"),
            key=str(uuid4()),
            amount_minor=wanted.amount_minor,
            currency=wanted.currency,
            actor=work.context.actor.subject,
            reason=wanted.reason,
            comment=wanted.comment,
            seen_available_minor=wanted.seen_available_minor,
        )
        can_refund = await self._can_refund()
        refund = request_refund(transaction, order, work.now, work.context.traceparent, can_refund)
        after = available_minor(transaction)
        work.audit(
            "refund.request",
            "transaction",
            transaction.id,
            before={"available_minor": before},
            after={
                "available_minor": after,
                "refund_id": refund.id,
                "amount_minor": refund.amount_minor,
                "currency": transaction.currency,
            },
        )
        work.save(transaction)
        return CommandAnswer(ACCEPTED, refund_answer(transaction, refund, after))


def refund_answer(transaction: Transaction, refund: Refund, available: int) -> dict[str, Any]:
    """What the caller sees of a refund that was just reserved."""
    return {
        "refund_id": refund.id,
        "transaction_id": transaction.id,
        "amount_minor": refund.amount_minor,
        "currency": transaction.currency,
        "status": refund.status.value,
        "requested_at": refund.requested_at,
        "available_minor": available,
    }
