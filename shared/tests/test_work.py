"""Units of work on a real mongod: nothing before their end, one read and one write for many."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import monitoring

import payops_kernel.mongo.client
from payops_contracts.topics import TRANSACTIONS
from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.clock import DrivenClock
from payops_kernel.commands import Commands
from payops_kernel.due_rows import INDEXES as DUE_INDEXES
from payops_kernel.errors import NotFound, PayOpsError
from payops_kernel.idempotency import INDEXES as IDEMPOTENCY_INDEXES
from payops_kernel.messaging.outbox import INDEXES as OUTBOX_INDEXES
from payops_kernel.mongo import (
    Collection,
    Document,
    Mongo,
    PyMongoError,
    Session,
    VersionConflict,
    connect,
    ensure_collections,
)
from payops_kernel.mongo.transactions import run_once
from payops_kernel.ports import CommandAnswer, CommandContext, DueRow, OutgoingMessage, Work
from payops_kernel.repository import MongoRepository
from payops_kernel.testing.works import commands_on, works_on
from payops_kernel.work import Body, Done

OPERATOR = Principal.of("olga", "Olga", [UserRole.OPERATOR], "")
OK = CommandAnswer(200, {})
TOLD_ON = TRANSACTIONS.name
OPEN_FOR = timedelta(days=1)


class Overdrawn(PayOpsError):
    """A refusal."""

    code = "overdrawn"


@dataclass
class Till:
    """A toy aggregate."""

    id: str
    version: int
    coins: int

    def take(self, coins: int) -> None:
        """Fewer coins, one version more."""
        if coins > self.coins:
            raise Overdrawn("not so many are left")
        self.coins -= coins
        self.version += 1


class TillStore:
    def __init__(self, collection: Collection) -> None:
        self.collection = collection

    def to_document(self, aggregate: Till) -> Document:
        return {"_id": aggregate.id, "version": aggregate.version, "coins": aggregate.coins}

    def from_document(self, document: Document) -> Till:
        return Till(document["_id"], document["version"], document["coins"])


class Finds(monitoring.CommandListener):
    """Counts what is read of the tills."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.command_name == "find" and event.command["find"] == "tills":
            self.asked.append(event.command["filter"])

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Nothing."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Nothing."""


class Bank:
    """Tills of ten coins each, and what is done with them."""

    def __init__(self, mongo: Mongo, clock: DrivenClock, finds: Finds) -> None:
        self.mongo, self.clock, self.finds = mongo, clock, finds
        self.works = works_on(mongo, clock)
        self.commands: Commands = commands_on(mongo, clock)

        def told(till: Till) -> Iterable[OutgoingMessage]:
            return [OutgoingMessage(TOLD_ON, till.id.encode(), b"%d" % till.version)]

        def due(till: Till) -> Iterable[DueRow]:
            return [DueRow("count", till.id, clock.now() + OPEN_FOR, {})]

        store = TillStore(mongo.db["tills"])
        self.tills = MongoRepository(store, missing=NotFound, says=told, due=due)

    def taking(self, key: str, coins: int) -> Callable[[Work], Awaitable[CommandAnswer]]:
        """A use case."""

        async def take(work: Work) -> CommandAnswer:
            till = await work.load(self.tills, key)
            work.audit("till.take", "till", key)
            till.take(coins)
            work.save(till)
            return CommandAnswer(200, {"left": till.coins})

        return take

    async def together(self, *bodies: Body[CommandAnswer]) -> list[Done[CommandAnswer]]:
        """Works of one transaction, committed."""
        asked = [(CommandContext(OPERATOR), body) for body in bodies]
        return await run_once(self.mongo, lambda session: self.works.together(session, asked))

    async def left(self) -> dict[str, int]:
        """The coins of each till."""
        return {
            row["_id"]: row["coins"]
            async for row in self.mongo.db["tills"].find({"version": {"$gt": 0}})
        }

    async def said(self) -> list[tuple[str, bytes]]:
        """Topic and value of what waits in the outbox; audit records without their value."""
        documents = self.mongo.db["outbox"].find(sort=[("order", 1)])
        messages = [message async for each in documents for message in each["messages"]]
        return [(m["topic"], m["value"] if m["topic"] == TOLD_ON else b"") for m in messages]

    async def due(self) -> list[str]:
        """What is scheduled."""
        return [row["_id"] async for row in self.mongo.db["due"].find(sort=[("_id", 1)])]


