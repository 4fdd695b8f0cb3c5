"""Streams: who may have how many, what they say of themselves, and every way in which they end."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from prometheus_client import CollectorRegistry, generate_latest

from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.http import event_streams
from payops_kernel.http.app import create_http_app
from payops_kernel.http.event_streams import (
    STREAMS_A_CALLER_MAX,
    EventStreams,
    TooManyStreams,
    event,
)
from payops_kernel.http.health import ServiceHealth
from payops_kernel.settings import ServiceSettings
from payops_kernel.testing import eventually

FRAME_S = 0.2
VERA = Principal("vera", "Vera", frozenset({UserRole.VIEWER}), "")


class ToldFeed:
    """Says what the test has put into it."""

    def __init__(self) -> None:
        self.woken = asyncio.Event()
        self.over = False
        self.closed = False
        self._waiting = [event("open", {})]

    def say(self, name: str) -> None:
        self._waiting.append(event(name, {}))
        self.woken.set()

    def take(self) -> bytes:
        said, self._waiting = b"".join(self._waiting), []
        return said

    def beat(self) -> bytes:
        return event("beat", {})

    def close(self) -> None:
        self.closed = True


class Caller:
    """One request for the stream, spoken to the app itself; ``hang`` stops reading."""

    def __init__(self, app: FastAPI, method: str = "GET") -> None:
        self.heard: list[str] = []
        self.heard_at: list[float] = []
        self.status = 0
        self.complete = False
        self._hangs = asyncio.Event()
        self._hangs.set()
        self._gone = asyncio.Event()
        scope = {
            "type": "http", "method": method, "path": "/stream", "raw_path": b"/stream",
            "query_string": b"", "headers": [], "client": ("127.0.0.1", 1), "scheme": "http",
            "server": ("127.0.0.1", 80), "http_version": "1.1", "root_path": "",
        }  # fmt: skip
        self.answering = asyncio.create_task(app(scope, self._receive, self._send))

    def hang(self) -> None:
        self._hangs.clear()

    def leave(self) -> None:
        self._gone.set()

    async def heard_all(self, *names: str) -> None:
        await eventually(lambda: self.heard, until=lambda heard: heard == list(names))

    async def _receive(self) -> Any:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        await self._hangs.wait()
        if message["type"] == "http.response.start":
            self.status = message["status"]
            return
        self.complete = not message.get("more_body", False)
        for line in message["body"].decode().split("\n"):
            if line.startswith("event: "):
                self.heard.append(line.removeprefix("event: "))
                self.heard_at.append(time.monotonic())


class Stage:
    """An app with one stream, and what belongs to it."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.health = ServiceHealth("sample")
        self.streams = EventStreams(self.health, self.registry, FRAME_S)
        self.feed = ToldFeed()
        self.caller = VERA
        router = APIRouter()

        @router.get("/stream")
        async def stream() -> Any:
            return self.streams.open(self.caller, self._new_feed)

        self.app = create_http_app(
            title="Sample", settings=ServiceSettings(), health=self.health, metrics=self.registry,
            routers=[router],
        )  # fmt: skip

    def _new_feed(self) -> ToldFeed:
        self.feed = ToldFeed()
        return self.feed

    def metrics(self) -> str:
        return generate_latest(self.registry).decode()


@pytest.fixture
async def stage() -> Stage:
    return Stage()


@pytest.fixture
async def called(stage: Stage) -> AsyncIterator[Callable[..., Caller]]:
    """Makes callers, who are gone at the end."""
    made: list[Caller] = []

    def call(**how: Any) -> Caller:
        made.append(Caller(stage.app, **how))
        return made[-1]

    yield call
    for caller in made:
        caller.leave()
    await asyncio.gather(*(caller.answering for caller in made), return_exceptions=True)


async def test_what_is_said_while_a_frame_is_young_waits_for_the_next(
    stage: Stage, called: Callable[..., Caller]
) -> None:
    caller = called()
    await caller.heard_all("open")
    for name in ("a", "b", "c"):
        stage.feed.say(name)
    await caller.heard_all("open", "a", "b", "c")
    assert caller.heard_at[1] - caller.heard_at[0] >= FRAME_S * 0.9
    assert "payops_event_frames_total 2.0" in stage.metrics()


async def test_a_stream_without_news_says_that_it_is_alive(
    stage: Stage, called: Callable[..., Caller], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_streams, "HEARTBEAT_SECONDS", 0.3)
    caller = called()
    await eventually(lambda: caller.heard[:3], until=lambda seen: seen == ["open", "beat", "beat"])


