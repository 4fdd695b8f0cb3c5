"""What aiokafka cannot read is read, in its place; what it cannot write is a broken connection."""

from __future__ import annotations

import asyncio

import pytest
import uvloop
from aiokafka.conn import AIOKafkaConnection
from aiokafka.consumer import fetcher
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.metadata import MetadataRequest
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy
from aiokafka.record.memory_records import MemoryRecords

from payops_kernel.messaging import consumer
from payops_kernel.messaging.client_mends import LenientRecords

RECORDS = 6
BROKEN = 3


class _StrayBytes(str):
    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        return b"\xff" + super().encode(encoding, errors)


def batch(broken: int | None, codec: int = 0) -> bytes:
    builder = _DefaultRecordBatchBuilderPy(2, codec, 0, -1, -1, 0, 100_000)
    for number in range(RECORDS):
        name = _StrayBytes("name") if number == broken else "name"
        builder.append(number, 1_000, b"k%d" % number, b"v" * 50, [(name, b"\xfe"), ("two", None)])
    return bytes(builder.build())


def read(fetched: bytes, reader: type) -> list[tuple[int, bytes, bytes, list[tuple[str, bytes]]]]:
    records = reader(fetched)
    found = []
    while records.has_next():
        for r in records.next_batch():
            found.append((r.offset, r.key, r.value, list(r.headers)))
    return found


def test_the_kernels_consumers_read_with_it() -> None:
    assert consumer is not None
    assert vars(fetcher)["MemoryRecords"] is LenientRecords


@pytest.mark.parametrize("codec", [0, 1, 3], ids=["plain", "gzip", "lz4"])
def test_a_batch_that_aiokafka_cannot_read_is_read_whole_and_in_order(codec: int) -> None:
    fetched = batch(None) + batch(BROKEN, codec) + batch(None)
    with pytest.raises(UnicodeDecodeError):
        read(fetched, MemoryRecords)
    found = read(fetched, LenientRecords)
    assert [(offset, key) for offset, key, _, _ in found] == [
        (n, b"k%d" % n) for n in range(RECORDS)
    ] * 3
    assert found[RECORDS + BROKEN][3] == [("\ufffdname", b"\xfe"), ("two", None)]
    assert found[RECORDS + BROKEN + 1][3] == [("name", b"\xfe"), ("two", None)]


def test_batches_without_such_a_name_are_read_as_by_aiokafka_itself() -> None:
    fetched = batch(None) + batch(None, codec=3)
    assert read(fetched, LenientRecords) == read(fetched, MemoryRecords)
    assert LenientRecords(fetched).size_in_bytes() == len(fetched)


async def _aborted() -> asyncio.StreamWriter:
    """A connection of which the other end and the transport are gone, and no reader was told."""
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.transport.abort()
        while True:
            try:
                writer.write(b"x")
            except RuntimeError:
                return writer
            await asyncio.sleep(0)


async def _sends_on_what_was_closed() -> AIOKafkaConnection:
    connection = AIOKafkaConnection("127.0.0.1", 9092)
    connection._reader, connection._writer = asyncio.StreamReader(), await _aborted()
    connection._read_task = asyncio.create_task(asyncio.Event().wait())
    connection._versions = {MetadataRequest.API_KEY: (0, 1)}
    with pytest.raises(KafkaConnectionError, match="the handler is closed"):
        connection.send(MetadataRequest([]))
    return connection


def test_a_write_to_what_the_broker_has_just_closed_is_a_broken_connection_under_uvloop() -> None:
    connection = uvloop.run(asyncio.wait_for(_sends_on_what_was_closed(), 20))
    assert not connection.connected()
