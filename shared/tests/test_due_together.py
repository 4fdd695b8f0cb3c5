"""Rows of one kind that share a transaction, on a real mongod: each is done once."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from pymongo.errors import OperationFailure

import payops_kernel.due
from payops_contracts.topics import TRANSACTIONS
from payops_kernel.clock import DrivenClock
from payops_kernel.due import TOGETHER_MAX, DueWork
from payops_kernel.due_rows import INDEXES, DueRows
from payops_kernel.errors import Invalid, NotFound, Pointless
from payops_kernel.messaging.outbox import INDEXES as OUTBOX_INDEXES
from payops_kernel.mongo import Document, Mongo, ensure_collections, in_transaction
from payops_kernel.mongo.transactions import run_once
from payops_kernel.ports import DueRow, Later, OutgoingMessage, Work
from payops_kernel.repository import MongoRepository
from payops_kernel.testing.works import works_on

ROWS = 100
KIND = "payment-due"


class Bell:
    """A toy aggregate: how often it rang."""

    def __init__(self, bell_id: str, version: int, ended: bool = False) -> None:
        self.id, self.version, self.ended = bell_id, version, ended


class BellStore:
    def __init__(self, collection: Any) -> None:
        self.collection = collection

    def to_document(self, aggregate: Bell) -> Document:
        return {"_id": aggregate.id, "version": aggregate.version, "ended": aggregate.ended}

    def from_document(self, document: Document) -> Bell:
        return Bell(document["_id"], document["version"], document["ended"])


class Tower:
    """A process that rings what is due; several may share a database."""

    def __init__(self, mongo: Mongo, clock: DrivenClock) -> None:
        self.mongo, self.clock = mongo, clock
        self.rows = DueRows(mongo.db)
        self.closed: list[str] = []
        self.rung: list[str] = []
        self.trouble: dict[str, Exception] = {}
        self.planned: dict[str, Sequence[DueRow]] = {}
        works = works_on(mongo, clock)
        self.work = DueWork(mongo, clock, self.rows, works, closed=self.closed.append)
        self.work.handle(KIND, self.ring, together=True)
        self.bells = MongoRepository(
            BellStore(mongo.db["bells"]), missing=NotFound, says=_says, due=self._due
        )

    def _due(self, bell: Bell) -> Iterable[DueRow]:
        return self.planned.get(bell.id, ())

    async def ring(self, work: Work, row: DueRow) -> None:
        bell = await work.load(self.bells, row.payload.get("bell", row.key))
        if bell.ended:
            raise Pointless("the bell has ended")
        bell.version += 1
        work.save(bell)
        work.after_commit(lambda: self.rung.append(row.key))
        if trouble := self.trouble.get(row.key):
            raise trouble

    async def schedule(self, *rows: DueRow) -> None:
        await in_transaction(self.mongo, lambda session: self.rows.schedule_many(rows, session))

    async def raised(self) -> dict[str, int]:
        """The version of each bell that rang."""
        return {row["_id"]: row["version"] - 1 async for row in self.mongo.db["bells"].find()
                if row["version"] > 1}  # fmt: skip

    async def said(self) -> list[str]:
        documents = self.mongo.db["outbox"].find()
        return [m["key"].decode() async for each in documents for m in each["messages"]]

    async def left(self) -> list[Document]:
        return await self.rows.collection.find(sort=[("_id", 1)]).to_list(None)


def _says(bell: Bell) -> Iterable[OutgoingMessage]:
    return [OutgoingMessage(TRANSACTIONS.name, bell.id.encode(), b"rang")]


def name(number: int) -> str:
    """The id of a bell."""
    return f"b-{number:03d}"


@pytest_asyncio.fixture
async def tower(own_mongo: Mongo, driven_clock: DrivenClock) -> AsyncIterator[Tower]:
    await ensure_collections(own_mongo.db, {**INDEXES, **OUTBOX_INDEXES, "bells": []})
    await own_mongo.db["bells"].insert_many(
        [{"_id": name(number), "version": 1, "ended": False} for number in range(ROWS)]
    )
    tower = Tower(own_mongo, driven_clock)
    now = driven_clock.now()
    await tower.schedule(
        *(DueRow(KIND, name(number), now - timedelta(hours=ROWS - number), {}, about=name(number))
          for number in range(ROWS))
    )  # fmt: skip
    yield tower


async def test_what_is_due_is_done_once_in_one_transaction_the_oldest_first(tower: Tower) -> None:
    assert await tower.work.look() == ROWS
    assert await tower.raised() == {name(number): 1 for number in range(ROWS)}
    assert await tower.mongo.db["outbox"].count_documents({}) == 1
    assert tower.rung == await tower.said() == [name(number) for number in range(ROWS)]
    assert await tower.left() == []
    assert await tower.work.look() == 0


async def test_one_of_an_ended_thing_and_a_malformed_one_stop_nobody(tower: Tower) -> None:
    ended, malformed = name(0), name(1)
    await tower.mongo.db["bells"].update_one({"_id": ended}, {"$set": {"ended": True}})
    broken = {"_id": f"{KIND}/{malformed}"}
    await tower.rows.collection.update_one(broken, {"$unset": {"payload": ""}})
    assert await tower.work.look() == ROWS
    assert set(await tower.raised()) == {name(number) for number in range(2, ROWS)}
    assert tower.closed == [KIND, KIND]
    first, second = await tower.left()
    assert (first["closed"], first["was_due_at"] is not None) == ("the bell has ended", True)
    assert "payload" in second["closed"]
    assert await tower.rows.about(ended) == []
    tower.clock.advance(timedelta(days=1))
    await tower.rows.collection.update_many({}, {"$unset": {"claimed_until": ""}})
    assert await tower.work.look() == 0


@pytest.mark.parametrize(
    "trouble",
    [
        Invalid("not now"),
        Later("not yet", timedelta(hours=1)),
        KeyError("a defect"),
        OperationFailure("it is too large", 10334),
    ],
    ids=lambda trouble: type(trouble).__name__,
)
async def test_what_one_row_raises_leaves_that_one_alone_undone(
    tower: Tower, trouble: Exception
) -> None:
    tower.trouble[name(7)] = trouble
    assert await tower.work.look() == ROWS
    assert set(await tower.raised()) == {name(n) for n in range(ROWS)} - {name(7)}
    (left,) = await tower.left()
    assert (left["key"], "closed" in left) == (name(7), False)
    assert await tower.work.look() == 0  # its claim has not run out
    tower.trouble.clear()
    await tower.rows.collection.update_many({}, {"$unset": {"claimed_until": ""}})
    assert await tower.work.look() == 1
    assert sorted(tower.rung) == sorted(await tower.said()) == [name(n) for n in range(ROWS)]


async def test_rows_about_one_aggregate_are_all_done(tower: Tower) -> None:
    now = tower.clock.now()
    again = [DueRow(KIND, f"again-{n}", now, {"bell": name(n % 3)}) for n in range(6)]
    await tower.schedule(*again)
    assert await tower.work.look() == ROWS + 6
    rung = await tower.raised()
    assert [rung[name(number)] for number in range(4)] == [3, 3, 3, 1]
    assert await tower.left() == []


async def test_more_than_share_a_transaction_are_done_in_one_look(tower: Tower) -> None:
    now = tower.clock.now()
    await tower.mongo.db["bells"].insert_many(
        [{"_id": f"c-{n:03d}", "version": 1, "ended": False} for n in range(2 * TOGETHER_MAX)]
    )
    await tower.schedule(*(DueRow(KIND, f"c-{n:03d}", now, {}) for n in range(2 * TOGETHER_MAX)))
    assert await tower.work.look() == ROWS + 2 * TOGETHER_MAX
    assert await tower.left() == []
    assert await tower.mongo.db["outbox"].count_documents({}) == 3


async def test_two_shared_transactions_are_under_way_and_an_error_of_one_is_told_behind_both(
    tower: Tower, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, both = tower.clock.now(), asyncio.Barrier(2)
    count = TOGETHER_MAX + 1
    await tower.mongo.db["bells"].insert_many(
        [{"_id": f"c-{n:03d}", "version": 1, "ended": False} for n in range(count)]
    )
    await tower.schedule(*(DueRow(KIND, f"c-{n:03d}", now, {}) for n in range(count)))
    share, claims = tower.work._share, list[str]()

    async def together(kind: str, claimed: Sequence[Document]) -> Sequence[Document]:
        await both.wait()  # neither goes on before the other has begun
        claims.append(claimed[0]["claim"])
        left = await share(kind, claimed)
        if claimed[0]["claim"] == claims[0]:
            raise ZeroDivisionError
        return left

    monkeypatch.setattr(tower.work, "_share", together)
    with pytest.raises(ZeroDivisionError):
        await tower.work.look()
    assert len(set(claims)) == 2
    assert await tower.left() == []
    assert set((await tower.raised()).values()) == {1}


async def test_what_a_row_makes_due_under_its_own_key_stays_when_its_group_is_gone(
    tower: Tower,
) -> None:
    in_an_hour = tower.clock.now() + timedelta(hours=1)
    tower.planned[name(5)] = [DueRow(KIND, name(5), in_an_hour, {"n": 2})]
    assert [await tower.work.look() for _ in range(2)] == [ROWS, 0]
    (left,) = await tower.left()
    assert (left["payload"], left["due_at"], "claim" in left) == ({"n": 2}, in_an_hour, False)
    tower.planned.clear()
    tower.clock.advance(timedelta(hours=1))
    assert await tower.work.look() == 1
    assert (await tower.raised())[name(5)] == 2


async def test_two_processes_share_the_rows_and_do_none_twice(tower: Tower) -> None:
    other = Tower(tower.mongo, tower.clock)
    counts = await asyncio.gather(tower.work.look(), other.work.look())
    assert sum(counts) == ROWS
    assert sorted(tower.rung + other.rung) == [name(number) for number in range(ROWS)]
    assert set((await tower.raised()).values()) == {1}


async def test_a_claim_that_ran_out_is_anothers_and_the_late_one_does_nothing(
    tower: Tower, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(payops_kernel.due, "SIDE_BY_SIDE", 1)  # none of its own takes them over
    other = Tower(tower.mongo, tower.clock)
    still = tower.rows.still

    async def late(*asked: Any) -> set[str]:
        monkeypatch.setattr(tower.rows, "still", still)
        await tower.rows.collection.update_many({}, {"$unset": {"claimed_until": ""}})
        assert await other.work.look() == ROWS
        return await still(*asked)

    monkeypatch.setattr(tower.rows, "still", late)
    await tower.work.look()
    assert (tower.rung, len(other.rung)) == ([], ROWS)
    assert set((await tower.raised()).values()) == {1}
    assert len(await tower.said()) == ROWS


async def test_a_row_that_was_moved_while_it_was_claimed_is_left_for_its_new_time(
    tower: Tower, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_an_hour = tower.clock.now() + timedelta(hours=1)
    claim = tower.rows.claim

    async def overtaken(*asked: Any) -> list[Document]:
        claimed = await claim(*asked)
        if claimed:
            await tower.schedule(
                DueRow(KIND, name(3), in_an_hour, {}), DueRow(KIND, name(4), None, {})
            )
        return claimed

    monkeypatch.setattr(tower.rows, "claim", overtaken)
    await tower.work.look()
    assert set(await tower.raised()) == {name(n) for n in range(ROWS)} - {name(3), name(4)}
    assert [row["key"] for row in await tower.left()] == [name(3)]


async def test_a_process_that_dies_in_the_middle_leaves_all_to_who_comes_after_its_claim(
    tower: Tower, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dies(*_asked: Any) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(tower.rows, "forget_many", dies)
    with pytest.raises(asyncio.CancelledError):
        await tower.work.look()
    assert await tower.raised() == {}
    other = Tower(tower.mongo, tower.clock)
    assert await other.work.look() == 0
    await tower.rows.collection.update_many({}, {"$unset": {"claimed_until": ""}})
    assert await other.work.look() == ROWS
    assert set((await tower.raised()).values()) == {1}


async def test_what_was_planned_is_taken_back_in_the_same_write(tower: Tower) -> None:
    """By an aggregate's own ``due``; of several rows with one key the last counts."""
    now = tower.clock.now()
    tower.planned[name(0)] = [
        DueRow(KIND, name(1), None, {}),
        DueRow("other", "x", now, {}),
        DueRow("other", "x", None, {}),
        DueRow("other", "y", None, {}),
        DueRow("other", "y", now, {}),
    ]
    works = works_on(tower.mongo, tower.clock)

    async def body(work: Work) -> None:
        bell = await work.load(tower.bells, name(0))
        bell.version += 1
        work.save(bell)

    await run_once(tower.mongo, lambda session: works.by_itself(session, body))
    assert [row["_id"] for row in await tower.left()] == sorted(
        ["other/y", *(f"{KIND}/{name(n)}" for n in range(ROWS) if n != 1)]
    )
