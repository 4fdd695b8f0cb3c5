"""ZIPs that are taken while they are written: whole, readable by anybody, in constant memory."""

import gc
import io
import sys
import tracemalloc
import zipfile
from datetime import UTC, datetime
from typing import Any

import pytest

from payops_kernel.exports.zip_stream import ZipStream

AT = datetime(2026, 3, 1, 8, 30, 10, tzinfo=UTC)
MIB = 1024 * 1024


def a_zip(files: dict[str, bytes]) -> bytes:
    """A whole ZIP of these files."""
    stream = ZipStream()
    parts = [stream.add(name, content, AT) for name, content in files.items()]
    return b"".join([*parts, stream.finish()])


def test_a_stream_of_files_is_a_zip_with_their_names_and_dates() -> None:
    files = {"INV-2026-000001.pdf": b"%PDF-1", "счёт-№1 発票.pdf": b"", "index.csv": bytes(70_000)}
    with zipfile.ZipFile(io.BytesIO(a_zip(files))) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == files
        assert {entry.date_time for entry in archive.infolist()} == {(2026, 3, 1, 8, 30, 10)}


def test_a_zip_without_files_is_one() -> None:
    assert zipfile.ZipFile(io.BytesIO(a_zip({}))).namelist() == []


def test_lengths_and_checksums_stand_before_the_files() -> None:
    content = a_zip({"a.pdf": b"%PDF-1"})
    flags, checksum, stored, length = (
        int.from_bytes(content[start:end], "little")
        for start, end in ((6, 8), (14, 18), (18, 22), (22, 26))
    )
    assert not flags & 0x08
    assert checksum
    assert (stored, length) == (6, 6)


def test_a_zip_that_is_given_up_half_way_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", said.append)
    stream = ZipStream()
    assert stream.add("a.pdf", b"%PDF-1", AT)
    # As in the frame of a caller who left: the collector ends what is written to before the ZIP.
    stream.itself = stream  # type: ignore[attr-defined]
    del stream
    gc.collect()
    assert said == []


def test_what_was_taken_takes_no_memory() -> None:
    stream = ZipStream()
    tracemalloc.start()
    try:
        written = sum(len(stream.add(f"{n}.pdf", bytes(MIB), AT)) for n in range(64))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert written > 64 * MIB
    assert peak < 8 * MIB


def test_more_files_than_an_old_zip_counts_are_all_there() -> None:
    files = {f"{n}.pdf": b"%PDF" for n in range(65_600)}
    assert len(zipfile.ZipFile(io.BytesIO(a_zip(files))).namelist()) == len(files)
