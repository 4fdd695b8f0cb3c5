"""A ZIP whose bytes are taken while it is written: as much memory as its largest file.

The files are stored, not deflated, each with its length and checksum before it, so that readers
which go through a ZIP from its beginning can read it, too.
"""

import io
import zipfile
from datetime import UTC, datetime

MEDIA_TYPE = "application/zip"
_READABLE = 0o644 << 16
"""Unix permissions: without them ``unzip`` makes files that nobody may read."""


class StreamedZip(zipfile.ZipFile):
    """A ZIP that nobody closes when it is given up."""

    def __del__(self) -> None:
        """Nothing: a file that was given up half-way has nothing beneath it to be closed."""


class ZipStream:
    """One ZIP in the making. Names must differ; any characters are fine."""

    def __init__(self) -> None:
        self._window = _Window()
        self._zip = StreamedZip(self._window, "w", zipfile.ZIP_STORED)

    def add(self, name: str, content: bytes, modified_at: datetime) -> bytes:
        """The bytes of one more file; ``modified_at`` is aware and shown as UTC."""
        at = modified_at.astimezone(UTC)
        entry = zipfile.ZipInfo(name, (at.year, at.month, at.day, at.hour, at.minute, at.second))
        entry.external_attr = _READABLE
        self._zip.writestr(entry, content)
        return self._window.take()

    def finish(self) -> bytes:
        """The directory of all files; the ZIP is whole then."""
        self._zip.close()
        return self._window.take()


class _Window(io.BytesIO):
    """The end of a file. ``zipfile`` goes back to a header to fill it in, never further."""

    _taken_bytes = 0

    def tell(self) -> int:
        return self._taken_bytes + super().tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._taken_bytes + super().seek(offset - self._taken_bytes, whence)

    def take(self) -> bytes:
        """Everything written since the last call."""
        whole = self.getvalue()
        self._taken_bytes += len(whole)
        super().seek(0)
        self.truncate()
        return whole
