"""Request a refund: reserve its amount, command it, plan to ask again when nobody answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from payops_kernel.errors import PayOpsError
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
        (answer,) = await self.within_many(work, [wanted])
        if isinstance(answer, PayOpsError):
            raise answer
        return answer

    async def within_many(
        self, work: Work, wanted: Sequence[RefundRequest]
    ) -> list[Answer | PayOpsError]:
        """Refunds of different transactions at once: an answer or a refusal for each, in order.

        Those that are not refused are written together, all or none.
        """
        ids = [each.transaction_id for each in wanted]
        if len(set(ids)) < len(ids):
            raise ValueError("one transaction twice among refunds that are requested together")
        found = await self._writes.load_many(ids, work.session)
        now = work.clock.now()
        reserved: list[tuple[Transaction, Refund]] = []
        answers: list[Answer | PayOpsError] = []
        for each in wanted:
            try:
                transaction = _known(found, each.transaction_id)
                refund, answer = _reserve(work, transaction, each, now)
            except PayOpsError as refusal:
                answers.append(refusal)
            else:
                reserved.append((transaction, refund))
                answers.append(answer)
        if reserved:
            changed = [transaction for transaction, _ in reserved]
            work.messages += await self._writes.save_many(changed, work.session)
            work.messages += await self._writes.command_refunds(
                reserved, now + ANSWER_WITHIN[0], work.session
            )
        return answers


def _known(found: Mapping[str, Transaction], transaction_id: str) -> Transaction:
    if transaction_id not in found:
        raise TransactionNotFound(f"There is no transaction '{transaction_id}'.")
    return found[transaction_id]


def _reserve(
    work: Work, transaction: Transaction, wanted: RefundRequest, now: datetime
) -> tuple[Refund, Answer]:
    before = available_minor(transaction)
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
    return refund, Answer(ACCEPTED, refund_answer(transaction, refund, after))


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