async def test_a_caller_who_goes_gives_the_place_back_at_once(
    stage: Stage, called: Callable[..., Caller]
) -> None:
    caller = called()
    await caller.heard_all("open")
    assert (len(stage.streams), stage.feed.closed) == (1, False)
    assert "payops_event_streams 1.0" in stage.metrics()
    caller.leave()
    await caller.answering
    assert (len(stage.streams), stage.feed.closed) == (0, True)


async def test_one_user_has_eight_streams_and_no_other_is_held_up_by_that(stage: Stage) -> None:
    for _ in range(STREAMS_A_CALLER_MAX):
        stage.streams.open(VERA, ToldFeed)
    with pytest.raises(TooManyStreams, match="At most 8 streams"):
        stage.streams.open(VERA, ToldFeed)
    other = Principal("olga", "Olga", frozenset({UserRole.VIEWER}), "")
    stream = stage.streams.open(other, ToldFeed)
    stage.streams.closed(stream)
    assert len(stage.streams) == STREAMS_A_CALLER_MAX


async def test_a_refused_stream_makes_no_feed(stage: Stage) -> None:
    made = []
    for _ in range(STREAMS_A_CALLER_MAX):
        stage.streams.open(VERA, ToldFeed)
    with pytest.raises(TooManyStreams):
        stage.streams.open(VERA, lambda: made.append(1))  # type: ignore[arg-type,return-value]
    assert made == []


async def test_a_stream_ends_with_its_token_and_says_so(
    stage: Stage, called: Callable[..., Caller]
) -> None:
    stage.caller = Principal("v", "V", frozenset(), "", expires_at=time.time() + 0.4)
    caller = called()
    await caller.answering
    assert caller.heard == ["open", "end"]
    assert caller.complete
    assert len(stage.streams) == 0


async def test_a_stream_ends_when_its_token_is_signed_out(
    stage: Stage, called: Callable[..., Caller]
) -> None:
    caller = called()
    await caller.heard_all("open")
    stage.streams.is_revoked = lambda token: token == stage.caller.token
    stage.feed.say("late")
    await caller.answering
    assert caller.heard[-1] == "end"
    assert caller.complete


async def test_a_feed_that_is_over_says_its_last_and_ends(
    stage: Stage, called: Callable[..., Caller]
) -> None:
    caller = called()
    await caller.heard_all("open")
    stage.feed.over = True
    stage.feed.say("last")
    await caller.answering
    assert caller.heard == ["open", "last"]
    assert caller.complete


async def test_a_process_that_stops_ends_its_streams_in_order(
    stage: Stage, called: Callable[..., Caller]
) -> None:
    callers = [called(), called()]
    for caller in callers:
        await eventually(lambda caller=caller: caller.heard)  # type: ignore[misc]
    stage.health.stop()
    await asyncio.gather(*(caller.answering for caller in callers))
    assert [caller.heard[-1] for caller in callers] == ["end", "end"]
    assert all(caller.complete for caller in callers)


async def test_a_caller_who_takes_nothing_for_long_is_let_go(
    stage: Stage, called: Callable[..., Caller], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_streams, "STALLED_SECONDS", 0.3)
    caller = called()
    await caller.heard_all("open")
    caller.hang()
    stage.feed.say("a")
    await caller.answering
    assert not caller.complete
    assert len(stage.streams) == 0


async def test_head_is_answered_and_opens_nothing_that_lasts(
    stage: Stage, called: Callable[..., Caller]
) -> None:
    caller = called(method="HEAD")
    await eventually(lambda: caller.complete)
    assert (caller.status, caller.heard) == (200, [])
    caller.leave()  # as servers say it once the answer is complete
    await caller.answering
    assert len(stage.streams) == 0


async def test_the_time_of_a_stream_is_that_until_it_began(
    stage: Stage, called: Callable[..., Caller]
) -> None:
    asked_at = time.monotonic()
    caller = called()
    await caller.heard_all("open")
    stage.feed.say("a")
    await caller.heard_all("open", "a")
    caller.leave()
    await caller.answering
    (total,) = [
        float(line.rpartition(" ")[2])
        for line in stage.metrics().splitlines()
        if line.startswith("payops_http_request_seconds_sum") and "/stream" in line
    ]
    assert total < caller.heard_at[0] - asked_at
