"""Units of work: what a command, a due row or a job's row does, written together at its end.

A work collects what is to be saved, said, scheduled and recorded. Nothing of it is written before
the work has ended, so a refused one leaves nothing behind, and several may share a transaction
without knowing of each other: their loads become one read, their writes one write.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Generic, TypeVar, cast

from payops_kernel.audit import audit_message
from payops_kernel.auth.principals import Principal
from payops_kernel.clock import Clock
from payops_kernel.due_rows import DueRows
from payops_kernel.errors import PayOpsError
from payops_kernel.faults import crash_point
from payops_kernel.mongo import Session, VersionConflict
from payops_kernel.ports import (
    CommandContext,
    DueRow,
    KeepsMessages,
    OutgoingMessage,
    Repository,
    Work,
)

A = TypeVar("A")
T = TypeVar("T")

Body = Callable[[Work], Awaitable[T]]
Asked = tuple[CommandContext | None, Body[T]]
"""Who asks, None when nobody does, as for a due row; and what is to be done."""


class Taken(VersionConflict):
    """Another work of the same transaction has the aggregate: do this one in another."""


class UnitOfWork(Work):
    """Satisfies ``payops_kernel.ports.Work``."""

    def __init__(
        self, transaction: "SharedTransaction", service: str, context: CommandContext, now: datetime
    ) -> None:
        self.context = context
        self.now = now
        self.messages: list[OutgoingMessage] = []
        self.due: list[DueRow] = []
        self.saved: dict[tuple[str, str], tuple[Repository[Any], object]] = {}
        self.added: set[tuple[str, str]] = set()
        self.writes: list[Callable[[Session], Awaitable[object]]] = []
        self.behind_commit: list[Callable[[], None]] = []
        self._service = service
        self._transaction = transaction
        self._loaded: dict[int, tuple[Repository[Any], str, object]] = {}

    async def load(self, repository: Repository[A], key: str) -> A:
        found = await self.find(repository, key)
        if found is None:
            raise repository.missing(key)
        return found

    async def find(self, repository: Repository[A], key: str) -> A | None:
        found = await self._transaction.load(self, repository, key)
        if found is not None:
            self._loaded[id(found)] = (repository, key, found)
        return found

    def save(self, aggregate: object) -> None:
        repository, key, _ = self._loaded[id(aggregate)]
        self.saved[repository.name, key] = (repository, aggregate)
        self.messages += repository.says(aggregate)
        self.due += repository.due(aggregate)

    def add(self, repository: Repository[A], key: str, aggregate: A) -> None:
        self._loaded[id(aggregate)] = (repository, key, aggregate)
        self.added.add((repository.name, key))
        self.save(aggregate)

    def say(self, *messages: OutgoingMessage) -> None:
        self.messages += messages

    def schedule(self, *rows: DueRow) -> None:
        self.due += rows

    def audit(
        self,
        action: str,
        target_type: str,
        target_id: str,
        *,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        target = (target_type, target_id)
        self.messages.append(
            audit_message(self._service, self.context, self.now, action, target, before, after)
        )

    async def read(self, look: Callable[[Session], Awaitable[T]]) -> T:
        return await self._transaction.exclusively(look)

    def write(self, write: Callable[[Session], Awaitable[object]]) -> None:
        self.writes.append(write)

    def after_commit(self, do: Callable[[], None]) -> None:
        self.behind_commit.append(do)


class SharedTransaction:
    """An open transaction that some works share; a session does one thing at a time."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._turn = asyncio.Lock()
        self._owners: dict[tuple[str, str], UnitOfWork] = {}
        self._found: dict[tuple[str, str], asyncio.Future[Any]] = {}
        self._wanted: list[tuple[Repository[Any], str]] = []

    async def exclusively(self, do: Callable[[Session], Awaitable[T]]) -> T:
        """Do something with the session while nobody else does."""
        async with self._turn:
            return await do(self._session)

    async def load(self, work: UnitOfWork, repository: Repository[A], key: str) -> A | None:
        """The aggregate, read together with what other works wait for.

        Raises ``Taken`` when another work of this transaction has it: neither would see
        what the other does, so they are done one after the other instead.
        """
        place = (repository.name, key)
        if self._owners.setdefault(place, work) is not work:
            raise Taken(f"two works of one transaction are about {key}")
        if place not in self._found:
            self._found[place] = asyncio.get_running_loop().create_future()
            self._wanted.append((repository, key))
            if len(self._wanted) == 1:  # whoever comes first reads for all who wait by then
                await self._load()
        found: A | None = await self._found[place]
        return found

    async def _load(self) -> None:
        wanted: list[tuple[Repository[Any], str]] = []
        try:
            await asyncio.sleep(0)  # every work has come as far as its first load
            wanted, self._wanted = self._wanted, wanted
            by_name: dict[str, tuple[Repository[Any], list[str]]] = {}
            for repository, key in wanted:
                by_name.setdefault(repository.name, (repository, []))[1].append(key)
            for repository, keys in by_name.values():
                found = await self.exclusively(partial(repository.load_many, keys))
                for key in keys:
                    self._found[repository.name, key].set_result(found.get(key))
        except BaseException as error:
            self._fail([*wanted, *self._wanted], error)
            self._wanted = []
            if not isinstance(error, Exception):
                raise

    def _fail(self, wanted: Sequence[tuple[Repository[Any], str]], error: BaseException) -> None:
        """Raise the error where the aggregates are waited for."""
        if not isinstance(error, Exception):
            error = VersionConflict("whoever read for all was called off")
        for repository, key in wanted:
            waiting = self._found[repository.name, key]
            if not waiting.done():
                waiting.set_exception(error)
                waiting.exception()  # no complaint when nobody waits any more


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """What a work came to: its result, or its refusal."""

    outcome: T | PayOpsError
    behind_commit: Sequence[Callable[[], None]] = ()

    @property
    def refused(self) -> bool:
        """Whether the work left nothing behind."""
        return isinstance(self.outcome, PayOpsError)

    def result(self) -> T:
        """What the work gave; raises its refusal."""
        if isinstance(self.outcome, PayOpsError):
            raise self.outcome
        return self.outcome

    def committed(self) -> T:
        """The result, once it is committed; does what was to be done then. Raises the refusal."""
        result = self.result()
        for do in self.behind_commit:
            do()
        return result


