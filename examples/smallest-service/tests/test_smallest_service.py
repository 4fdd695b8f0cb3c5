"""The smallest service, whole: on a real Kafka and MongoDB, as production builds it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from parcels import bootstrap
from parcels.contracts import CARRIER_PARCELS, PARCELS, PARCELS_ON_CARRIER
from parcels.settings import Settings
from payops_contracts.topics import AUDIT, all_topics, dead_letter_topic
from payops_kernel.auth.principals import UserRole
from payops_kernel.clock import DrivenClock
from payops_kernel.messaging.topics import ensure_topics
from payops_kernel.testing import eventually
from payops_kernel.testing.callers import ClientOf
from payops_testing.faultlab.broker import send
from payops_testing.faultlab.checker.logs import read_logs
from payops_testing.faultlab.upstream import Outgoing, structured
from payops_testing.parcels.carrier import arrived_parcels, event
from payops_testing.services import service_on

LINES_MAX = 450
SECONDS = 30.0
HOME = Path(bootstrap.__file__).parent


@pytest.fixture
async def operator(
    kafka_address: str, mongo_uri: str, driven_clock: DrivenClock, client_of: ClientOf
) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who may send parcels back, at the service as it runs."""
    own = (CARRIER_PARCELS, PARCELS, dead_letter_topic(PARCELS_ON_CARRIER), AUDIT)
    await ensure_topics(kafka_address, own)
    settings = Settings(kafka=kafka_address, session_timeout_ms=6_000)
    async with service_on(mongo_uri, bootstrap, settings, driven_clock) as service:
        app = service.http_app("parcels", "")
        async with (
            app.router.lifespan_context(app),
            client_of(app, UserRole.OPERATOR) as client,
        ):
            yield client


def test_it_is_small() -> None:
    lines = sum(len(path.read_text().splitlines()) for path in HOME.rglob("*.py"))
    assert lines <= LINES_MAX


def test_its_topics_are_none_of_the_platforms() -> None:
    assert not {CARRIER_PARCELS.name, PARCELS.name} & {topic.name for topic in all_topics()}


async def all_is_told(kafka: str, ids: list[str]) -> bool:
    """Whether something is published about each, and what cannot be read as a dead letter."""
    logs = await read_logs(kafka, [PARCELS.name, PARCELS_ON_CARRIER.dead_letter_topic])
    told = {record.key for record in logs[PARCELS.name].records}
    dead = {record.value for record in logs[PARCELS_ON_CARRIER.dead_letter_topic].records}
    return told >= {each.encode() for each in ids} and b"{" in dead


async def test_parcels_come_are_listed_exported_and_go_back_by_hand_in_bulk_and_in_time(
    operator: httpx.AsyncClient, kafka_address: str, driven_clock: DrivenClock
) -> None:
    now = driven_clock.now()
    ids = [f"P{number}-{now.timestamp()}-{id(operator)}" for number in range(5)]
    events = [fact for each in ids for fact in arrived_parcels([each], at=now)]
    events.append(event(ids[0], "collected", now))
    await send(kafka_address, CARRIER_PARCELS.name, [*map(structured, events), Outgoing(b"{")])

    async def with_status(status: str) -> list[str]:
        answer = await operator.get("/v1/parcels", params={"status": status})
        return sorted(row["parcel_id"] for row in answer.json()["items"])

    await eventually(lambda: with_status("COLLECTED"), SECONDS, until=lambda seen: seen == ids[:1])
    await eventually(lambda: with_status("WAITING"), SECONDS, until=lambda seen: seen == ids[1:])
    file = await operator.get("/v1/parcels/export", params={"format": "csv"})
    assert file.text.count("WAITING") == 4

    why = {"reason": "Damaged"}
    for _ in range(2):  # the same key: once
        back = await operator.post(
            f"/v1/parcels/{ids[1]}/return", json=why, headers={"Idempotency-Key": ids[1]}
        )
        assert (back.status_code, back.json()["status"]) == (202, "RETURNED")
    refused = await operator.post(
        f"/v1/parcels/{ids[0]}/return", json=why, headers={"Idempotency-Key": ids[0]}
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "parcel_not_waiting")

    preview = (await operator.post("/v1/parcels/returns/previews", json={"ids": ids[:3]})).json()
    assert [row["key"] for row in preview["rows"]] == ids[2:3]
    assert [(each["count"], each["keys"]) for each in preview["refused"]] == [(2, ids[:2])]
    job = await operator.post(
        "/v1/parcels/returns",
        json={"preview_id": preview["preview_id"], **why},
        headers={"Idempotency-Key": "many"},
    )

    async def job_state() -> dict[str, int]:
        body = (await operator.get(job.headers["location"])).json()
        return body["counts"] if body["state"] == "DONE" else {}

    counts = await eventually(job_state, SECONDS, until=bool)
    assert counts == {"SUCCEEDED": 1}

    driven_clock.advance(timedelta(days=14))
    await eventually(lambda: with_status("RETURNED"), SECONDS, until=lambda seen: seen == ids[1:])
    await eventually(lambda: all_is_told(kafka_address, ids), SECONDS)
