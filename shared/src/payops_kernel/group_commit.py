"""What several callers wait for at the same time, done in one transaction.

A small transaction costs its round trips and a wait for the journal, whoever waits for it. So the
callers that come while transactions are under way share the next one. A caller who is alone waits
for nobody, and what breaks a shared transaction is done again one by one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, Generic, TypeVar

from payops_kernel.errors import PayOpsError
from payops_kernel.logging import get_logger
from payops_kernel.mongo import Mongo, PyMongoError, Session, in_transaction
from payops_kernel.mongo.transactions import run_once

TOGETHER_MAX = 32
"""Callers that share a transaction, at most."""
LINGER_SECONDS = 0.005
"""How long the next transaction waits, at most, for those whom the last one has answered."""

T = TypeVar("T")
R = TypeVar("R")

log = get_logger(__name__)


DoesMany = Callable[[Session, Sequence[T], bool], Awaitable[Sequence[R]]]
"""Does things of one kind in one transaction; a result for each, in order. Last: whether again."""


class _Waiting(Generic[T, R]):
    def __init__(self, subject: str, wanted: T) -> None:
        self.subject = subject
        self.wanted = wanted
        self.result: asyncio.Future[R] = asyncio.get_running_loop().create_future()

    def tell(self, outcome: R | BaseException) -> None:
        if self.result.done():  # its caller has left
            return
        if isinstance(outcome, BaseException):
            self.result.set_exception(outcome)
        else:
            self.result.set_result(outcome)


class GroupCommit(Generic[T, R]):
    """Work of one kind. Two things about one subject are never done side by side."""

    def __init__(
        self,
        mongo: Mongo,
        do: DoesMany[T, R],
        subject: Callable[[T], str],
    ) -> None:
        """``do`` gives a result for each, in order.

        After it raised, or its commit did, it runs for each alone, and its last argument says so.
        """
        self._mongo = mongo
        self._do = do
        self._subject = subject
        self._waiting: list[_Waiting[T, R]] = []
        self._under_way: set[str] = set()
        self._at_work = False
        self._answered = 0
        self._come_again = True
        self._expected = 1
        self._enough = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, wanted: T) -> R:
        """Its result, committed. Raises what ``do`` raises for it alone, or ``Unavailable``."""
        waiting = _Waiting[T, R](self._subject(wanted), wanted)
        self._waiting.append(waiting)
        if len(self._waiting) >= self._expected:
            self._enough.set()
        self._look_again()
        return await waiting.result

    def _look_again(self) -> None:
        if self._waiting and not self._at_work:
            self._at_work = True
            self._begin(self._work())

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self) -> None:
        """One transaction at a time: two side by side would share the callers, and cost twice."""
        try:
            while group := await self._gather():
                await self._together(group)
        finally:
            self._at_work = False  # in one step with the look that found nobody

    async def _gather(self) -> list[_Waiting[T, R]]:
        """The next ones. Callers who were answered together come again together, as a rule.

        Without them there would be two halves that wait for each other, at twice the cost.
        """
        self._expected = min(TOGETHER_MAX, len(self._waiting) + self._answered)
        if self._come_again and len(self._waiting) < self._expected:
            self._enough.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(LINGER_SECONDS):
                    await self._enough.wait()
            self._come_again = len(self._waiting) >= self._expected
        else:
            self._come_again = True
        group = self._next()
        self._answered = len(group)
        return group

    def _next(self) -> list[_Waiting[T, R]]:
        """Those that waited longest, each with a subject that nobody works on."""
        group: list[_Waiting[T, R]] = []
        taken = set(self._under_way)
        left: list[_Waiting[T, R]] = []
        for each in self._waiting:
            if len(group) == TOGETHER_MAX or each.subject in taken:
                left.append(each)
            else:
                taken.add(each.subject)
                group.append(each)
        self._waiting, self._under_way = left, taken
        return group

    async def _together(self, group: Sequence[_Waiting[T, R]]) -> None:
        try:
            results = await run_once(self._mongo, lambda session: self._all(session, group, False))
        except (PayOpsError, PyMongoError) as error:
            log.info("group_commit.alone", count=len(group), error=str(error)[:200])
        except Exception as error:
            log.error("group_commit.defect", count=len(group), exc_info=error)
        else:
            for each, result in zip(group, results, strict=True):
                self._under_way.discard(each.subject)
                each.tell(result)
            return
        for each in group:  # one that has to be tried for long keeps nobody else waiting
            self._begin(self._alone(each))

    async def _alone(self, one: _Waiting[T, R]) -> None:
        try:
            (result,) = await in_transaction(
                self._mongo, lambda session: self._all(session, [one], True)
            )
        except Exception as error:  # noqa: BLE001 - its caller's to handle
            one.tell(error)
        else:
            one.tell(result)
        finally:
            self._under_way.discard(one.subject)
            self._look_again()

    async def _all(self, session: Session, group: Sequence[_Waiting[T, R]], again: bool) -> list[R]:
        results = list(await self._do(session, [each.wanted for each in group], again))
        if len(results) != len(group):
            raise ValueError(f"{len(group)} wanted, and {len(results)} results")
        return results
