"""`payops dlq` asks the gateway: listed, shown, replayed byte for byte, once unless said."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

import gateway.bootstrap as gateway
from gateway.consumers import dead_letter
from gateway.settings import Settings
from gateway.store.dead_letters import DeadLetterStore
from payops_contracts.dead_letters import CUT, NOTED
from payops_contracts.topics import TRANSACTIONS_ON_PAYMENTS
from payops_kernel.messaging import Record
from payops_kernel.mongo import Mongo, in_transaction
from payops_local import dlq
from payops_local.errors import PlatformError
from payops_local.issuer import LocalIssuer
from payops_local.platform import Platform
from payops_testing.local.platforms import platform as platform_on
from payops_testing.services import service_on

DLQ = TRANSACTIONS_ON_PAYMENTS.dead_letter_topic
TOPIC = TRANSACTIONS_ON_PAYMENTS.topic.name
POISON = b'{"broken": \xff\x00\x1b[2J'


@dataclass
class Desk:
    """A gateway with dead letters, and somebody who calls `payops dlq`."""

    platform: Platform
    mongo: Mongo
    transport: httpx.AsyncBaseTransport
    letters: list[str] = field(default_factory=list)

    async def bury(
        self,
        value: bytes | None,
        key: bytes | None = b"pay-1",
        headers: tuple[tuple[str, bytes], ...] = (),
    ) -> str:
        """A dead letter as the gateway gathers it; its id."""
        noted = (TOPIC, "2", "41", "1700000000000", "unparsable", "no \x1b[31m", "2025-01-01", "1")
        ours = tuple((name, text.encode()) for name, text in zip(NOTED, noted, strict=True))
        now = int(datetime.now(UTC).timestamp() * 1000)
        record = Record(DLQ, 0, len(self.letters), now, key, value, headers + ours)
        letter = dead_letter(record, TRANSACTIONS_ON_PAYMENTS)
        store = DeadLetterStore(self.mongo.db)
        await in_transaction(self.mongo, lambda session: store.take_in([letter], session))
        self.letters.append(letter.id)
        return letter.id

    async def call(self, *given: str) -> int:
        """`payops dlq …`."""
        parser = argparse.ArgumentParser()
        dlq.add_arguments(parser)
        return await dlq.run(parser.parse_args(given), self.platform, self.transport)

    async def replayed(self) -> list[tuple[Any, Any, Any]]:
        """What waits to be published to the original topic."""
        documents = await self.mongo.db["outbox"].find(sort=[("order", 1)]).to_list(None)
        messages = [each for document in documents for each in document["messages"]]
        return [
            (each["key"], each["value"], tuple(map(tuple, each["headers"])))
            for each in messages
            if each["topic"] == TOPIC
        ]


@pytest.fixture
async def desk(mongo_uri: str, tmp_path: Path) -> AsyncIterator[Desk]:
    platform = platform_on(tmp_path, "", mongo_uri)
    issuer = LocalIssuer(platform.data.keys, platform.settings)
    issuer.ensure()
    settings = Settings(auth_jwks=str(issuer.jwks_path), log_level="ERROR")
    async with service_on(mongo_uri, gateway, settings) as service:
        transport = httpx.ASGITransport(app=service.http_app("test", "test"))
        yield Desk(platform, service.runtime.mongo, transport)


async def test_a_dead_letter_is_listed_with_its_reason_and_its_origin(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    older, letter = await desk.bury(b"{"), await desk.bury(POISON)
    assert await desk.call("list", "--topic", TOPIC, "-n", "1") == 0
    said = capsys.readouterr().out
    assert f"{letter}  2025-01-01T00:00:00Z  unparsable" in said
    assert f"from {TOPIC}/2/41, key pay-1" in said
    assert older not in said
    assert "2 dead letters, the newest 1 shown." in said


async def test_what_a_terminal_would_obey_is_never_printed(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    text = await desk.bury(b"\x1b[2J", key=b"\x1b[2J", headers=(("x\x1b", b"\x1b"),))
    assert await desk.call("list", "-n", "1") == 0
    assert await desk.call("show", text) == 0
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert "1b 5b 32 4a" in said


async def test_a_value_is_shown_as_text_or_in_hex_and_written_raw(
    desk: Desk, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    binary, text = await desk.bury(POISON), await desk.bury(b'{"a": 1}')
    nothing = await desk.bury(None, key=None)
    assert await desk.call("show", binary) == 0
    assert POISON.hex(" ")[: 16 * 3 - 1].encode() in capfdbinary.readouterr().out
    assert await desk.call("show", text) == 0
    assert b'{"a": 1}' in capfdbinary.readouterr().out
    assert await desk.call("show", nothing) == 0
    assert b"value: none" in capfdbinary.readouterr().out
    assert await desk.call("show", binary, "--raw") == 0
    assert capfdbinary.readouterr().out == POISON


async def test_a_replay_sends_the_original_and_is_not_repeated_unasked(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    own = (("ce_id", b"1"), ("payops-reason", b"a publisher's own header"))
    letter = await desk.bury(POISON, headers=own)
    for _ in range(2):
        assert await desk.call("replay", letter) == 0
        assert await desk.replayed() == [(b"pay-1", POISON, own)]
    said = capsys.readouterr().out
    assert "1 dead letters replayed" in said
    assert "1 were decided about before" in said
    assert await desk.call("replay", letter, "--again") == 0
    assert len(await desk.replayed()) == 2
    assert await desk.call("show", letter) == 0
    assert f"{letter}, replayed 2" in capsys.readouterr().out


async def test_all_that_are_open_are_replayed_once(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    discarded = await desk.bury(b"1")
    await desk.bury(None, key=None)
    await desk.bury(None, headers=((CUT, b"2000000"),))
    assert await desk.call("discard", discarded, "--reason", "A test's.") == 0
    assert await desk.call("replay", "--all", "--topic", DLQ) == 0
    said = capsys.readouterr().out
    assert "Discarded." in said
    assert "1 dead letters replayed.\n1 are too large to be sent again" in said
    assert await desk.replayed() == [(None, None, ())]
    assert await desk.call("replay", "--all") == 0
    assert "0 dead letters replayed." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (("show", "nonsense"), "There is no dead letter 'nonsense'"),
        (("show", f"{DLQ}/0/999999999"), "There is no dead letter"),
        (("replay",), "Name one dead letter"),
        (("replay", f"{DLQ}/0/0", "--all"), "Name one dead letter"),
        (("list", "--topic", "x"), "no dead-letter topic x"),
    ],
)
async def test_what_is_not_there_is_said_in_a_sentence(
    desk: Desk, given: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(PlatformError, match=sentence):
        await desk.call(*given)


async def test_without_the_gateway_it_says_how_to_start_it(desk: Desk) -> None:
    def silent(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    desk.transport = httpx.MockTransport(silent)
    with pytest.raises(PlatformError, match="start the platform"):
        await desk.call("list")
