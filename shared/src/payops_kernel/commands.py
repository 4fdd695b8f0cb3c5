"""A person's write: state, outgoing messages, audit record and idempotent answer, or nothing.

All of it is one MongoDB transaction. The body may run several times until it commits, so it does
nothing outside the :class:`~payops_kernel.ports.Work` that it is given. Commands that wait at the
same time share a transaction, each about a subject of its own.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager

from payops_kernel.errors import PayOpsError
from payops_kernel.faults import crash_point
from payops_kernel.group_commit import GroupCommit
from payops_kernel.idempotency import IdempotencyRecords, StillRunning
from payops_kernel.mongo import Mongo, Session, in_transaction
from payops_kernel.ports import CommandAnswer, CommandContext, RequestIdentity, Work
from payops_kernel.work import Done, Works

Body = Callable[[Work], Awaitable[CommandAnswer]]
Asked = tuple[CommandContext, Body]


async def _open() -> None:
    return None


class Commands:
    """Satisfies ``RunsCommands``: runs the commands of one service."""

    def __init__(
        self,
        mongo: Mongo,
        works: Works,
        refusal: Callable[[], PayOpsError | None] = lambda: None,
        closed: Callable[[], Awaitable[PayOpsError | None]] = _open,
    ) -> None:
        """``refusal`` says with what new commands under a key are refused just now, if at all.

        Those that were asked before have their first answer; cancels, which have no key, go on.
        ``closed`` says with what every command is refused, those too.
        """
        self._mongo = mongo
        self._works = works
        self._refusal = refusal
        self._closed = closed
        self._records = IdempotencyRecords(mongo.db)
        self._running: set[str] = set()
        self._together = GroupCommit[Asked, Done[CommandAnswer]](
            mongo, self._do, lambda asked: asked[0].subject or ""
        )

    async def run(self, context: CommandContext, body: Body) -> CommandAnswer:
        """The command's answer, the first one when its key was used before.

        Raises the body's refusal, ``KeyReused``, ``StillRunning`` or ``Unavailable``.
        """
        if (closed := await self._closed()) is not None:
            raise closed
        if context.subject is None:
            return await self.record(context, body)
        with self.one_at_a_time(context.identity):
            return _told(await self._together.run((context, body)))

    async def record(self, context: CommandContext, body: Body) -> CommandAnswer:
        """As :meth:`run`, also while every command is refused: for what a read leaves behind."""

        async def alone(session: Session) -> Done[CommandAnswer]:
            (done,) = await self._do(session, [(context, body)], True)
            done.result()
            return done

        with self.one_at_a_time(context.identity):
            return _told(await in_transaction(self._mongo, alone))

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

    async def _do(
        self, session: Session, asked: Sequence[Asked], again: bool
    ) -> list[Done[CommandAnswer]]:
        """Commands in one transaction, the first answers of those that were asked before.

        Those are looked for ahead when this is done ``again``: after a commit of unknown result
        they are our own. At first hardly anybody asked before, and whoever did meets the record
        of it, which breaks the transaction.
        """
        if again:
            first = await self._first(asked, session)
            new = [each for each in asked if _record_id(each) not in first]
            rest = iter(await self._new(new, session))
            return [first.get(_record_id(each)) or next(rest) for each in asked]
        done = await self._new(asked, session)
        refused = [each for each, came in zip(asked, done, strict=True) if came.refused]
        first = await self._first(refused, session)
        return [first.get(_record_id(each), came) for each, came in zip(asked, done, strict=True)]

    async def _new(self, asked: Sequence[Asked], session: Session) -> list[Done[CommandAnswer]]:
        """Runs them as new, and records the answers; a record that is there breaks it all."""
        refused = self._refusal()
        runs = [each for each in asked if refused is None or each[0].identity is None]
        ran = iter(await self._works.together(session, runs) if runs else [])
        done = [
            Done(refused) if refused is not None and each[0].identity is not None else next(ran)
            for each in asked
        ]
        await self._records.keep_many(
            [
                (context.identity, came.outcome)
                for (context, _), came in zip(asked, done, strict=True)
                if context.identity is not None and isinstance(came.outcome, CommandAnswer)
            ],
            session,
        )
        return done

    async def _first(
        self, asked: Sequence[Asked], session: Session
    ) -> dict[str, Done[CommandAnswer]]:
        identities = [context.identity for context, _ in asked if context.identity is not None]
        if not identities:
            return {}
        found = await self._records.find_many(identities, session)
        return {key: Done(outcome) for key, outcome in found.items()}


def _told(done: Done[CommandAnswer]) -> CommandAnswer:
    if not done.refused:
        crash_point("command.before_result")
    return done.committed()


def _record_id(asked: Asked) -> str:
    identity = asked[0].identity
    return "" if identity is None else identity.record_id
