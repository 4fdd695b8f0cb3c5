"""Request a refund: reserve its amount, command it, plan to ask again when nobody answers."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from payops_kernel.ports import Answer, CommandContext, RunsCommands, Work
from transactions.domain.refunding import RefundOrder, available_minor, request_refund
from transactions.domain.refunds import Refund
from transactions.domain.transaction import Transaction
from transactions.use_cases.ask_again import ANSWER_WITHIN
from transactions.use_cases.read_transactions import TransactionNotFound
from transactions.use_cases.writes import TransactionWrites

ACCEPTED = 202


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """What a person asks for; ``amount_minor`` None means all that is left."""

    transaction_id: str
    amount_minor: int | None
    currency: str | None
    reason: str
    comment: str | None


class RequestRefund:
    """The use case behind ``POST …/refunds`` and each row of a bulk refund."""

    def __init__(self, commands: RunsCommands, writes: TransactionWrites) -> None:
        self._commands = commands
        self._writes = writes

    async def __call__(self, context: CommandContext, wanted: RefundRequest) -> Answer:
        """202 with the refund as it was reserved; raises ``RefundRefused`` or not found."""

        async def body(work: Work) -> Answer:
            return await self.within(work, wanted)

        return await self._commands.run(context, body)

    async def within(self, work: Work, wanted: RefundRequest) -> Answer:
        """The same inside a transaction that is open already."""
        transaction = await self._writes.load(wanted.transaction_id, work.session)
        if transaction is None:
            raise TransactionNotFound(f"There is no transaction '{wanted.transaction_id}'.")
        before = available_minor(transaction)
        now = work.clock.now()
        order = RefundOrder(
            refund_id=f"rf-{uuid4().hex}",
            key=str(uuid4()),
            amount_minor=wanted.amount_minor,
            currency=wanted.currency,
            actor=work.context.actor.subject,
            reason=wanted.reason,
            comment=wanted.comment,
        )
        refund = request_refund(transaction, order, now, work.context.traceparent)
        due_at = now + ANSWER_WITHIN[0]
        work.messages += await self._writes.save(transaction, work.session)
        work.messages += await self._writes.command_refund(
            transaction, refund, due_at, work.session
        )
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
        return Answer(ACCEPTED, refund_answer(transaction, refund, after))


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
