"""``kill -9`` of a gateway that replays a dead letter: its record is sent once, whoever asks."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest

from payops_contracts.dead_letters import NOTED, dead_letter_id
from payops_contracts.topics import TRANSACTIONS_ON_PAYMENTS, UPSTREAM_PAYMENTS, all_topics
from payops_kernel.auth.issuer import TokenIssuer, new_signing_key
from payops_kernel.auth.principals import UserRole
from payops_kernel.mongo import connect
from payops_kernel.testing import eventually
from payops_local.ports import LOOPBACK, free_ports
from payops_testing.faultlab.broker import fresh_topics, send
from payops_testing.faultlab.checker.logs import read_logs
from payops_testing.faultlab.upstream import Outgoing
from payops_testing.kernel.dropping import drop_database

pytestmark = [pytest.mark.faults, pytest.mark.servers]

READY_SECONDS = 60.0
LETTER = dead_letter_id(TRANSACTIONS_ON_PAYMENTS.dead_letter_topic, 0, 0)
PATH = f"/v1/dead-letters/{quote(LETTER, safe='')}"
KEY, VALUE = b"p-1", b'{"broken"'


def noted() -> tuple[tuple[str, bytes], ...]:
    """What a consumer notes."""
    values = (
        UPSTREAM_PAYMENTS.name, "0", "0", "1", "unparsable", "no JSON",
        "2026-01-15T12:00:00.000+00:00", "1.0",
    )  # fmt: skip
    return tuple((name, text.encode()) for name, text in zip(NOTED, values, strict=True))


@asynccontextmanager
async def gateway(
    environment: dict[str, str], log: Path, fault: str = ""
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A gateway's process, killed at the end when it lives."""
    with log.open("ab") as out:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "gateway",
            env=os.environ | environment | ({"PAYOPS_FAULT": fault} if fault else {}),
            stdout=out, stderr=out,
        )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.mark.timeout(1_800)
@pytest.mark.parametrize(
    ("fault", "state_after"),
    [("command.after_command", "OPEN"), ("command.before_result", "REPLAYED")],
)
async def test_a_replay_whose_process_dies_is_sent_once(
    kafka_address: str, mongo_uri: str, tmp_path: Path, fault: str, state_after: str
) -> None:
    await fresh_topics(kafka_address, list(all_topics()))
    (port,), pem, prefix = free_ports(1), new_signing_key(), f"replay_{uuid4().hex[:8]}_"
    issuer = TokenIssuer(pem, issuer="payops-local", audience="payops")
    (tmp_path / "jwks.json").write_bytes(issuer.jwks())
    environment = {
        "PAYOPS_KAFKA": kafka_address,
        "PAYOPS_MONGO": mongo_uri,
        "PAYOPS_DATABASE_PREFIX": prefix,
        "PAYOPS_HOST": LOOPBACK,
        "PAYOPS_PORT": str(port),
        "PAYOPS_AUTH_JWKS": str(tmp_path / "jwks.json"),
        "PAYOPS_SESSION_TIMEOUT_MS": "6000",
    }
    token = issuer.issue("admin@payops.local", "Admin", [UserRole.ADMIN])
    headers = {"authorization": f"Bearer {token}", "idempotency-key": "k-1"}
    dead = TRANSACTIONS_ON_PAYMENTS.dead_letter_topic
    await send(kafka_address, dead, [Outgoing(VALUE, KEY, noted())])
    log = tmp_path / "gateway.log"

    async with httpx.AsyncClient(
        base_url=f"http://{LOOPBACK}:{port}", headers=headers, timeout=60, trust_env=False
    ) as http:

        async def state() -> str | None:
            try:
                found = await http.get(PATH)
            except httpx.TransportError:
                return None
            return str(found.json()["state"]) if found.status_code == 200 else None

        async def replay() -> httpx.Response:
            return await http.post(f"{PATH}/replay", json={"reason": "Mended."})

        async with gateway(environment, log, fault) as dying:
            assert await eventually(state, READY_SECONDS) == "OPEN", log.read_text()[-2000:]
            with pytest.raises(httpx.TransportError):
                await replay()
            await asyncio.wait_for(dying.wait(), READY_SECONDS)
        async with gateway(environment, log):
            assert await eventually(state, READY_SECONDS) == state_after
            for _ in range(2):
                answer = await eventually(replay, READY_SECONDS, until=lambda r: r.is_success)
                assert answer.json()["state"] == "REPLAYED"

            async def sent() -> list[tuple[bytes | None, bytes | None]]:
                logs = await read_logs(kafka_address, [UPSTREAM_PAYMENTS.name])
                return [(each.key, each.value) for each in logs[UPSTREAM_PAYMENTS.name].records]

            assert await eventually(sent, READY_SECONDS) == [(KEY, VALUE)]
            mongo = connect(mongo_uri, f"{prefix}gateway")
            await eventually(
                lambda: mongo.db["outbox"].count_documents({}), until=lambda left: left == 0
            )
            assert await sent() == [(KEY, VALUE)]
            await drop_database(mongo)
            mongo.close()
