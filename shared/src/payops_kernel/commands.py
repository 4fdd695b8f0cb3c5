"""A person's write: state, outgoing messages, audit record and idempotent answer, or nothing.

All of it is one MongoDB transaction. The body may run several times until it commits, so it does
nothing outside the :class:`~payops_kernel.ports.Work` that it is given.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Generic, TypeVar

from payops_kernel.clock import Clock
from payops_kernel.command_work import CommandWork
from payops_kernel.errors import PayOpsError
from payops_kernel.faults import crash_point
from payops_kernel.gathering import Gathering
from payops_kernel.idempotency import IdempotencyRecords, StillRunning
from payops_kernel.messaging.outbox import Outbox
from payops_kernel.mongo import Mongo, Session, in_transaction
from payops_kernel.ports import (
    Answer,
    BodyOfMany,
    CommandContext,
    Outcome,
    OutgoingMessage,
    RequestIdentity,
    Work,
)

T = TypeVar("T")


async def _open() -> None:
    return None


class Commands:
    """Runs commands of one service."""

    def __init__(
        self,
        service: str,
        mongo: Mongo,
        outbox: Outbox,
        clock: Clock,
        committed: Callable[[], None],
        refusal: Callable[[], PayOpsError | None] = lambda: None,
        closed: Callable[[], Awaitable[PayOpsError | None]] = _open,
    ) -> None:
        """``refusal`` says with what new commands under a key are refused just now, if at all.

        Those that were asked before have their first answer; cancels, which have no key, go on.
        ``closed`` says with what every command is refused, those too.
        """
        self._service = service
        self._mongo = mongo
        self._outbox = outbox
        self._clock = clock
        self._committed = committed
        self._refusal = refusal
        self._closed = closed
        self._records = IdempotencyRecords(mongo.db)
        self._running: set[str] = set()

    async def run(
        self, context: CommandContext, body: Callable[[Work], Awaitable[Answer]]
    ) -> Answer:
        """The command's answer, the first one when its key was used before.

        Raises the body's refusal, ``KeyReused``, ``StillRunning`` or ``Unavailable``.
        """
        await self.require_open()
        return await self.record(context, body)

    async def record(
        self, context: CommandContext, body: Callable[[Work], Awaitable[Answer]]
    ) -> Answer:
        """As :meth:`run`, also while every command is refused: for what a read leaves behind."""
        with self.one_at_a_time(context.identity):
            return await self._attempt(context, body)

    def together(self, body: BodyOfMany[T], subject: Callable[[T], str]) -> "CommandsTogether[T]":
        """For commands of which many come at a time. No two of one ``subject`` go together."""
        return CommandsTogether(self, self._mongo, body, subject)

    async def require_open(self) -> None:
        """Raise what every command is refused with just now, if anything."""
        if (closed := await self._closed()) is not None:
            raise closed

    @contextmanager
    def one_at_a_time(self, identity: RequestIdentity | None) -> Iterator[None]:
        """Hold a key; raises ``StillRunning`` when a request of this process holds it."""
        if identity is None:
            yield
            return
        if identity.record_id in self._running:
            raise StillRunning("Ask again in a second.", retry_after_s=1)
        self._running.add(identity.record_id)
        try:
            yield
        finally:
            self._running.discard(identity.record_id)

    async def _attempt(
        self, context: CommandContext, body: Callable[[Work], Awaitable[Answer]]
    ) -> Answer:
        async def transaction(session: Session) -> Answer:
            if context.identity is not None:
                # First in every run: after a commit of unknown result this finds our own answer.
                first = await self._records.find(context.identity, session)
                if first is not None:
                    return first
                if (refused := self._refusal()) is not None:
                    raise refused
            answer = await self._within(session, context, body)
            if context.identity is not None:
                await self._records.keep_many([(context.identity, answer)], session)
            return answer

        answer = await in_transaction(self._mongo, transaction)
        self.has_committed()
        return answer

    def has_committed(self) -> None:
        """Have the relay look; called behind every commit."""
        crash_point("command.before_result")
        self._committed()

    async def _within(
        self,
        session: Session,
        context: CommandContext,
        body: Callable[[Work], Awaitable[Answer]],
    ) -> Answer:
        work = CommandWork(session, self._service, context, self._clock)
        answer = await body(work)
        await self._publish(work.messages, session)
        return answer

    async def within_many(
        self,
        session: Session,
        contexts: Sequence[CommandContext],
        body: Callable[[Sequence[Work]], Awaitable[list[Outcome]]],
    ) -> list[Outcome]:
        """Several commands and their messages inside a transaction that is open already."""
        works = [CommandWork(session, self._service, context, self._clock) for context in contexts]
        outcomes = await body(works)
        done = [
            work
            for work, outcome in zip(works, outcomes, strict=True)
            if isinstance(outcome, Answer)
        ]
        await self._publish([message for work in done for message in work.messages], session)
        return outcomes

    async def _publish(self, messages: Sequence[OutgoingMessage], session: Session) -> None:
        crash_point("command.after_reserve")
        await self._outbox.write(messages, session)
        crash_point("command.after_command")

    async def many(
        self,
        session: Session,
        asked: Sequence[tuple[CommandContext, T]],
        body: BodyOfMany[T],
        *,
        again: bool,
    ) -> list[Outcome]:
        """Commands in one transaction, the first answers of those that were asked before.

        Those are looked for ahead when this is done ``again``: after a commit of unknown result
        they are our own. At first hardly anybody asked before, and whoever did meets the record
        of it, which breaks the transaction.
        """
        if again:
            first = await self._first_outcomes(asked, session)
            new = [each for each in asked if _record_id(each[0]) not in first]
            rest = iter(await self._new(new, body, session))
            return [first.get(_record_id(context)) or next(rest) for context, _ in asked]
        outcomes = await self._new(asked, body, session)
        told = list(zip(asked, outcomes, strict=True))
        refused = [each for each, outcome in told if not isinstance(outcome, Answer)]
        first = await self._first_outcomes(refused, session)
        return [first.get(_record_id(context), outcome) for (context, _), outcome in told]

    async def _new(
        self, asked: Sequence[tuple[CommandContext, T]], body: BodyOfMany[T], session: Session
    ) -> list[Outcome]:
        """Runs them as new, and records the answers; a record that is there breaks it all."""
        if (refused := self._refusal()) is not None:
            return [refused for _ in asked]
        if not asked:
            return []
        wanted = [each for _, each in asked]
        outcomes = await self.within_many(
            session, [context for context, _ in asked], lambda works: body(works, wanted)
        )
        kept = [
            (context.identity, outcome)
            for (context, _), outcome in zip(asked, outcomes, strict=True)
            if context.identity is not None and isinstance(outcome, Answer)
        ]
        await self._records.keep_many(kept, session)
        return outcomes

    async def _first_outcomes(
        self, asked: Sequence[tuple[CommandContext, T]], session: Session
    ) -> dict[str, Outcome]:
        identities = [context.identity for context, _ in asked if context.identity is not None]
        return await self._records.find_many(identities, session) if identities else {}


class CommandsTogether(Generic[T]):
    """Satisfies ``RunsTogether``."""

    def __init__(
        self, commands: Commands, mongo: Mongo, body: BodyOfMany[T], subject: Callable[[T], str]
    ) -> None:
        async def do(
            session: Session, asked: Sequence[tuple[CommandContext, T]], again: bool
        ) -> list[Outcome]:
            return await commands.many(session, asked, body, again=again)

        self._commands = commands
        self._gathering = Gathering[tuple[CommandContext, T], Outcome](
            mongo, do, lambda asked: subject(asked[1])
        )

    async def run(self, context: CommandContext, wanted: T) -> Answer:
        """The command's answer, the first one when its key was used before.

        Raises the command's refusal, ``KeyReused``, ``StillRunning`` or ``Unavailable``.
        """
        await self._commands.require_open()
        with self._commands.one_at_a_time(context.identity):
            outcome = await self._gathering.run((context, wanted))
        if isinstance(outcome, PayOpsError):
            raise outcome
        self._commands.has_committed()
        return outcome


def _record_id(context: CommandContext) -> str:
    return "" if context.identity is None else context.identity.record_id
