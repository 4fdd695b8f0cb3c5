"""Ask again for a refund that nobody answered: same refund, same key, on a schedule."""

from collections.abc import Callable
from datetime import timedelta

from payops_kernel.clock import Clock
from payops_kernel.ports import DueRow, KeepsMessages, Session
from transactions.domain.refunding import ask_again
from transactions.use_cases.writes import TransactionWrites

ANSWER_WITHIN = (
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=24),
    timedelta(days=3),
    timedelta(days=7),
)
"""How long each attempt waits for its answer; further ones wait as long as the last."""


class AskAgain:
    """The due work behind a refund without an answer."""

    def __init__(
        self,
        writes: TransactionWrites,
        outbox: KeepsMessages,
        clock: Clock,
        committed: Callable[[], None],
    ) -> None:
        self._writes = writes
        self._outbox = outbox
        self._clock = clock
        self._committed = committed

    async def __call__(self, row: DueRow, session: Session) -> Callable[[], None] | None:
        """Command it again, its outcome unknown unless pending; nothing when it was answered."""
        transaction = await self._writes.load(row.payload["transaction_id"], session)
        now = self._clock.now()
        refund = None if transaction is None else ask_again(transaction, row.key, now)
        if transaction is None or refund is None:
            return None
        messages = await self._writes.save(transaction, session)
        waits = ANSWER_WITHIN[min(refund.attempt, len(ANSWER_WITHIN)) - 1]
        messages += await self._writes.command_refund(transaction, refund, now + waits, session)
        await self._outbox.write(messages, session)
        return self._committed
