"""Callers that share a transaction, on a real mongod: each gets its own result, once."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from payops_kernel.group_commit import TOGETHER_MAX, GroupCommit
from payops_kernel.mongo import Mongo, Session, VersionConflict

Wanted = tuple[str, int]
"""A subject, and the number that is to be written down for it."""
EFFECTS = "effects"


class Desk:
    """Writes down what is wanted; ``spoil`` may break a transaction."""

    def __init__(self, mongo: Mongo, spoil: Callable[[Sequence[Wanted]], None]) -> None:
        self.groups: list[list[Wanted]] = []
        self.again: list[bool] = []
        self._rows = mongo.db[EFFECTS]
        self._spoil = spoil
        self._commits = GroupCommit[Wanted, int](mongo, self._do, lambda wanted: wanted[0])

    async def _do(self, session: Session, asked: Sequence[Wanted], again: bool) -> list[int]:
        self.groups.append(list(asked))
        self.again.append(again)
        rows = [{"subject": subject, "number": number} for subject, number in asked]
        await self._rows.insert_many(rows, session=session)
        self._spoil(asked)
        return [10 * number for _, number in asked]

    async def ask(self, subject: str, number: int) -> int:
        return await self._commits.run((subject, number))

    async def written(self) -> Counter[int]:
        return Counter([row["number"] async for row in self._rows.find()])


@pytest.fixture
async def desk(own_mongo: Mongo) -> Desk:
    await own_mongo.db.create_collection(EFFECTS)
    return Desk(own_mongo, lambda asked: None)


async def test_callers_that_wait_together_share_transactions_and_get_their_own_results(
    desk: Desk,
) -> None:
    count = 3 * TOGETHER_MAX
    results = await asyncio.gather(*(desk.ask(f"s-{n}", n) for n in range(count)))
    assert results == [10 * n for n in range(count)]
    assert await desk.written() == Counter(range(count))
    assert max(map(len, desk.groups)) == TOGETHER_MAX
    assert await desk.ask("s-0", 1_000) == 10_000


async def test_two_about_one_subject_are_never_in_one_transaction(desk: Desk) -> None:
    results = await asyncio.gather(*(desk.ask("same", n) for n in range(5)))
    assert results == [0, 10, 20, 30, 40]
    assert [len(group) for group in desk.groups] == [1] * 5


async def test_what_breaks_the_shared_transaction_fails_its_own_caller_alone(
    own_mongo: Mongo, desk: Desk
) -> None:
    def break_at_seven(asked: Sequence[Wanted]) -> None:
        if any(number == 7 for _, number in asked):
            raise ZeroDivisionError

    spoiled = Desk(own_mongo, break_at_seven)
    asking = (spoiled.ask(f"s-{n}", n) for n in range(10))
    results = await asyncio.gather(*asking, return_exceptions=True)
    assert isinstance(results[7], ZeroDivisionError)
    assert results[:7] + results[8:] == [10 * n for n in range(10) if n != 7]
    assert await spoiled.written() == Counter(n for n in range(10) if n != 7)
    for group, again in zip(spoiled.groups, spoiled.again, strict=True):
        assert again == (len(group) == 1)


async def test_a_conflict_is_tried_again_until_it_is_over(own_mongo: Mongo, desk: Desk) -> None:
    conflicts = iter(range(3))

    def conflict_thrice(_asked: Sequence[Wanted]) -> None:
        if next(conflicts, None) is not None:
            raise VersionConflict("moved meanwhile")

    contended = Desk(own_mongo, conflict_thrice)
    results = await asyncio.gather(contended.ask("a", 1), contended.ask("b", 2))
    assert list(results) == [10, 20]
    assert await contended.written() == Counter({1: 1, 2: 1})


async def test_a_caller_who_leaves_takes_nobody_along(desk: Desk) -> None:
    asked = [asyncio.create_task(desk.ask(f"s-{n}", n)) for n in range(4)]
    await asyncio.sleep(0)
    asked[2].cancel()
    results = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(results[2], asyncio.CancelledError)
    assert [results[n] for n in (0, 1, 3)] == [0, 10, 30]
