"""Slices on a real mongod with a toy handler: retried, halved, fenced, each exactly once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from pymongo import MongoClient
from pymongo.errors import AutoReconnect
from structlog.testing import capture_logs

from payops_contracts.topics import Subscription, Topic
from payops_kernel.contradictions import Contradiction
from payops_kernel.errors import DeadLetter, Miswired
from payops_kernel.messaging.dead_letters import DeadLetterCount, dead_letter_message
from payops_kernel.messaging.outbox import Outbox
from payops_kernel.messaging.positions import FenceLost, Positions
from payops_kernel.messaging.records import Record
from payops_kernel.messaging.slices import Decoded, SliceRunner, SliceWork, Stopping
from payops_kernel.mongo import Mongo, connect, transactions
from payops_kernel.ports import OutgoingMessage
from payops_kernel.telemetry import Metrics, Tracing
from payops_local.servers import MongoServer
from payops_testing.kernel.dropping import drop_database

TOPIC = Topic("toy", publishers=("-",), subject="-", says="-", events=None)
SUBSCRIPTION = Subscription(TOPIC, group="readers")
WRITE_CONCERN_TIMEOUT = 64
DEAD_LETTER_BYTES_MAX = 10_000


class Toy:
    """Writes each event's number; fails as told, before it writes."""

    def __init__(self, mongo: Mongo) -> None:
        self.rows = mongo.db["rows"]
        self.failures: list[Exception] = []
        self.refuses: set[int] = set()
        self.contradicts: dict[int, bool] = {}
        self.tries = 0

    def decode(self, record: Record) -> int:
        if record.value == b"bug":
            raise ZeroDivisionError
        if record.value is None or not record.value.isdigit():
            raise DeadLetter("no number", reason="unparsable")
        return int(record.value)

    async def apply(self, work: SliceWork, events: Sequence[Decoded[int]]) -> None:
        self.tries += 1
        if self.failures:
            raise self.failures.pop(0)
        for item in events:
            if item.event in self.refuses:
                raise ValueError(f"cannot take {item.event}")
            await self.rows.insert_one({"n": item.event}, session=work.session)
            work.emit(OutgoingMessage("toy", None, b"%d" % (item.event or 0)))
            if item.event in self.contradicts:
                found = Contradiction("/toy", "e", 1, 2, news=self.contradicts[item.event])
                work.contradict(item.record, found)


class Bench:
    """A runner with its toy, and what it left in the database."""

    def __init__(self, mongo: Mongo) -> None:
        self.toy = Toy(mongo)
        self.stopping = False
        self.commits = 0
        self.positions = Positions(mongo.db, "readers", "toy")
        self.metrics = Metrics()
        self.dead_letters = DeadLetterCount(self.metrics)
        self.runner: SliceRunner[int] = SliceRunner(
            mongo=mongo,
            subscription=SUBSCRIPTION,
            handler=self.toy,
            positions=self.positions,
            outbox=Outbox(
                mongo.db, {"toy": 1000, SUBSCRIPTION.dead_letter_topic: DEAD_LETTER_BYTES_MAX}
            ),
            metrics=self.metrics,
            dead_letters=self.dead_letters,
            tracing=Tracing("toy", ""),
            stopping=lambda: self.stopping,
            committed=self._committed,
        )
        self._mongo = mongo

    def _committed(self) -> None:
        self.commits += 1

    async def apply(self, values: Sequence[bytes | None], start: int = 0) -> int:
        records = [
            Record("toy", 0, start + n, 1, b"k", value, ()) for n, value in enumerate(values)
        ]
        if start == 0:
            await self.positions.begin(0, 0)
        return await self.runner.apply(0, start, self.runner.decode(records))

    async def numbers(self) -> list[int]:
        return [row["n"] async for row in self.toy.rows.find(sort=[("_id", 1)])]

    async def emitted(self) -> list[tuple[str, bytes | None]]:
        documents = self._mongo.db["outbox"].find(sort=[("order", 1)])
        return [(m["topic"], m["value"]) async for d in documents for m in d["messages"]]


@pytest.fixture
def bench(own_mongo: Mongo) -> Bench:
    return Bench(own_mongo)


async def test_a_slice_moves_the_position_writes_and_emits_in_one_commit(bench: Bench) -> None:
    assert await bench.apply([b"1", b"2", b"3"]) == 3
    assert await bench.numbers() == [1, 2, 3]
    assert await bench.emitted() == [("toy", b"1"), ("toy", b"2"), ("toy", b"3")]
    stored = await bench.positions.load(0)
    assert stored is not None
    assert (stored.next, stored.last and stored.last.offset) == (3, 2)
    assert bench.commits == 1


async def test_what_goes_away_by_itself_is_tried_again_and_never_a_dead_letter(
    bench: Bench,
) -> None:
    bench.toy.failures = [AutoReconnect("away") for _ in range(4)]
    assert await bench.apply([b"1", b"2"]) == 2
    assert bench.toy.tries == 5
    assert await bench.numbers() == [1, 2]
    assert bench.dead_letters.total == 0


async def test_a_record_that_is_refused_for_good_is_found_by_halving_and_only_it_is_dead(
    bench: Bench,
) -> None:
    bench.toy.refuses = {7}
    values = [b"%d" % n for n in range(20)]
    assert await bench.apply(values) == 20
    assert await bench.numbers() == [n for n in range(20) if n != 7]
    dead = [value for topic, value in await bench.emitted() if topic != "toy"]
    assert dead == [b"7"]
    assert (bench.runner.applied_total, bench.dead_letters.total) == (20, 1)


