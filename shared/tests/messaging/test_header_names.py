"""A header whose name is not UTF-8: what aiokafka cannot read is read, in its place."""

from __future__ import annotations

import pytest
from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy
from aiokafka.record.memory_records import MemoryRecords

from payops_kernel.messaging import consumer
from payops_kernel.messaging.header_names import LenientRecords

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