@pytest.fixture
async def bank(
    own_mongo: Mongo, driven_clock: DrivenClock, monkeypatch: pytest.MonkeyPatch, mongo_uri: str
) -> AsyncIterator[Bank]:
    finds, client = Finds(), AsyncIOMotorClient
    monkeypatch.setattr(
        payops_kernel.mongo.client,
        "AsyncIOMotorClient",
        lambda *args, **options: client(*args, event_listeners=[finds], **options),
    )
    mongo = connect(mongo_uri, own_mongo.db.name)
    indexes = {**OUTBOX_INDEXES, **DUE_INDEXES, **IDEMPOTENCY_INDEXES, "tills": []}
    await ensure_collections(mongo.db, indexes)
    tills = [{"_id": f"t-{n}", "version": 1, "coins": 10} for n in range(5)]
    await mongo.db["tills"].insert_many([*tills, {"_id": "later", "version": 0, "parked": []}])
    yield Bank(mongo, driven_clock, finds)
    mongo.close()


async def test_a_work_writes_its_aggregate_its_messages_and_what_is_due_at_once(bank: Bank) -> None:
    (done,) = await bank.together(bank.taking("t-0", 3))
    assert done.committed() == CommandAnswer(200, {"left": 7})
    stored = await bank.mongo.db["tills"].find_one({"_id": "t-0"})
    assert stored == {"_id": "t-0", "version": 2, "coins": 7}
    assert await bank.said() == [("payops.audit", b""), (TOLD_ON, b"2")]
    assert await bank.due() == ["count/t-0"]


async def test_nothing_is_written_before_the_end_of_a_work(bank: Bank) -> None:
    seen: list[Any] = []

    async def body(work: Work) -> CommandAnswer:
        till = await work.load(bank.tills, "t-0")
        till.take(1)
        work.save(till)
        work.say(OutgoingMessage(TOLD_ON, b"t-0", b"more"))
        work.schedule(DueRow("soon", "t-0", work.now, {}))
        work.write(
            lambda session: bank.mongo.db["tills"].delete_one({"_id": "t-4"}, session=session)
        )

        async def look(session: Session) -> list[int]:
            names = ("tills", "outbox", "due")
            found = [bank.mongo.db[name].count_documents({}, session=session) for name in names]
            return [await each for each in found]

        seen.append(await work.read(look))
        stored = await work.read(
            lambda session: bank.mongo.db["tills"].find_one({"_id": "t-0"}, session=session)
        )
        assert stored is not None
        seen.append(stored["coins"])
        return OK

    await bank.together(body)
    assert seen == [[6, 0, 0], 10]
    assert "t-4" not in await bank.left()
    assert (await bank.left())["t-0"] == 9
    assert await bank.due() == ["count/t-0", "soon/t-0"]


async def test_what_many_works_of_a_transaction_load_first_is_one_read(bank: Bank) -> None:
    done = await bank.together(*(bank.taking(f"t-{n}", n) for n in range(5)))
    assert [each.outcome for each in done] == [
        CommandAnswer(200, {"left": 10 - n}) for n in range(5)
    ]
    assert bank.finds.asked == [{"_id": {"$in": [f"t-{n}" for n in range(5)]}}]


async def test_a_refused_work_of_a_group_leaves_nothing_behind(bank: Bank) -> None:
    behind: list[str] = []

    async def refused(work: Work) -> CommandAnswer:
        work.after_commit(lambda: behind.append("refused"))
        work.schedule(DueRow("soon", "t-1", work.now, {}))
        return await bank.taking("t-1", 11)(work)

    first, second, third = await bank.together(
        bank.taking("t-0", 1), refused, bank.taking("nobody's", 1)
    )
    assert first.committed() == CommandAnswer(200, {"left": 9})
    for each, refusal in ((second, Overdrawn), (third, NotFound)):
        with pytest.raises(refusal):
            each.committed()
    assert behind == []
    assert (await bank.left())["t-1"] == 10
    assert await bank.said() == [("payops.audit", b""), (TOLD_ON, b"2")]
    assert await bank.due() == ["count/t-0"]