async def test_a_service_that_is_put_together_wrongly_makes_no_dead_letters(bench: Bench) -> None:
    bench.toy.failures = [Miswired("say runtime.due.handle in bootstrap")]
    with pytest.raises(Miswired):
        await bench.apply([b"1", b"2"])
    assert (await bench.numbers(), await bench.emitted()) == ([], [])
    assert await bench.apply([b"1", b"2"]) == 2
    assert await bench.numbers() == [1, 2]


async def test_a_topic_that_nobody_admitted_is_named_with_the_mend(bench: Bench) -> None:
    with pytest.raises(Miswired, match=r"toys is no topic .* runtime\.admit_topic"):
        bench.runner.outbox.check(OutgoingMessage("toys", None, b""))


async def test_records_that_cannot_be_decoded_are_dead_whatever_the_decoder_raised(
    bench: Bench,
) -> None:
    assert await bench.apply([b"1", b"x", None, b"bug", b"2"]) == 5
    assert await bench.numbers() == [1, 2]
    dead = [value for topic, value in await bench.emitted() if topic != "toy"]
    assert dead == [b"x", None, b"bug"]


async def test_a_slice_of_dead_letters_alone_moves_the_position(bench: Bench) -> None:
    assert await bench.apply([b"x"]) == 1
    assert bench.toy.tries == 0
    assert len(await bench.emitted()) == 1


async def test_a_dead_letter_that_kafka_would_refuse_is_cut_and_says_so(bench: Bench) -> None:
    assert await bench.apply([b"x" * 20_000, b"1"]) == 2
    assert (SUBSCRIPTION.dead_letter_topic, None) in await bench.emitted()
    assert await bench.numbers() == [1]


async def test_a_dead_letter_of_the_largest_size_is_whole_and_one_byte_more_is_cut(
    bench: Bench,
) -> None:
    empty = Record("toy", 0, 0, 1, b"k", b"", ())
    problem = DeadLetter("no number", reason="unparsable")
    room = DEAD_LETTER_BYTES_MAX - dead_letter_message("readers", empty, problem).size
    whole, longer = b"x" * room, b"x" * (room + 1)
    assert await bench.apply([whole, longer]) == 2
    assert [value for _, value in await bench.emitted()] == [whole, None]
    assert bench.dead_letters.total == 2


async def test_a_message_that_kafka_would_refuse_makes_its_record_a_dead_letter(
    bench: Bench,
) -> None:
    assert await bench.apply([b"1", b"9" * 900, b"2"]) == 3
    assert await bench.numbers() == [1, 2]
    assert bench.dead_letters.total == 1


async def test_a_slice_at_a_position_that_another_consumer_moved_changes_nothing(
    bench: Bench,
) -> None:
    await bench.apply([b"1", b"2"])
    with pytest.raises(FenceLost):
        await bench.runner.apply(
            0, 0, bench.runner.decode([Record("toy", 0, 0, 1, b"k", b"5", ())])
        )
    assert await bench.numbers() == [1, 2]


async def test_a_process_that_stops_gives_a_failing_slice_up(bench: Bench) -> None:
    bench.toy.failures = [AutoReconnect("away")]
    bench.stopping = True
    with pytest.raises(Stopping):
        await bench.apply([b"1"])
    assert await bench.numbers() == []


@pytest.fixture
def hidden_commits(mongo_server: MongoServer) -> Iterator[Any]:
    """``hide(database, times)``: so many commits go through, and report an unknown outcome."""
    client: MongoClient[dict[str, Any]] = MongoClient(mongo_server.uri)

    def set_point(mode: Any, **data: Any) -> None:
        command = {"configureFailPoint": "failCommand", "mode": mode}
        client.admin.command(command | ({"data": data} if data else {}))

    @contextmanager
    def hide(database: str, times: int) -> Iterator[None]:
        set_point(
            {"times": times},
            failCommands=["commitTransaction"],
            appName=database,
            writeConcernError={"code": WRITE_CONCERN_TIMEOUT, "errmsg": "timed out"},
        )
        yield
        set_point("off")

    yield hide
    client.close()


async def test_a_commit_whose_result_stays_unknown_is_recognized_by_the_position(
    mongo_server: MongoServer, hidden_commits: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "COMMIT_TRIES_MAX", 2)
    mongo = connect(mongo_server.uri, f"test_{uuid4().hex[:12]}")
    bench = Bench(mongo)
    await bench.apply([b"1"])  # the session is warm
    with hidden_commits(mongo.db.name, times=50):
        assert await bench.apply([b"2", b"3"], start=1) == 3
    assert bench.toy.tries >= 2
    assert await bench.numbers() == [1, 2, 3]
    assert len(await bench.emitted()) == 3
    await drop_database(mongo)
    mongo.close()


async def test_contradictions_are_counted_and_the_new_ones_logged_once_they_are_committed(
    bench: Bench,
) -> None:
    bench.toy.contradicts = {7: True, 8: False}
    bench.toy.failures = [AutoReconnect("not yet")]
    with capture_logs() as logged:
        await bench.apply([b"6", b"7", b"8"])
    labels = {"topic": "toy", "group": "readers"}
    counted = bench.metrics.registry.get_sample_value("payops_event_contradictions_total", labels)
    assert counted == 2
    (said,) = [entry for entry in logged if entry["event"] == "event.contradicted"]
    assert (said["event_id"], said["first"], said["other"]) == ("e", "00000001", "00000002")
    assert said["offset"] == 1
