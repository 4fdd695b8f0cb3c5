"""Answers that go on: server-sent events, as many as a process has watchers.

A stream says at most one frame in :data:`FRAME_SECONDS`, and something in every
:data:`HEARTBEAT_SECONDS`. It ends when its caller goes or stops reading, when its token expires and
when the process stops; the last two are said. There is no least speed and no longest time: a
stream lives as long as somebody watches.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

import orjson
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client import Counter as CounterMetric
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from payops_kernel.auth.principals import Principal
from payops_kernel.errors import PayOpsError
from payops_kernel.http.edge import STREAM
from payops_kernel.http.health import ServiceHealth

FRAME_SECONDS = 1.0
HEARTBEAT_SECONDS = 10.0
STALLED_SECONDS = 60.0
"""A caller who takes nothing for this long is gone."""
STREAMS_A_CALLER_MAX = 8
RETRY_AFTER_S = 10
MEDIA_TYPE = "text/event-stream"


class TooManyStreams(PayOpsError):
    """The caller watches as many streams as one may."""

    code = "too_many_streams"
    title = "Too many streams"
    status = 429
    retryable = True


class Feed(Protocol):
    """What one stream has to say."""

    woken: asyncio.Event
    """Set when there is something to take."""
    over: bool
    """Whether there is nothing to take any more."""

    def take(self) -> bytes:
        """Events to send now, as they go on the wire; empty when there are none."""

    def beat(self) -> bytes:
        """The event that says that the stream is alive."""

    def close(self) -> None:
        """The stream has ended."""


def event(name: str, data: Any, event_id: str = "") -> bytes:
    """One event as it goes on the wire. ``data`` is anything that JSON can say."""
    said = orjson.dumps(data, option=orjson.OPT_UTC_Z)
    numbered = b"id: %s\n" % event_id.encode() if event_id else b""
    return b"event: %s\n%sdata: %s\n\n" % (name.encode(), numbered, said)


class EventStreams:
    """The open streams of a process, shared out by caller."""

    def __init__(
        self,
        health: ServiceHealth,
        registry: CollectorRegistry,
        frame_seconds: float = FRAME_SECONDS,
        is_revoked: Callable[[str], bool] = lambda _token: False,
    ) -> None:
        """``frame_seconds`` is for what passes another's streams on.

        ``is_revoked`` is asked about a stream's token at each of its frames and beats.
        """
        self.is_revoked = is_revoked
        self.frame_seconds = frame_seconds
        self.frames = CounterMetric(
            "payops_event_frames", "Frames sent on event streams", registry=registry
        )
        self.stopping = False
        self._open: set[EventStream] = set()
        self._callers: Counter[str] = Counter()
        open_now = Gauge("payops_event_streams", "Event streams that are open", registry=registry)
        open_now.set_function(lambda: len(self._open))
        health.when_stopping(self._stop)

    def __len__(self) -> int:
        return len(self._open)

    def open(self, caller: Principal, feed: Callable[[], Feed]) -> "EventStream":
        """The answer of a route: a stream of what the new feed says.

        Raises :class:`TooManyStreams` before the feed is made.
        """
        if self._callers[caller.subject] >= STREAMS_A_CALLER_MAX:
            raise TooManyStreams(
                f"At most {STREAMS_A_CALLER_MAX} streams a user; close a page that is open twice.",
                retry_after_s=RETRY_AFTER_S,
            )
        stream = EventStream(self, caller, feed())
        self._callers[caller.subject] += 1
        self._open.add(stream)
        return stream

    def closed(self, stream: "EventStream") -> None:
        """Give the stream's place back."""
        self._open.discard(stream)
        self._callers[stream.caller.subject] -= 1
        self._callers += Counter()  # forgets who has none

    def _stop(self) -> None:
        self.stopping = True
        for stream in self._open:
            stream.wake()


class EventStream(Response):
    """One open stream."""

    media_type = MEDIA_TYPE

    def __init__(self, streams: EventStreams, caller: Principal, feed: Feed) -> None:
        self.status_code = 200
        self.background = None
        self.caller = caller
        self._streams = streams
        self._feed = feed
        self._gone = False
        self._over = asyncio.Event()
        # For proxies in front: neither kept nor collected.
        self.init_headers({"cache-control": "no-store", "x-accel-buffering": "no"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Leave the request: the edge lets the stream talk when all within it has ended.

        What a request is made of, its frames and parameters, would otherwise live as long.
        """
        scope[STREAM] = self

    async def talk(self, receive: Receive, send: Send) -> None:
        """Talk until one of the ends; raises ``ClientDisconnect`` for a caller who hangs."""
        listening = asyncio.create_task(self._listen(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            await self._talk(send)
        except TimeoutError:
            raise ClientDisconnect from None
        finally:
            listening.cancel()
            self._streams.closed(self)
            self._feed.close()

    def wake(self) -> None:
        """Look at once whether the stream has to end."""
        self._over.set()
        self._feed.woken.set()

    async def _listen(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._gone = True
        self.wake()

    async def _talk(self, send: Send) -> None:
        beat_at = 0.0
        while not self._gone:
            self._feed.woken.clear()
            over, said = self._feed.over, self._feed.take()
            if over:
                await self._say(send, said, last=True)
                return
            if why := self._why_over():
                await self._say(send, said + event("end", {"reason": why}), last=True)
                return
            if not said and time.monotonic() >= beat_at:
                said = self._feed.beat()
            if said:
                await self._say(send, said)
                beat_at = time.monotonic() + HEARTBEAT_SECONDS
                await _wait(self._over, self._streams.frame_seconds)
            await _wait(self._feed.woken, min(beat_at - time.monotonic(), self._token_seconds()))

    async def _say(self, send: Send, said: bytes, *, last: bool = False) -> None:
        async with asyncio.timeout(STALLED_SECONDS):
            await send({"type": "http.response.body", "body": said, "more_body": not last})
        self._streams.frames.inc()

    def _why_over(self) -> str | None:
        if self._streams.stopping:
            return "stopping"
        over = self._token_seconds() <= 0 or self._streams.is_revoked(self.caller.token)
        return "token_expired" if over else None

    def _token_seconds(self) -> float:
        return self.caller.expires_at - time.time()


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(max(0.0, min(seconds, HEARTBEAT_SECONDS))):
            await event.wait()
