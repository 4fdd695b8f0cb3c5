"""A restoration on a real mongod: each aggregate once, however often the process dies."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus

import orjson
import pytest

from payops_contracts.topics import TRANSACTIONS, TRANSACTIONS_ON_PAYMENTS
from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.clock import DrivenClock
from payops_kernel.errors import Unavailable
from payops_kernel.jobs.store import Jobs
from payops_kernel.messaging.outbox import Outbox
from payops_kernel.mongo import Database, Document, Mongo, Session
from payops_kernel.ports import CommandAnswer, CommandContext, OutgoingMessage, Work
from payops_kernel.restoring import AlreadyRestored, RestorationGate, Restoring, State, ask, work
from payops_kernel.restoring.marker import StillRestoring, current
from payops_kernel.testing import eventually
from payops_kernel.testing.works import commands_on, submitted

AGGREGATES = 1_050
STEP = 1_000_000
LIMITS = {TRANSACTIONS.name: 1_000_000}


class Killed(BaseException):
    """The process is gone."""


class Numbers:
    """Counts what it was shown."""

    def __init__(self) -> None:
        self.seen = 0

    def learn(self, value: bytes) -> None:
        self.seen += 1

    async def settle(self, session: Session) -> Sequence[str]:
        return [f"{self.seen} were read"]


class Rules:
    topic = TRANSACTIONS.name

    def __init__(self, db: Database) -> None:
        self.collection = db["things"]

    def lesson(self) -> Numbers:
        return Numbers()

    def restated(self, document: Document, at: datetime, restoration: str) -> OutgoingMessage:
        said = {"id": document["_id"], "version": document["version"]}
        return OutgoingMessage(self.topic, document["_id"].encode(), orjson.dumps(said))


class Others(Rules):
    """A second kind of aggregate."""

    def __init__(self, db: Database) -> None:
        self.collection = db["others"]


@pytest.fixture
def logs(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """What the logs say: the highest sequence, and whether all is applied."""
    says = {"highest": 17, "read": 1}

    async def values(_bootstrap: str, _topic: str) -> AsyncIterator[bytes]:
        for sequence in (3, says["highest"], 5):
            yield b'{"sequence":"%012d"}' % sequence

    async def ends_of(_bootstrap: str, _topic: str) -> dict[int, int]:
        return {}

    async def is_read(*_: object) -> bool:
        return bool(says["read"])

    for stand_in in (values, ends_of, is_read):
        monkeypatch.setattr(work, stand_in.__name__, stand_in)
    return says


async def filled(mongo: Mongo) -> None:
    things = [{"_id": f"t-{n:05d}", "version": n % 9 + 1} for n in range(AGGREGATES)]
    await mongo.db["things"].insert_many([*things, {"_id": "t-00000-waits", "version": 0}])
    await mongo.db["others"].insert_many(
        [{"_id": "o-1", "version": 3}, {"_id": "o-2", "version": 0}]
    )


def a_process(mongo: Mongo, clock: DrivenClock) -> Restoring:
    return Restoring(
        mongo, "", [TRANSACTIONS_ON_PAYMENTS], Outbox(mongo.db, LIMITS), clock,
        [Rules(mongo.db), Others(mongo.db)],
        lambda: None,
    )  # fmt: skip


async def versions(mongo: Mongo) -> dict[str, int]:
    return {
        row["_id"]: row["version"]
        for kind in ("things", "others")
        for row in await mongo.db[kind].find().to_list(None)
    }


async def said(mongo: Mongo) -> list[tuple[str, int]]:
    documents = await mongo.db["outbox"].find(sort=[("order", 1)]).to_list(None)
    found = [orjson.loads(m["value"]) for document in documents for m in document["messages"]]
    return [(each["id"], each["version"]) for each in found]


async def test_each_aggregate_is_raised_and_said_once_whenever_the_process_dies(
    own_mongo: Mongo, driven_clock: DrivenClock, logs: dict[str, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    await filled(own_mongo)
    before = await versions(own_mongo)
    await ask(own_mongo, "things")
    write, deaths = Outbox.write, 0

    async def dying(outbox: Outbox, messages: Sequence[OutgoingMessage], session: Session) -> None:
        nonlocal deaths
        await write(outbox, messages, session)
        if deaths < 3 and await session.client[own_mongo.db.name]["outbox"].count_documents({}) > 0:
            deaths += 1
            raise Killed

    monkeypatch.setattr(Outbox, "write", dying)
    for _ in range(4):
        await own_mongo.db["leases"].delete_many({})  # the dead one's lease has run out
        try:
            await a_process(own_mongo, driven_clock).go_on()
        except Killed:
            continue
    assert deaths == 3
    expected = {key: v + STEP if v else 0 for key, v in before.items()}
    assert await versions(own_mongo) == expected
    assert sorted(await said(own_mongo)) == sorted((k, v) for k, v in expected.items() if v)
    marker = await current(own_mongo.db)
    assert marker is not None
    assert (marker.state, marker.raised, marker.findings) == (
        State.DONE, AGGREGATES + 1, ("3 were read", "3 were read"),
    )  # fmt: skip


async def test_a_chunk_waits_while_the_relay_is_behind(
    own_mongo: Mongo, driven_clock: DrivenClock, logs: dict[str, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    await filled(own_mongo)
    await ask(own_mongo, "things")
    monkeypatch.setattr(work, "OUTBOX_DOCUMENTS_MAX", 2)
    most = 0

    async def relayed(_seconds: float) -> None:
        nonlocal most
        most = max(most, await own_mongo.db["outbox"].count_documents({}))
        await own_mongo.db["outbox"].delete_many({})

    monkeypatch.setattr("payops_kernel.restoring.work.asyncio.sleep", relayed)
    await a_process(own_mongo, driven_clock).go_on()
    assert most == 2
    assert min(v for v in (await versions(own_mongo)).values() if v) > STEP


async def test_versions_rise_above_all_that_was_ever_published(
    own_mongo: Mongo, driven_clock: DrivenClock, logs: dict[str, int]
) -> None:
    await filled(own_mongo)
    logs["highest"] = 4 * STEP + 12
    await ask(own_mongo, "things")
    await a_process(own_mongo, driven_clock).go_on()
    assert (await versions(own_mongo))["t-00003"] == 5 * STEP + 4


async def test_asking_twice_is_asking_once_and_again_is_said_on_purpose(
    own_mongo: Mongo, driven_clock: DrivenClock, logs: dict[str, int]
) -> None:
    await filled(own_mongo)
    first = await ask(own_mongo, "things")
    assert (await ask(own_mongo, "things")).id == first.id
    await a_process(own_mongo, driven_clock).go_on()
    raised = await versions(own_mongo)
    with pytest.raises(AlreadyRestored):
        await ask(own_mongo, "things")
    await a_process(own_mongo, driven_clock).go_on()
    assert await versions(own_mongo) == raised
    assert (await ask(own_mongo, "things", again=True)).id != first.id


@pytest.mark.parametrize("state", list(State))
async def test_a_marker_that_came_with_the_backup_is_replaced_however_far_it_was(
    own_mongo: Mongo, driven_clock: DrivenClock, logs: dict[str, int], state: State
) -> None:
    await filled(own_mongo)
    old = await ask(own_mongo, "things")
    jobs = Jobs(own_mongo.db, "things")
    await own_mongo.db["restorations"].update_one(
        {}, {"$set": {"state": state.value, "raise_by": STEP, "last": "t-00500", "raised": 501}}
    )
    opened = await submitted(jobs, "refund-all", "a", {})
    asked = await ask(own_mongo, "things", again=True)
    assert (asked.id != old.id, asked.state) == (True, State.ASKED)
    found = await jobs.get(opened.id)
    assert found is not None
    assert found.state == "CANCELLED"
    logs["highest"] = STEP + 12
    await a_process(own_mongo, driven_clock).go_on()
    assert min(v for v in (await versions(own_mongo)).values() if v) > 2 * STEP


@pytest.mark.parametrize(
    "error",
    [Unavailable("not in time"), KeyError("data"), orjson.JSONDecodeError("cut", "", 0)],
    ids=lambda error: type(error).__name__,
)
async def test_whatever_fails_a_restoration_is_tried_again(
    own_mongo: Mongo, driven_clock: DrivenClock, logs: dict[str, int],
    monkeypatch: pytest.MonkeyPatch, error: Exception,
) -> None:  # fmt: skip
    settle, failures = Numbers.settle, [error]

    async def failing(numbers: Numbers, session: Session) -> Sequence[str]:
        if failures:
            raise failures.pop()
        return await settle(numbers, session)

    monkeypatch.setattr(Numbers, "settle", failing)
    monkeypatch.setattr(work, "LOOK_SECONDS", 0.01)
    await filled(own_mongo)
    await ask(own_mongo, "things")
    running = asyncio.create_task(a_process(own_mongo, driven_clock).run())

    async def is_done() -> bool:
        marker = await current(own_mongo.db)
        return marker is not None and marker.state is State.DONE

    async def relayed() -> bool:
        await own_mongo.db["outbox"].delete_many({})
        return await is_done()

    await eventually(relayed, until=bool)
    running.cancel()
    await asyncio.wait({running})


async def test_until_the_service_has_read_what_happened_since_commands_are_refused(
    own_mongo: Mongo, driven_clock: DrivenClock, logs: dict[str, int]
) -> None:
    gate = RestorationGate(own_mongo)
    commands = commands_on(own_mongo, driven_clock, closed=gate.closed)
    context = CommandContext(Principal.of("a", "A", [UserRole.OPERATOR], ""))

    async def body(_work: Work) -> CommandAnswer:
        return CommandAnswer(HTTPStatus.OK, {})

    logs["read"] = 0
    await ask(own_mongo, "things")
    await gate.renew()
    await a_process(own_mongo, driven_clock).go_on()
    with pytest.raises(StillRestoring, match="reads again what happened since"):
        await commands.run(context, body)
    assert gate.notices()
    logs["read"] = 1
    await own_mongo.db["leases"].delete_many({})
    await a_process(own_mongo, driven_clock).go_on()
    await gate.renew()
    assert (await commands.run(context, body)).status == HTTPStatus.OK


async def test_jobs_that_were_open_in_the_backup_are_never_taken_up_again(
    own_mongo: Mongo,
) -> None:
    jobs = Jobs(own_mongo.db, "things")
    queued = await submitted(jobs, "refund-all", "a", {})
    died = await submitted(jobs, "refund-all", "a", {})
    await own_mongo.db["jobs"].update_one(
        {"_id": died.id},
        {"$set": {"state": "RUNNING", "lease": {"claim": "x", "until": driven_past()}}},
    )
    await ask(own_mongo, "things")
    for job in (queued, died):
        found = await jobs.get(job.id)
        assert found is not None
        assert found.state == "CANCELLED"
    assert await jobs.claim(["refund-all"]) is None


def driven_past() -> datetime:
    """An instant at which every lease has run out."""
    return datetime.fromisoformat("2026-01-01T00:00:00+00:00") - timedelta(days=1)
