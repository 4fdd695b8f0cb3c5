"""The real wire against a raw server that answers byte by byte what a test wants."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from gateway.clients import wire as wire_module
from gateway.clients.wire import HttpWire, NoAnswer

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\netag: 7\r\n\r\nok"


class RawServer:
    """Counts connections; ``handler`` plays each."""

    def __init__(self) -> None:
        self.heads: list[bytes] = []
        self.connections = 0
        self.handler: Handler = self.answer_once_then_close
        self._server: asyncio.Server | None = None

    async def start(self) -> str:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"

    def stop(self) -> None:
        if self._server:
            self._server.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            await self.handler(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def read_head(self, reader: asyncio.StreamReader) -> None:
        self.heads.append(await reader.readuntil(b"\r\n\r\n"))

    async def answer_once_then_close(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Promises to keep the connection and closes it."""
        await self.read_head(reader)
        writer.write(OK)
        await writer.drain()

    async def keep(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await self.read_head(reader)
            writer.write(OK)


@pytest.fixture
async def server() -> AsyncIterator[RawServer]:
    made = RawServer()
    yield made
    made.stop()


@pytest.fixture
async def wire() -> AsyncIterator[HttpWire]:
    made = HttpWire()
    yield made
    await made.close()


async def _get(wire: HttpWire, url: str) -> bytes:
    answer = await wire.send("GET", url, {}, None)
    try:
        return b"".join([part async for part in answer.parts()])
    finally:
        answer.close()


async def test_a_request_goes_out_as_it_is_and_connections_are_kept(
    server: RawServer, wire: HttpWire
) -> None:
    server.handler = server.keep
    url = await server.start()
    answer = await wire.send("GET", url + "/a%2Fb/%2E%2E?q=100%&x='%20", {"x-a": "1"}, None)
    assert (answer.status, answer.headers["ETag"]) == (200, "7")
    assert [part async for part in answer.parts()] == [b"ok"]
    answer.close()
    assert await _get(wire, url) == b"ok"
    assert server.connections == 1
    line, *headers = server.heads[0].decode().split("\r\n")
    assert line == "GET /a%2Fb/%2E%2E?q=100%&x='%20 HTTP/1.1"
    names = {header.partition(":")[0].lower() for header in headers if header}
    assert names == {"host", "x-a"}


async def test_a_kept_connection_that_was_closed_meanwhile_costs_nothing(
    server: RawServer, wire: HttpWire
) -> None:
    url = await server.start()
    for _ in range(5):
        assert await _get(wire, url) == b"ok"


async def test_a_body_that_breaks_off_is_not_taken_for_a_whole(
    server: RawServer, wire: HttpWire
) -> None:
    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.read_head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
        await writer.drain()

    server.handler = half
    url = await server.start()
    with pytest.raises(NoAnswer) as broken:
        await _get(wire, url)
    assert broken.value.late is False


async def test_nothing_and_nonsense_are_no_answer(server: RawServer, wire: HttpWire) -> None:
    async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.read_head(reader)
        writer.write(b"what?\r\n\r\n")
        await writer.drain()

    server.handler = nonsense
    url = await server.start()
    with pytest.raises(NoAnswer):
        await _get(wire, url)
    server.stop()
    with pytest.raises(NoAnswer):
        await _get(wire, "http://127.0.0.1:1/")


async def test_silence_is_a_late_answer_at_the_start_and_in_the_middle(
    server: RawServer, wire: HttpWire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire_module, "READ_TIMEOUT_S", 0.1)
    sent: list[bytes] = [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"]

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.read_head(reader)
        writer.write(sent.pop(0))
        await reader.read()

    server.handler = silent
    url = await server.start()
    for _ in range(2):
        with pytest.raises(NoAnswer) as late:
            await _get(wire, url)
        assert late.value.late is True


async def test_a_post_is_never_sent_twice(server: RawServer, wire: HttpWire) -> None:
    async def first_well_then_gone(reader: Any, writer: asyncio.StreamWriter) -> None:
        await server.read_head(reader)
        writer.write(OK)
        await server.read_head(reader)

    server.handler = first_well_then_gone
    url = await server.start()
    assert await _get(wire, url) == b"ok"
    with pytest.raises(NoAnswer):
        await wire.send("POST", url, {}, b"{}")
    assert [head.split()[0] for head in server.heads] == [b"GET", b"POST"]
