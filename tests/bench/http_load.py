"""An open-loop HTTP load: requests leave on schedule, however slow the answers are.

Latency counts from the scheduled instant, so a stall shows in every request that it held up.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

CONNECTIONS_MAX = 64
REQUEST_LIMIT_S = 20.0
WAITING_MAX = 1_000
OK = 200


class Overload(Exception):
    """More than :data:`WAITING_MAX` requests wait: the rate is beyond what is answered."""


@dataclass(frozen=True)
class TimedResponse:
    """One request's outcome; ``seconds`` from its scheduled instant to the answer's last byte."""

    status: int
    seconds: float
    size: int


@dataclass(frozen=True)
class Post:
    """A JSON body for a path, with headers of its own."""

    path: str
    body: bytes
    headers: str = ""
    """Whole lines, each with its line end."""


Request = str | Post
"""A path to GET, or something to POST."""


class _Connection:
    """One keep-alive HTTP/1.1 connection that has one request under way at a time."""

    def __init__(self, host: str, port: int, headers: Mapping[str, str]) -> None:
        self._host, self._port = host, port
        self._head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: Request) -> tuple[int, int]:
        """Status and size of the body; the body is read whole."""
        if self._streams is None or self._streams[0].at_eof():  # servers end idle connections
            self.close()
            self._streams = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._streams
        writer.write(self._bytes(request))
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        lengths = [line for line in head if line.lower().startswith("content-length:")]
        body = await reader.readexactly(int(lengths[0].partition(":")[2]))
        return int(head[0].split(" ", 2)[1]), len(body)

    def _bytes(self, request: Request) -> bytes:
        common = f"HTTP/1.1\r\nHost: {self._host}:{self._port}\r\n{self._head}"
        if isinstance(request, str):
            return f"GET {request} {common}\r\n".encode()
        own = f"Content-Type: application/json\r\nContent-Length: {len(request.body)}\r\n"
        return f"POST {request.path} {common}{own}{request.headers}\r\n".encode() + request.body

    def close(self) -> None:
        """Drop the connection; the next request opens another."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


async def open_loop(
    host: str, port: int, paths: Sequence[str], rate: float, headers: Mapping[str, str]
) -> list[TimedResponse]:
    """GET every path, ``rate`` a second; a request that fails or is too late has status 0.

    Raises :class:`Overload` instead of piling up requests without end.
    """
    connections = [_Connection(host, port, headers) for _ in range(CONNECTIONS_MAX)]
    asked: list[asyncio.Task[TimedResponse]] = []
    try:
        await _ask_on_schedule(connections, paths, rate, asked)
        return list(await asyncio.gather(*asked))
    finally:
        for task in asked:
            task.cancel()
        for connection in connections:
            connection.close()


async def _ask_on_schedule(
    connections: Sequence[_Connection],
    paths: Sequence[str],
    rate: float,
    asked: list[asyncio.Task[TimedResponse]],
) -> None:
    free: asyncio.LifoQueue[_Connection] = asyncio.LifoQueue()
    done = 0
    for connection in connections:
        free.put_nowait(connection)

    async def ask(path: str, due: float) -> TimedResponse:
        nonlocal done
        connection = await free.get()
        try:
            status, size = await _ask(connection, path)
        finally:
            free.put_nowait(connection)
            done += 1
        return TimedResponse(status, time.perf_counter() - due, size)

    began = time.perf_counter()
    for number, path in enumerate(paths):
        due = began + number / rate
        wait = due - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        asked.append(asyncio.create_task(ask(path, due)))
        if number - done > WAITING_MAX:
            raise Overload(f"after {number} requests at {rate:g}/s only {done} were answered")


async def closed_loop(
    host: str,
    port: int,
    next_request: Callable[[], Request],
    callers: int,
    headers: Mapping[str, str],
    seconds: float,
) -> list[TimedResponse]:
    """Request after request for so many seconds, each caller one at a time: how much is possible.

    A request that fails or is too late has status 0. Latency counts from the request's own start.
    """
    end = time.perf_counter() + seconds
    answers: list[TimedResponse] = []

    async def call() -> None:
        connection = _Connection(host, port, headers)
        while time.perf_counter() < end:
            began = time.perf_counter()
            status, size = await _ask(connection, next_request())
            answers.append(TimedResponse(status, time.perf_counter() - began, size))
        connection.close()

    await asyncio.gather(*(call() for _ in range(callers)))
    return answers


async def _ask(connection: _Connection, request: Request) -> tuple[int, int]:
    try:
        async with asyncio.timeout(REQUEST_LIMIT_S):
            return await connection.ask(request)
    except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError, IndexError):
        connection.close()
        return 0, 0
