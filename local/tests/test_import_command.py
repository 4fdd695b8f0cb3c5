"""`payops import payments` on a real broker."""

from __future__ import annotations

import argparse
import contextlib
import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from payops_contracts.envelope import STRUCTURED_HEADERS
from payops_contracts.topics import UPSTREAM_PAYMENTS
from payops_kernel.messaging.producer import partition_of
from payops_kernel.messaging.topics import ensure_topics
from payops_local.errors import PlatformError
from payops_local.importing import command
from payops_testing.local.platforms import platform

SAMPLE = Path(__file__).parents[2] / "tests" / "data" / "cdnow-sample.csv"
PARTITIONS = [
    TopicPartition(UPSTREAM_PAYMENTS.name, number) for number in range(UPSTREAM_PAYMENTS.partitions)
]


async def imported(folder: Path, kafka: str, *given: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return await command.run(parser.parse_args(["payments", *given]), platform(folder, kafka))


class Log:
    """What comes into upstream.payments from now on."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer

    async def new(self) -> list[Any]:
        """The records since the last call."""
        ends = await self._consumer.end_offsets(PARTITIONS)
        records: list[Any] = []
        while any([await self._consumer.position(tp) < end for tp, end in ends.items()]):
            for some in (await self._consumer.getmany(timeout_ms=100)).values():
                records += some
        return records


@contextlib.asynccontextmanager
async def watched(kafka: str) -> Any:
    await ensure_topics(kafka)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka, enable_auto_commit=False, isolation_level="read_committed"
    )
    await consumer.start()
    try:
        consumer.assign(PARTITIONS)
        await consumer.seek_to_end(*PARTITIONS)
        yield Log(consumer)
    finally:
        await consumer.stop()


def values(records: Sequence[Any]) -> list[bytes]:
    return sorted(record.value for record in records)


async def test_the_sample_arrives_whole_and_a_second_import_says_the_very_same(
    kafka_address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with watched(kafka_address) as log:
        assert await imported(tmp_path, kafka_address, str(SAMPLE), "--mapping", "cdnow") == 0
        first = await log.new()
        assert await imported(tmp_path, kafka_address, str(SAMPLE), "--mapping", "cdnow") == 0
        second = await log.new()
    said = capsys.readouterr().out
    assert "500 rows, 500 payments, 1,000 events" in said
    assert "USD 18,420.76 in 500 payments" in said
    assert values(first) == values(second)
    assert len(first) == 1_000
    paid = [json.loads(r.value) for r in first if b"payment.paid" in r.value]
    assert sum(event["data"]["amount_minor"] for event in paid) == 1_842_076
    assert all(record.key == json.loads(record.value)["subject"].encode() for record in first)
    assert {tuple(record.headers) for record in first} == {STRUCTURED_HEADERS}
    assert all(record.partition == partition_of(record.key, len(PARTITIONS)) for record in first)


async def test_bad_rows_go_to_the_reject_file_and_the_rest_is_imported(
    kafka_address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    header, *rows = SAMPLE.read_bytes().splitlines()
    bad = [b",1,2021-01-12,1,1.00", b"x,1,2021-01-12,1,1.001", b"x,1,2021-02-30,1,1.00"]
    bad += [b"x,1,2021-01-12,1", b"\xff,1,2021-01-12,1,1.00", b"x,1,2021-01-12,1,one"]
    file, rejects = tmp_path / "bad.csv", tmp_path / "rejects.csv"
    file.write_bytes(b"\n".join([header, *bad, *rows[:20], rows[0]]))
    given = [str(file), "--mapping", "cdnow", "--rejects", str(rejects)]
    async with watched(kafka_address) as log:
        assert await imported(tmp_path, kafka_address, *given) == 0
        assert len(await log.new()) == 40
    said = capsys.readouterr().out
    assert "6 rows were rejected" in said
    assert "1 rows repeat an earlier one" in said
    with rejects.open(encoding="utf-8", errors="surrogateescape", newline="") as file_again:
        rejected = list(csv.reader(file_again))
    assert rejected[0][:3] == ["rejected_line", "rejected_reason", "payment_id"]
    assert [row[0] for row in rejected[1:]] == ["2", "3", "4", "5", "6", "7"]
    assert [row[1].partition(":")[0] for row in rejected[1:]] == [
        "payment_id",
        "amount_usd",
        "paid_on",
        "it has 4 columns, the header has 5",
        "it is not UTF-8",
        "amount_usd",
    ]


async def test_a_reject_file_that_was_not_mended_is_rejected_again_whole(
    kafka_address: str, tmp_path: Path
) -> None:
    header = SAMPLE.read_bytes().splitlines()[0]
    file = tmp_path / "bad.csv"
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    file.write_bytes(b"\n".join([header, b"\xff,1,2021-01-12,1,1.00", b'x,1,2021-01-12,1,"1.00']))
    await ensure_topics(kafka_address)
    for source, rejects in ((file, first), (first, second)):
        given = [str(source), "--mapping", "cdnow", "--rejects", str(rejects)]
        assert await imported(tmp_path, kafka_address, *given) == 1
    assert len(second.read_bytes().splitlines()) == len(first.read_bytes().splitlines()) == 3


async def test_no_broker_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(PlatformError, match="No Kafka broker answers"):
        await imported(tmp_path, "127.0.0.1:1", str(SAMPLE), "--mapping", "cdnow")


async def test_no_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(PlatformError, match="cannot be read"):
        await imported(tmp_path, "127.0.0.1:1", str(tmp_path / "no.csv"), "--mapping", "cdnow")