async def test_a_placeholder_is_no_aggregate(bank: Bank) -> None:
    (done,) = await bank.together(bank.taking("later", 1))
    assert isinstance(done.outcome, NotFound)


async def test_two_works_of_one_transaction_are_never_about_one_aggregate(bank: Bank) -> None:
    with pytest.raises(VersionConflict):
        await bank.together(bank.taking("t-0", 1), bank.taking("t-0", 2))
    assert (await bank.left())["t-0"] == 10


async def test_commands_about_one_aggregate_are_done_one_after_the_other(bank: Bank) -> None:
    answers = await asyncio.gather(
        *(
            bank.commands.run(CommandContext(OPERATOR, subject=f"asked {n}"), bank.taking("t-0", 2))
            for n in range(5)
        )
    )
    assert sorted(answer.body["left"] for answer in answers) == [0, 2, 4, 6, 8]
    assert (await bank.left())["t-0"] == 0


async def test_an_aggregate_that_moved_since_it_was_loaded_undoes_the_whole_transaction(
    bank: Bank,
) -> None:
    async def overtaken(work: Work) -> CommandAnswer:
        till = await work.load(bank.tills, "t-1")
        await bank.mongo.db["tills"].update_one({"_id": "t-1"}, {"$inc": {"version": 1}})
        till.take(1)
        work.save(till)
        return OK

    with pytest.raises(PyMongoError):
        await bank.together(bank.taking("t-0", 1), overtaken)
    assert (await bank.left())["t-0"] == 10
    assert await bank.said() == []


async def test_what_is_to_be_done_behind_the_commit_is_done_once_however_often_it_is_tried(
    bank: Bank,
) -> None:
    behind, tries = list[str](), iter(range(2))

    async def body(work: Work) -> CommandAnswer:
        work.after_commit(lambda: behind.append("done"))
        if next(tries, None) is not None:
            raise VersionConflict("somebody else was quicker")
        return OK

    await bank.commands.run(CommandContext(OPERATOR), body)
    assert behind == ["done"]


async def test_a_command_that_is_refused_alone_undoes_even_what_it_wrote_while_it_read(
    bank: Bank,
) -> None:
    async def body(work: Work) -> CommandAnswer:
        await work.read(
            lambda session: bank.mongo.db["tills"].delete_one({"_id": "t-0"}, session=session)
        )
        raise Overdrawn("no")

    with pytest.raises(Overdrawn):
        await bank.commands.run(CommandContext(OPERATOR), body)
    assert (await bank.left())["t-0"] == 10


async def test_a_caller_who_leaves_while_many_are_loaded_together_leaves_no_read_behind(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached, goes_on = asyncio.Event(), asyncio.Event()
    load_many = bank.tills.load_many

    async def slow(*asked: Any) -> Any:
        reached.set()
        await goes_on.wait()
        return await load_many(*asked)

    monkeypatch.setattr(bank.tills, "load_many", slow)
    running = asyncio.create_task(bank.together(*(bank.taking(f"t-{n}", 1) for n in range(3))))
    await reached.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert set((await bank.left()).values()) == {10}


async def test_a_work_that_gives_up_while_it_reads_for_all_has_the_others_tried_again(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_many = bank.tills.load_many

    async def never(*_asked: Any) -> Any:
        await asyncio.Event().wait()

    async def impatient(work: Work) -> CommandAnswer:
        with suppress(TimeoutError):
            async with asyncio.timeout(0.01):
                await work.load(bank.tills, "t-0")
        monkeypatch.setattr(bank.tills, "load_many", load_many)
        return OK

    monkeypatch.setattr(bank.tills, "load_many", never)
    answers = await asyncio.gather(
        bank.commands.run(CommandContext(OPERATOR, subject="t-0"), impatient),
        bank.commands.run(CommandContext(OPERATOR, subject="t-1"), bank.taking("t-1", 1)),
    )
    assert list(answers) == [OK, CommandAnswer(200, {"left": 9})]
