"""Events about something unknown wait for it, whatever the order, and never for ever."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import uuid4

import orjson
import pytest

from payops_contracts.dead_letters import CUT
from payops_contracts.topics import Subscription, Topic
from payops_kernel.clock import DrivenClock
from payops_kernel.contradictions import Contradiction
from payops_kernel.due import DueWork
from payops_kernel.due_rows import DueRows
from payops_kernel.errors import DeadLetter, NotFound, Park
from payops_kernel.messaging import (
    AggregateFold,
    Decoded,
    Outbox,
    OutgoingMessage,
    Parking,
    Record,
    SliceWork,
)
from payops_kernel.messaging.dead_letters import DeadLetterCount
from payops_kernel.messaging.parking import PARK_FOR, PARKED_MAX
from payops_kernel.mongo import Collection, Document, Mongo, VersionConflict, connect
from payops_kernel.mongo.transactions import run_once
from payops_kernel.ports import DueRow, Work
from payops_kernel.repository import MongoRepository
from payops_kernel.telemetry import Metrics
from payops_kernel.testing.works import works_on
from payops_testing.kernel.dropping import drop_database

TOPIC = Topic("boxes", ("test",), "box id", "opened, filled", events=None)
SUBSCRIPTION = Subscription(TOPIC, group="keeper")
DEAD_LETTER_BYTES_MAX = 10**6


@dataclass
class Box:
    """A toy aggregate: it must be opened before it can be filled."""

    id: str
    version: int = 0
    coins: int = 0
    seen: list[int] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    contradiction: Contradiction | None = None
    first: dict[int, int] = field(default_factory=dict)
    """What it was filled with by each event; not stored."""


class BoxStore:
    def __init__(self, collection: Collection) -> None:
        self.collection = collection

    def to_document(self, box: Box) -> Document:
        return {"_id": box.id, "version": box.version, "coins": box.coins, "seen": box.seen}

    def from_document(self, document: Document) -> Box:
        return Box(document["_id"], document["version"], document["coins"], document["seen"])


class Filling(NamedTuple):
    """A fact about a box."""

    box: str
    n: int
    coins: int


def filling(event: dict[str, Any]) -> Filling:
    if event.get("dented"):
        raise DeadLetter("a dented box", reason="wrong_schema")
    return Filling(event["box"], event["n"], event["coins"])


def fold(box: Box | None, fact: Filling) -> Box:
    if box is None and fact.coins:
        raise Park("the box is not open yet")
    if fact.coins < 0:
        raise DeadLetter("no negative coins", reason="wrong_schema")
    if fact.coins > 999:
        raise Park("so many at once have to wait")
    box = box or Box(fact.box)
    box.said, box.contradiction = [], None
    if fact.n in box.seen:
        first = box.first.get(fact.n)
        if first not in (None, fact.coins):
            box.contradiction = Contradiction("/toy", str(fact.n), first or 0, fact.coins, True)
        return box
    box.first[fact.n] = fact.coins
    box.version += 1
    box.coins += fact.coins
    box.seen.append(fact.n)
    box.said = [f"{box.id}:{box.version}"]
    return box


def said(box: Box) -> Iterable[OutgoingMessage]:
    return [OutgoingMessage("said", box.id.encode(), text.encode()) for text in box.said]


@dataclass
class Keeper:
    """One consumer's handler with everything behind it, on a real mongod."""

    mongo: Mongo
    clock: DrivenClock
    due: DueWork
    handler: AggregateFold[Box, Filling]
    outbox: Outbox
    parking: Parking
    dead_letters: DeadLetterCount
    metrics: Metrics
    offset: int = 0

    async def takes(self, *events: dict[str, Any]) -> list[OutgoingMessage]:
        """Apply the events as one slice; what it publishes."""
        return (await self.work(*events)).messages

    async def work(self, *events: dict[str, Any]) -> SliceWork:
        """Apply the events as one slice; its work."""
        decoded = []
        for event in events:
            record = Record("boxes", 0, self.offset, 0, b"k", orjson.dumps(event), (("h", b"v"),))
            decoded.append(Decoded(record, self.handler.decode(record)))
            self.offset += 1
        works: list[SliceWork] = []

        async def body(session: Any) -> None:
            works.append(SliceWork(session, SUBSCRIPTION.group))
            await self.handler.apply(works[-1], decoded)

        await run_once(self.mongo, body)
        return works[-1]

    async def letters(self) -> list[Document]:
        """The messages that wait in the outbox."""
        return [message async for d in self.outbox.collection.find() for message in d["messages"]]

    def counted(self) -> float | None:
        """What the metrics say of dead letters."""
        return self.metrics.registry.get_sample_value(
            "payops_dead_letters_total", {"topic": TOPIC.name, "group": SUBSCRIPTION.group}
        )

    async def box(self, key: str) -> Document:
        return (await self.handler.repository.store.collection.find_one({"_id": key})) or {}


