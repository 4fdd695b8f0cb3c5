"""Two faults of aiokafka, mended where they arise.

A header name that is not UTF-8 would end its consumer, after every restart again. Here the batch is
read once more, by aiokafka's own reader in Python, with what is not UTF-8 replaced.

uvloop refuses with a ``RuntimeError`` to write to what the broker has just closed, which would end
a coordinator, a producer or a loop of ours (aiokafka's issue 1038). Here the connection is broken.
"""

import struct
from collections.abc import Iterator
from itertools import islice
from typing import Any

from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.consumer import fetcher
from aiokafka.errors import KafkaConnectionError, KafkaError
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords

_LENGTH_AT = 8
_BEFORE_LENGTH = 12
"""Offset and length stand before the bytes that the length counts."""


class LenientRecords:
    """aiokafka's ``MemoryRecords`` over one fetched partition, with batches that do not stop."""

    def __init__(self, fetched: bytes) -> None:
        self._fetched = memoryview(fetched)
        self._records = MemoryRecords(fetched)
        self._next = 0

    def has_next(self) -> bool:
        """Whether a whole batch is left."""
        return bool(self._records.has_next())

    def size_in_bytes(self) -> int:
        """Bytes of the fetch."""
        return int(self._records.size_in_bytes())

    def next_batch(self) -> "_LenientBatch":
        """The next batch."""
        start = self._next
        (length,) = struct.unpack_from(">i", self._fetched, start + _LENGTH_AT)
        self._next = start + _BEFORE_LENGTH + length
        return _LenientBatch(self._records.next_batch(), self._fetched[start : self._next])


class _LenientBatch:
    def __init__(self, batch: Any, content: memoryview) -> None:
        self._batch = batch
        self._content = content

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __next__(self) -> Any:
        return next(self._batch)

    def __iter__(self) -> Iterator[Any]:
        taken = 0
        try:
            for record in self._batch:
                taken += 1
                yield record
        except UnicodeDecodeError:
            batch = _DefaultRecordBatchPy(self._content)
            batch._maybe_uncompress()
            batch._buffer = _LenientBytes(batch._buffer)
            yield from islice(batch, taken, None)


class _LenientBytes(bytearray):
    """Bytes whose parts decode with what is not UTF-8 replaced."""

    def __getitem__(self, key: Any) -> Any:
        part = super().__getitem__(key)
        return _LenientBytes(part) if isinstance(key, slice) else part

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """Never raises."""
        return super().decode(encoding, "replace")


_send: Any = AIOKafkaConnection.send


def _send_or_close(self: AIOKafkaConnection, request: Any, expect_response: bool = True) -> Any:
    try:
        return _send(self, request, expect_response)
    except KafkaError:
        raise
    except RuntimeError as error:
        self.close(CloseReason.CONNECTION_BROKEN, error)
        raise KafkaConnectionError(str(error)) from error


def mend_aiokafka() -> None:
    """From now on every client of this process stands both."""
    vars(fetcher)["MemoryRecords"] = LenientRecords
    AIOKafkaConnection.send = _send_or_close  # type: ignore[method-assign]
