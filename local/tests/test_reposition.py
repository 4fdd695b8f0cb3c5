"""`payops reposition` on real servers: what is written, and what is refused."""

from __future__ import annotations

import argparse
import io
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer

from payops_contracts.topics import UPSTREAM_PAYMENTS
from payops_kernel.messaging.topics import ensure_topics
from payops_local import reposition
from payops_local.connections import Database, Document, database, mongo_client
from payops_local.errors import PlatformError
from payops_local.kafka_logs import Bounds
from payops_local.platform import Platform
from payops_local.reposition import Move
from payops_testing.local.platforms import platform as platform_on

HERE = ("transactions", "upstream.payments")
ROW = "transactions/upstream.payments/"
FAR = 10_000_000


@pytest.fixture
async def platform(mongo_uri: str, kafka_address: str, tmp_path: Path) -> AsyncIterator[Platform]:
    await ensure_topics(kafka_address)
    producer = AIOKafkaProducer(bootstrap_servers=kafka_address)
    await producer.start()
    for number in range(UPSTREAM_PAYMENTS.partitions):
        await producer.send_and_wait(UPSTREAM_PAYMENTS.name, b"x", partition=number)
    await producer.stop()
    prefix = f"reposition_{uuid4().hex[:8]}_"
    yield platform_on(tmp_path, kafka_address, mongo_uri, PAYOPS_DATABASE_PREFIX=prefix)
    async with mongo_client(mongo_uri) as client:
        await client.drop_database(f"{prefix}transactions")


@pytest.fixture
async def db(platform: Platform) -> AsyncIterator[Database]:
    async with mongo_client(platform.mongo) as client:
        yield database(client, platform.database("transactions"))


async def call(platform: Platform, *given: str) -> int:
    parser = argparse.ArgumentParser()
    reposition.add_arguments(parser)
    return await reposition.run(parser.parse_args([*given]), platform)


async def rows(db: Database) -> dict[str, Document]:
    return {row.pop("_id"): row async for row in db["positions"].find()}


async def refused_row(db: Database, partition: int) -> None:
    last = {"offset": FAR - 1, "timestamp": 1, "crc32": 2}
    await db["positions"].insert_one({"_id": f"{ROW}{partition}", "next": FAR, "last": last})


async def test_a_refused_partition_starts_again_and_the_others_stay(
    platform: Platform, db: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    await refused_row(db, 0)
    await refused_row(db, 1)
    assert await call(platform, *HERE, "--partition", "1", "--yes") == 0
    found = await rows(db)
    assert found[f"{ROW}1"] == {"next": 0, "last": None}
    assert found[f"{ROW}0"]["next"] == FAR
    assert f"{ROW}1: {FAR} -> 0" in capsys.readouterr().out


async def test_all_partitions_go_to_the_end_rows_that_were_not_there_included(
    platform: Platform, db: Database
) -> None:
    await refused_row(db, 0)
    assert await call(platform, *HERE, "--to", "end", "--yes") == 0
    found = await rows(db)
    assert len(found) == UPSTREAM_PAYMENTS.partitions
    assert all(0 < row["next"] < FAR and row["last"] is None for row in found.values())


async def test_an_offset_is_taken_for_one_partition(platform: Platform, db: Database) -> None:
    await refused_row(db, 2)
    assert await call(platform, *HERE, "--partition", "2", "--to", "1", "--yes") == 0
    assert (await rows(db))[f"{ROW}2"]["next"] == 1


async def test_nothing_is_written_without_a_yes(
    platform: Platform, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await refused_row(db, 0)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with pytest.raises(PlatformError, match="say --yes"):
        await call(platform, *HERE)

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal("no\n"))
    assert await call(platform, *HERE) == 1
    assert (await rows(db))[f"{ROW}0"]["next"] == FAR
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    assert await call(platform, *HERE, "--partition", "0") == 0
    assert (await rows(db))[f"{ROW}0"]["next"] == 0


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (("analytics", "upstream.payments"), "does not consume"),
        ((*HERE, "--partition", "9"), "has no partition 9"),
        ((*HERE, "--to", "5"), "name it with --partition"),
        ((*HERE, "--partition", "0", "--to", str(FAR)), "say start, end, or an offset from 0 to"),
        ((*HERE, "--partition", "0", "--to=-1"), "say start, end"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    platform: Platform, db: Database, given: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(PlatformError, match=sentence):
        await call(platform, *given, "--yes")
    assert await rows(db) == {}


async def test_a_consumer_that_moved_meanwhile_is_not_pulled_from_its_place(
    platform: Platform, db: Database
) -> None:
    await db["positions"].insert_one({"_id": f"{ROW}0", "next": 5, "last": None})
    with pytest.raises(PlatformError, match="has moved meanwhile"):
        await reposition._write(db, Move(f"{ROW}0", 4, 0, Bounds(0, 9)))
    assert (await rows(db))[f"{ROW}0"]["next"] == 5