@pytest.fixture
async def keeper(mongo_uri: str) -> AsyncIterator[Keeper]:
    mongo = connect(mongo_uri, f"parking_{uuid4().hex[:8]}")
    clock = DrivenClock(datetime(2026, 1, 1, tzinfo=UTC))
    outbox = Outbox(mongo.db, {SUBSCRIPTION.dead_letter_topic: DEAD_LETTER_BYTES_MAX})
    metrics = Metrics()
    dead_letters = DeadLetterCount(metrics)
    due = DueWork(mongo, clock, DueRows(mongo.db), works_on(mongo, clock, outbox))
    parking = Parking(SUBSCRIPTION.group, mongo.db["boxes"], due, clock, dead_letters)
    boxes = MongoRepository(BoxStore(mongo.db["boxes"]), missing=NotFound, says=said)
    handler = AggregateFold(
        "boxes",
        lambda record: orjson.loads(record.value or b""),
        boxes,
        due.rows,
        fact=filling,
        key=lambda fact: fact.box,
        fold=fold,
        contradiction=lambda box: box.contradiction,
        parking=parking,
    )
    for name in ("boxes", "due", "outbox"):
        await mongo.db.create_collection(name)
    yield Keeper(mongo, clock, due, handler, outbox, parking, dead_letters, metrics)
    await drop_database(mongo)
    mongo.close()


def filled(box: str, n: int, coins: int = 1) -> dict[str, Any]:
    return {"box": box, "n": n, "coins": coins}


def opened(box: str) -> dict[str, Any]:
    return {"box": box, "n": 0, "coins": 0}


async def test_an_early_event_waits_and_is_applied_when_its_subject_appears(keeper: Keeper) -> None:
    assert await keeper.takes(filled("a", 1, 5)) == []
    waiting = await keeper.box("a")
    assert waiting["version"] == 0
    assert len(waiting["parked"]) == 1
    told = await keeper.takes(opened("a"))
    assert [message.value for message in told] == [b"a:1", b"a:2"]
    assert await keeper.box("a") == {"_id": "a", "version": 2, "coins": 5, "seen": [0, 1]}
    assert await keeper.mongo.db["due"].count_documents({}) == 0


async def test_events_parked_and_their_subject_may_come_in_one_slice(keeper: Keeper) -> None:
    told = await keeper.takes(filled("a", 1, 5), filled("a", 2, 7), opened("a"), filled("a", 3, 1))
    assert [message.value for message in told] == [b"a:1", b"a:2", b"a:3", b"a:4"]
    assert (await keeper.box("a"))["coins"] == 13


async def test_the_same_event_parked_twice_is_applied_once(keeper: Keeper) -> None:
    await keeper.takes(filled("a", 1, 5))
    await keeper.takes(filled("a", 1, 5))
    await keeper.takes(opened("a"))
    assert (await keeper.box("a"))["coins"] == 5


async def test_parked_events_that_contradict_each_other_are_reported(keeper: Keeper) -> None:
    await keeper.takes(filled("a", 1, 5))
    await keeper.takes(filled("a", 1, 7))
    work = await keeper.work(opened("a"))
    (reported,) = work.contradictions
    assert reported == (reported[0], Contradiction("/toy", "1", 5, 7, True))
    assert (reported[0].topic, reported[0].offset) == ("boxes", 1)
    assert (await keeper.box("a"))["coins"] == 5


async def test_contradictions_within_one_slice_are_reported(keeper: Keeper) -> None:
    work = await keeper.work(opened("a"), filled("a", 1, 5), filled("a", 1, 7), filled("a", 1, 5))
    assert [found.other for _, found in work.contradictions] == [7]


async def test_a_parked_event_that_cannot_be_applied_becomes_a_dead_letter(keeper: Keeper) -> None:
    await keeper.takes(filled("a", 1, -5))
    told = await keeper.takes(opened("a"))
    assert [message.topic for message in told] == ["said", "boxes.keeper.dlq"]
    assert told[1].value == orjson.dumps(filled("a", 1, -5))


