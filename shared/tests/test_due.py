"""Work that is due, on a real mongod: whose turn it is, and who waits for whom."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest_asyncio

from payops_kernel.clock import DrivenClock
from payops_kernel.due import DueWork
from payops_kernel.due_rows import INDEXES, DueRows
from payops_kernel.errors import Invalid
from payops_kernel.mongo import Mongo, Session, ensure_collections, in_transaction
from payops_kernel.ports import DueRow, Work
from payops_kernel.testing import eventually
from payops_kernel.testing.works import works_on


class Desk:
    """Work of several kinds; ``done`` says what was done, in its order."""

    def __init__(self, mongo: Mongo, clock: DrivenClock) -> None:
        self.mongo, self.clock = mongo, clock
        self.work = DueWork(mongo, clock, DueRows(mongo.db), works_on(mongo, clock))
        self.done: list[str] = []

    async def note(self, work: Work, row: DueRow) -> None:
        work.after_commit(lambda: self.done.append(f"{row.kind}/{row.key}"))

    async def schedule(self, kind: str, key: str, after_seconds: int = 0) -> None:
        due_at = self.clock.now() + timedelta(seconds=after_seconds)

        async def body(session: Session) -> None:
            await self.work.rows.schedule_many([DueRow(kind, key, due_at, {})], session)

        await in_transaction(self.mongo, body)

    async def left(self) -> list[str]:
        rows = self.work.rows.collection.find(sort=[("_id", 1)])
        return [row["_id"] async for row in rows]


@pytest_asyncio.fixture
async def desk(own_mongo: Mongo, driven_clock: DrivenClock) -> AsyncIterator[Desk]:
    await ensure_collections(own_mongo.db, INDEXES)
    yield Desk(own_mongo, driven_clock)


async def test_what_is_planned_about_one_thing_is_told_soonest_first(desk: Desk) -> None:
    now = desk.clock.now()
    rows = [
        DueRow("mail", "late", now + timedelta(hours=2), {}, about="t-1"),
        DueRow("refund", "soon", now + timedelta(hours=1), {"n": 1}, about="t-1"),
        DueRow("refund", "other", now, {}, about="t-2"),
        DueRow("refund", "nobody's", now, {}),
    ]

    async def body(session: Session) -> None:
        await desk.work.rows.schedule_many(rows, session)

    await in_transaction(desk.mongo, body)
    planned = await desk.work.rows.about("t-1")
    assert [(row.kind, row.key, row.about) for row in planned] == [
        ("refund", "soon", "t-1"),
        ("mail", "late", "t-1"),
    ]


async def test_a_call_that_is_not_answered_holds_up_its_own_kind_alone(desk: Desk) -> None:
    answered = asyncio.Event()

    async def unanswered(_row: DueRow) -> None:
        await answered.wait()

    async def settle(work: Work, row: DueRow, _result: object) -> None:
        await desk.note(work, row)

    desk.work.call("mail", unanswered, settle)
    desk.work.handle("refund", desk.note)
    desk.work.handle("parked", desk.note)
    for kind in ("mail", "refund", "parked"):
        await desk.schedule(kind, "1")
        desk.clock.advance(timedelta(seconds=1))
    running = asyncio.create_task(desk.work.run())
    await eventually(lambda: sorted(desk.done) == ["parked/1", "refund/1"])
    assert await desk.left() == ["mail/1"]
    answered.set()
    await eventually(lambda: desk.done[2:] == ["mail/1"])
    running.cancel()
    await asyncio.wait({running})


async def test_a_look_does_what_is_due_of_every_kind_the_oldest_first(desk: Desk) -> None:
    desk.work.handle("refund", desk.note)
    desk.work.handle("parked", desk.note)
    for key, after_seconds in (("c", 0), ("a", -1), ("b", -2), ("later", 1)):
        await desk.schedule("refund", key, after_seconds)
    await desk.schedule("parked", "d")
    assert await desk.work.look() == 4
    refunds = [done for done in desk.done if done.startswith("refund")]
    assert refunds == ["refund/b", "refund/a", "refund/c"]
    assert await desk.left() == ["refund/later"]


async def test_a_kind_without_a_handler_waits_unclaimed_for_who_has_it(desk: Desk) -> None:
    await desk.schedule("mail", "1")
    desk.work.handle("refund", desk.note)
    assert await desk.work.look() == 0
    desk.work.handle("mail", desk.note)
    assert await desk.work.look() == 1
    assert desk.done == ["mail/1"]


async def test_a_row_that_is_refused_stays_for_another_try_and_leaves_nothing_behind(
    desk: Desk,
) -> None:
    async def refuse(work: Work, row: DueRow) -> None:
        work.schedule(DueRow("other", row.key, row.due_at, {}))
        raise Invalid("not now")

    desk.work.handle("refund", refuse)
    await desk.schedule("refund", "1")
    assert await desk.work.look() == 1
    assert await desk.left() == ["refund/1"]


async def test_what_a_row_makes_due_under_its_own_key_is_there_when_the_row_is_gone(
    desk: Desk,
) -> None:
    async def again(work: Work, row: DueRow) -> None:
        work.schedule(DueRow(row.kind, row.key, work.now + timedelta(hours=1), {}))

    desk.work.handle("refund", again)
    await desk.schedule("refund", "1")
    assert [await desk.work.look() for _ in range(2)] == [1, 0]
    desk.clock.advance(timedelta(hours=1))
    assert await desk.work.look() == 1
