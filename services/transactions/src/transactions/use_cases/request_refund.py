"""Request a refund: reserve its amount, command it, plan to ask again when nobody answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from payops_kernel.errors import PayOpsError
from payops_kernel.ports import (
    Answer,
    CommandContext,
    Outcome,
    RunsCommands,
    Session,
    Work,
)
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
        self._writes = writes
        self._together = commands.together(self.within, lambda wanted: wanted.transaction_id)

    async def __call__(self, context: CommandContext, wanted: RefundRequest) -> Answer:
        """202 with the refund as it was reserved; raises ``RefundRefused`` or not found."""
        return await self._together.run(context, wanted)

    async def within(self, works: Sequence[Work], wanted: Sequence[RefundRequest]) -> list[Outcome]:
        """Refunds of different transactions inside a database transaction that is open already.

        Those that are not refused are written together, all or none.
        """
        session, now = works[0].session, works[0].clock.now()
        found = await self._writes.load_many([each.transaction_id for each in wanted], session)
        reserved: list[tuple[Work, Transaction, Refund]] = []
        outcomes: list[Outcome] = []
        for work, each in zip(works, wanted, strict=True):
            try:
                transaction = _known(found, each.transaction_id)
                refund, answer = _reserve(work, transaction, each, now)
            except PayOpsError as refusal:
                outcomes.append(refusal)
            else:
                reserved.append((work, transaction, refund))
                outcomes.append(answer)
        if reserved:
            await self._write(reserved, now, session)
        return outcomes

    async def _write(
        self, reserved: Sequence[tuple[Work, Transaction, Refund]], now: datetime, session: Session
    ) -> None:
        changed = [(transaction, refund) for _, transaction, refund in reserved]
        steps = await self._writes.save_many([each for each, _ in changed], session)
        commands = await self._writes.command_refunds(changed, now + ANSWER_WITHIN[0], session)
        for (work, *_), step, command in zip(reserved, steps, commands, strict=True):
            work.messages += [step, command]


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