async def test_an_event_that_states_no_fact_becomes_a_dead_letter_alone(keeper: Keeper) -> None:
    told = await keeper.takes(opened("a"), {**filled("a", 1), "dented": True}, filled("a", 2))
    assert sorted(message.topic for message in told) == ["boxes.keeper.dlq", "said", "said"]
    assert (await keeper.box("a"))["seen"] == [0, 2]


async def test_what_waits_too_long_becomes_dead_letters_byte_for_byte(keeper: Keeper) -> None:
    await keeper.takes(filled("a", 1, 5), filled("b", 1, 5))
    assert await keeper.due.look() == 0
    keeper.clock.advance(PARK_FOR + timedelta(seconds=1))
    assert await keeper.due.look() == 2
    letters = await keeper.letters()
    assert {letter["topic"] for letter in letters} == {"boxes.keeper.dlq"}
    assert sorted(letter["value"] for letter in letters) == [
        orjson.dumps(filled("a", 1, 5)),
        orjson.dumps(filled("b", 1, 5)),
    ]
    assert dict(letters[0]["headers"])["h"] == b"v"
    assert await keeper.box("a") == {}


async def test_what_waited_too_long_is_counted_once_it_is_committed(keeper: Keeper) -> None:
    tries = 0

    async def expire(work: Work, row: DueRow) -> None:
        nonlocal tries
        tries += 1
        await keeper.parking.expire(work, row)
        if tries == 1:
            raise VersionConflict("somebody else was quicker")

    keeper.due.handle("parked:boxes", expire)
    await keeper.takes(filled("a", 1), filled("a", 2), filled("b", 1))
    keeper.clock.advance(PARK_FOR + timedelta(seconds=1))
    assert (keeper.dead_letters.total, keeper.counted()) == (0, None)
    assert await keeper.due.look() == 2
    assert tries == 3
    assert (keeper.dead_letters.total, keeper.counted()) == (3, 3)


async def test_what_waited_too_long_and_is_too_large_for_a_dead_letter_is_cut(
    keeper: Keeper,
) -> None:
    # Its topic took it compressed.
    await keeper.takes({**filled("a", 1), "note": "x" * DEAD_LETTER_BYTES_MAX}, filled("a", 2))
    keeper.clock.advance(PARK_FOR + timedelta(seconds=1))
    assert await keeper.due.look() == 1
    cut, whole = await keeper.letters()
    assert (cut["key"], cut["value"]) == (b"k", None)
    assert int(dict(cut["headers"])[CUT]) > DEAD_LETTER_BYTES_MAX
    assert whole["value"] == orjson.dumps(filled("a", 2))
    assert keeper.dead_letters.total == 2


async def test_a_subject_that_appears_in_time_keeps_its_events(keeper: Keeper) -> None:
    await keeper.takes(filled("a", 1, 5))
    await keeper.takes(opened("a"))
    keeper.clock.advance(PARK_FOR * 2)
    assert await keeper.due.look() == 0
    assert (await keeper.box("a"))["coins"] == 5


async def test_an_event_that_is_sent_again_waits_once_and_takes_no_room(keeper: Keeper) -> None:
    await keeper.takes(*(filled("a", 1, 5) for _ in range(PARKED_MAX)))
    told = await keeper.takes(*(filled("a", 1, 5) for _ in range(PARKED_MAX)), filled("a", 2, 7))
    assert told == []
    assert len((await keeper.box("a"))["parked"]) == 2
    await keeper.takes(opened("a"))
    assert (await keeper.box("a"))["coins"] == 12


async def test_parking_has_a_limit_and_the_event_over_it_is_a_dead_letter(keeper: Keeper) -> None:
    told = await keeper.takes(*(filled("a", n) for n in range(1, PARKED_MAX + 2)))
    assert len(told) == 1
    assert dict(told[0].headers or ())["payops-reason"] == b"parking_full"
    assert len((await keeper.box("a"))["parked"]) == PARKED_MAX


async def test_what_is_early_for_a_known_subject_becomes_a_dead_letter_and_the_subject_stays(
    keeper: Keeper,
) -> None:
    await keeper.takes(opened("a"), filled("a", 1))
    letters = await keeper.takes(filled("a", 2), filled("a", 3, coins=1000))
    assert [message.topic for message in letters] == ["said", SUBSCRIPTION.dead_letter_topic]
    box = await keeper.box("a")
    assert (box["coins"], box["version"]) == (2, 3)