class Works:
    """Runs works of one service inside transactions that its callers open and commit."""

    def __init__(
        self,
        service: str,
        clock: Clock,
        outbox: KeepsMessages,
        due: DueRows,
        published: Callable[[], None] = lambda: None,
    ) -> None:
        """``published`` is called behind the commit of works that say something."""
        self._service = service
        self._nobody = CommandContext(Principal(f"/payops/{service}", service, frozenset(), ""))
        self._clock = clock
        self._outbox = outbox
        self._due = due
        self._published = published

    async def by_itself(
        self, session: Session, body: Body[T], context: CommandContext | None = None
    ) -> Done[T]:
        """A work that has the transaction for itself; raises its refusal, to undo all of it."""
        (done,) = await self.together(session, [(context, body)])
        done.result()
        return done

    async def together(self, session: Session, asked: Sequence[Asked[T]]) -> list[Done[T]]:
        """Several works in one transaction; what each came to, in order.

        Refusals leave nothing behind. Any other error is raised, and undoes all of them.
        """
        transaction, now = SharedTransaction(session), self._clock.now()
        works = [
            UnitOfWork(transaction, self._service, context or self._nobody, now)
            for context, _ in asked
        ]
        outcomes = await asyncio.gather(
            *(body(work) for work, (_, body) in zip(works, asked, strict=True)),
            return_exceptions=True,
        )
        for outcome in outcomes:
            if isinstance(outcome, BaseException) and not isinstance(outcome, PayOpsError):
                raise outcome
        done = [
            Done(cast("T | PayOpsError", outcome), self._behind_commit(work))
            for work, outcome in zip(works, outcomes, strict=True)
        ]
        succeeded = [work for work, each in zip(works, done, strict=True) if not each.refused]
        await self._write(succeeded, session)
        return done

    async def _write(self, works: Sequence[UnitOfWork], session: Session) -> None:
        saved: dict[str, tuple[Repository[Any], list[Any], list[Any]]] = {}
        for work in works:
            for place, (repository, aggregate) in work.saved.items():
                _, changed, added = saved.setdefault(repository.name, (repository, [], []))
                (added if place in work.added else changed).append(aggregate)
        for repository, changed, added in saved.values():
            await repository.save_many(changed, session, added)
        await self._due.schedule_many([row for work in works for row in work.due], session)
        for work in works:
            for write in work.writes:
                await write(session)
        crash_point("command.after_reserve")
        await self._outbox.write([each for work in works for each in work.messages], session)
        crash_point("command.after_command")

    def _behind_commit(self, work: UnitOfWork) -> Sequence[Callable[[], None]]:
        return [*work.behind_commit, self._published] if work.messages else work.behind_commit
