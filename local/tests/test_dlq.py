"""`payops dlq` on real servers: listed, shown, replayed byte for byte, and noted."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from payops_contracts.topics import TRANSACTIONS_ON_PAYMENTS
from payops_kernel.messaging.topics import ensure_topics
from payops_local import dlq
from payops_local.connections import mongo_client
from payops_local.dead_letters import NOTED, DeadLetter
from payops_local.errors import PlatformError
from payops_local.event_publisher import EventPublisher
from payops_local.kafka_logs import kafka_logs
from payops_local.platform import Platform
from payops_testing.local.platforms import platform as platform_on

DLQ = TRANSACTIONS_ON_PAYMENTS.dead_letter_topic
TOPIC = TRANSACTIONS_ON_PAYMENTS.topic.name
POISON = b'{"broken": \xff\x00\x1b[2J'


@pytest.fixture
async def platform(mongo_uri: str, kafka_address: str, tmp_path: Path) -> AsyncIterator[Platform]:
    prefix = f"dlq_{uuid4().hex[:8]}_"
    await ensure_topics(kafka_address)
    yield platform_on(tmp_path, kafka_address, mongo_uri, PAYOPS_DATABASE_PREFIX=prefix)
    async with mongo_client(mongo_uri) as client:
        await client.drop_database(f"{prefix}transactions")


async def bury(
    kafka: str,
    value: bytes | None,
    key: bytes | None = b"pay-1",
    headers: tuple[tuple[str, bytes], ...] = (),
) -> str:
    """A dead letter as a consumer leaves it; its id."""
    noted = [
        TOPIC,
        "2",
        "41",
        "1700000000000",
        "unparsable",
        "not JSON \x1b[31m",
        "2025-01-01",
        "1",
    ]
    own = [(name, text.encode()) for name, text in zip(NOTED, noted, strict=True)]
    publisher = EventPublisher(kafka, patience_s=10)
    await publisher.start(DLQ)
    message = {"topic": DLQ, "key": key, "value": value, "headers": [*headers, *own]}
    await publisher.send([message])
    await publisher.flush()
    await publisher.close()
    async with kafka_logs(kafka) as logs:
        ((tp, log),) = (await logs.bounds(logs.partitions(DLQ))).items()
    return f"{DLQ}/{tp.partition}/{log.end - 1}"


async def call(platform: Platform, *given: str) -> int:
    parser = argparse.ArgumentParser()
    dlq.add_arguments(parser)
    return await dlq.run(parser.parse_args(given), platform)


async def originals(kafka: str) -> list[tuple[bytes | None, bytes | None, object]]:
    async with kafka_logs(kafka) as logs:
        return [
            (record.key, record.value, tuple(record.headers))
            for tp, log in (await logs.bounds(logs.partitions(TOPIC))).items()
            async for record in logs.read(tp, log.start, log.end)
        ]


async def test_a_dead_letter_is_listed_with_its_reason_and_its_origin(
    platform: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    letter = await bury(platform.kafka, POISON)
    assert await call(platform, "list", "--topic", TOPIC, "-n", "1") == 0
    said = capsys.readouterr().out
    assert f"{letter}  2025-01-01  unparsable" in said
    assert f"from {TOPIC}/2/41, key pay-1" in said
    assert "dead letters" in said


async def test_what_a_terminal_would_obey_is_never_printed(
    platform: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    text = await bury(platform.kafka, b"\x1b[2J", key=b"\x1b[2J", headers=(("x\x1b", b"\x1b"),))
    assert await call(platform, "list", "-n", "1") == 0
    assert await call(platform, "show", text) == 0
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert "1b 5b 32 4a" in said


async def test_a_value_is_shown_as_text_or_in_hex_and_written_raw(
    platform: Platform, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    binary, text = await bury(platform.kafka, POISON), await bury(platform.kafka, b'{"a": 1}')
    nothing = await bury(platform.kafka, None, key=None)
    assert await call(platform, "show", binary) == 0
    assert POISON.hex(" ")[: 16 * 3 - 1].encode() in capfdbinary.readouterr().out
    assert await call(platform, "show", text) == 0
    assert b'{"a": 1}' in capfdbinary.readouterr().out
    assert await call(platform, "show", nothing) == 0
    assert b"value: none" in capfdbinary.readouterr().out
    assert await call(platform, "show", binary, "--raw") == 0
    assert capfdbinary.readouterr().out == POISON


async def test_a_replay_sends_the_original_and_is_not_repeated_unasked(
    platform: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    own = (("ce_id", b"1"), ("payops-reason", b"a publisher's own header"))
    key = uuid4().hex.encode()
    letter = await bury(platform.kafka, POISON, key=key, headers=own)
    for expected in (1, 1):
        assert await call(platform, "replay", letter) == 0
        assert (await originals(platform.kafka)).count((key, POISON, own)) == expected
    said = capsys.readouterr().out
    assert "1 dead letters replayed" in said
    assert "1 were replayed before" in said
    assert await call(platform, "replay", letter, "--again") == 0
    assert (await originals(platform.kafka)).count((key, POISON, own)) == 2
    assert await call(platform, "show", letter) == 0
    assert "replayed never" not in capsys.readouterr().out


async def test_all_are_replayed_once_null_keys_and_null_values_included(
    platform: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (await originals(platform.kafka)).count((None, None, ()))
    await bury(platform.kafka, None, key=None)
    assert await call(platform, "replay", "--all", "--topic", DLQ) == 0
    nulls = (await originals(platform.kafka)).count((None, None, ()))
    assert nulls > before
    assert await call(platform, "replay", "--all") == 0
    assert "0 dead letters replayed." in capsys.readouterr().out
    assert (await originals(platform.kafka)).count((None, None, ())) == nulls


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (("show", "nonsense"), "is not the id of a dead letter"),
        (("show", "a/0/0"), "no dead-letter topic a"),
        (("show", f"{DLQ}/0/999999999"), "There is no dead letter"),
        (("show", f"{DLQ}/7/0"), "There is no dead letter"),
        (("replay",), "Name one dead letter"),
        (("replay", f"{DLQ}/0/0", "--all"), "Name one dead letter"),
        (("list", "--topic", "x"), "no dead-letter topic x"),
    ],
)
async def test_what_is_not_there_is_said_in_a_sentence(
    platform: Platform, given: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(PlatformError, match=sentence):
        await call(platform, *given)


def test_only_the_consumers_own_headers_are_taken_off() -> None:
    class Raw:
        partition, offset, timestamp, key, value = 0, 1, 2, None, b""
        headers = (("payops-error", b"theirs"), *((name, b"ours") for name in NOTED))

    letter = DeadLetter.of(TRANSACTIONS_ON_PAYMENTS, Raw)
    assert letter.headers == (("payops-error", b"theirs"),)
    assert letter.error == "ours"
