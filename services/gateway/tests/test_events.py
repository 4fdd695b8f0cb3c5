"""The stream of what changes, served by a real gateway out of a real Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import httpx
import pytest

from gateway.live.changes import CHANGES_MAX
from gateway.settings import Settings
from payops_kernel.auth.issuer import TokenIssuer
from payops_kernel.auth.principals import UserRole
from payops_kernel.http.event_streams import STREAMS_A_CALLER_MAX
from payops_kernel.testing import SLOW_MACHINE, eventually
from payops_local.servers import KafkaServer
from payops_testing.faultlab.broker import grow
from payops_testing.gateway.watching import KIND, WatchedGateway, a_topic, gateway_watched

NEW_PARTITIONS_S = 10.0 * SLOW_MACHINE
AWAY_S = 30.0 * SLOW_MACHINE

Started = Callable[..., Awaitable[WatchedGateway]]


@pytest.fixture
def settings(settings: Settings, mongo_uri: str) -> Settings:
    return settings.model_copy(update={"mongo": mongo_uri, "database_prefix": "watched_"})


@pytest.fixture
async def start(
    settings: Settings, kafka_address: str, issuer: TokenIssuer
) -> AsyncIterator[Started]:
    """Starts a gateway on a topic; all of them end with the test."""
    token = issuer.issue("viewer@payops.local", "Vera", [UserRole.VIEWER])
    async with AsyncExitStack() as running:

        async def started(topic: Any = None) -> WatchedGateway:
            made = gateway_watched(settings, kafka_address, token, topic or a_topic())
            return await running.enter_async_context(made)

        yield started


@pytest.fixture
async def gateway(start: Started) -> WatchedGateway:
    """One that follows a topic of its own."""
    return await start()


async def test_a_change_of_what_a_page_shows_is_told_by_name(gateway: WatchedGateway) -> None:
    async with gateway.watch(subject=["t-1", "t-2"], kind=KIND) as page:
        await gateway.happen(("t-1", 2), ("t-9", 1))
        await page.told("t-1", 2)
        assert page.answer.headers["content-type"].startswith("text/event-stream")
        changed = [each for said in page.all("changes") for each in said.data["changed"]]
        assert changed == [{"kind": KIND, "id": "t-1", "version": 2, "new": False}]
        newest = [said.data["kinds"][KIND]["new_ids"] for said in page.all("changes")]
        assert [each for ids in newest for each in ids] in ([], ["t-9"])
        await eventually(
            lambda: [i for s in page.all("changes") for i in s.data["kinds"][KIND]["new_ids"]],
            until=lambda ids: ids == ["t-9"],
        )


async def test_a_stream_goes_on_where_it_was_left(gateway: WatchedGateway) -> None:
    async with gateway.watch(subject="t-1") as page:
        place = page.heard[-1].id
    await gateway.happen(("t-1", 3), ("t-1", 4))
    async with gateway.watch({"last-event-id": place}, subject="t-1") as page:
        await page.told("t-1", 4)
        assert page.all("resync") == []


async def test_who_missed_five_thousand_changes_reads_again_once(gateway: WatchedGateway) -> None:
    missed = [("t-1", version) for version in range(1, 5_001)]
    assert len(missed) > CHANGES_MAX
    async with gateway.watch(kind=KIND) as other:
        place = other.heard[-1].id
        await gateway.storm(missed)
        await eventually(
            lambda: sum(said.data["kinds"][KIND]["changed"] for said in other.all("changes")),
            until=lambda seen: seen == len(missed),
        )
    async with gateway.watch({"last-event-id": place}, subject="t-1") as page:
        await page.until("resync")
        await gateway.happen(("t-1", 5_001))
        await page.told("t-1", 5_001)
        assert len(page.all("resync")) == 1


async def test_after_a_restart_of_the_gateway_a_page_reads_again_once(start: Started) -> None:
    topic = a_topic()
    one = await start(topic)
    async with one.watch(subject="t-1") as page:
        place = page.heard[-1].id
    two = await start(topic)
    async with two.watch({"last-event-id": place}, subject="t-1") as page:
        await page.until("resync")
        await two.happen(("t-1", 2))
        await page.told("t-1", 2)
        assert len(page.all("resync")) == 1


async def test_a_slow_reader_gets_the_last_version_and_holds_nobody_up(
    gateway: WatchedGateway,
) -> None:
    ids = [f"t-{number}" for number in range(50)]
    request = gateway.client.build_request("GET", "/v1/events", params={"subject": ids})
    slow = await gateway.client.send(request, stream=True)
    try:
        async with gateway.watch(subject="t-1") as quick:
            for version in range(1, 101):
                await gateway.storm([(each, version) for each in ids])
            await quick.told("t-1", 100)
        told = ""
        async with asyncio.timeout(AWAY_S):
            async for text in slow.aiter_text():
                told += text
                if told.count('"version":100') >= len(ids):
                    break
        assert "event: resync" not in told
    finally:
        await slow.aclose()


async def test_partitions_that_are_added_are_told_of_within_ten_seconds(
    gateway: WatchedGateway, kafka_address: str
) -> None:
    async with gateway.watch(subject="t-1") as page:
        await grow(kafka_address, [gateway.topic], 4)
        await gateway.happen(("t-1", 7), partition=3)
        async with asyncio.timeout(NEW_PARTITIONS_S):
            await page.told("t-1", 7)


async def test_a_stream_ends_with_its_token_and_says_so(
    gateway: WatchedGateway, issuer: TokenIssuer
) -> None:
    short = issuer.issue("s@payops.local", "S", [UserRole.VIEWER], timedelta(seconds=2))
    async with gateway.watch({"authorization": f"Bearer {short}"}) as page:
        ended = await page.until("end")
        assert ended.data == {"reason": "token_expired"}
        await eventually(lambda: page.over)
    await eventually(lambda: streams_open(gateway), until=lambda number: number == 0)


async def test_a_ninth_stream_of_a_user_is_refused_until_one_is_closed(
    gateway: WatchedGateway,
) -> None:
    async with AsyncExitStack() as pages:
        for _ in range(STREAMS_A_CALLER_MAX):
            await pages.enter_async_context(gateway.watch())
        refused = await gateway.client.get("/v1/events")
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_streams")
        assert refused.headers["retry-after"] == "10"
        assert await streams_open(gateway) == STREAMS_A_CALLER_MAX
    await eventually(lambda: streams_open(gateway), until=lambda number: number == 0)
    async with gateway.watch():
        assert await streams_open(gateway) == 1


async def streams_open(gateway: WatchedGateway) -> int:
    """As the gateway says itself."""
    number: int = (await gateway.health())["streams"]["open"]
    return number


async def test_a_page_that_was_swapped_ten_times_has_one_stream(gateway: WatchedGateway) -> None:
    for _ in range(10):
        async with gateway.watch(subject="t-1") as page:
            await page.until("hello")
    async with gateway.watch(subject="t-1") as page:
        await eventually(lambda: streams_open(gateway), until=lambda number: number == 1)
        await gateway.happen(("t-1", 2))
        await page.told("t-1", 2)


async def test_while_kafka_is_away_the_stream_stays_and_says_since_when(
    settings: Settings, kafka_server: KafkaServer, issuer: TokenIssuer
) -> None:
    token = issuer.issue("viewer@payops.local", "Vera", [UserRole.VIEWER])
    async with (
        gateway_watched(settings, kafka_server.address, token, a_topic()) as gateway,
        gateway.watch(subject="t-1") as page,
    ):
        kafka_server.kill()
        try:
            stale = await page.until("stale", within=AWAY_S)
            health = await eventually(gateway.health, until=lambda it: it["ready"] is True)
            assert health["streams"]["stale_since"] == stale.data["since"]
            assert any("Live updates are stale since" in said for said in health["reasons"])
            async with gateway.watch() as late:
                assert late.heard[0].data["stale_since"] == stale.data["since"]
        finally:
            await kafka_server.astart()
        await page.until("fresh", within=AWAY_S)
        await gateway.happen(("t-1", 2))
        await page.told("t-1", 2)
        assert page.all("resync") == []


async def test_a_stop_ends_the_streams_and_says_so(start: Started) -> None:
    gateway = await start()
    async with gateway.watch() as page:
        gateway.stop()
        assert (await page.until("end")).data == {"reason": "stopping"}
        await eventually(lambda: page.over)


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [
        ({"kind": "refunds"}, "/query/kind/0"),
        ({"subject": ""}, "/query/subject/0"),
        ({"subject": ["x"] * 201}, "/query/subject"),
        ({"since": "yesterday"}, "/query/since"),
        ({"since": "2026-03-01T00:00:00"}, "/query/since"),
        ({"subjects": "t-1"}, "/query/subjects"),
    ],
)
async def test_a_stream_of_nothing_that_there_is_is_refused(
    client: httpx.AsyncClient, asked: dict[str, Any], pointer: str
) -> None:
    refused = await client.get("/v1/events", params=asked)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == pointer


async def test_nobody_watches_without_a_token(anonymous: httpx.AsyncClient) -> None:
    assert (await anonymous.get("/v1/events")).status_code == 401
