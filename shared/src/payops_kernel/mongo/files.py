"""Files in the service's own database, in chunks, so that every replica serves every file.

Not GridFS: the driver's gathers 48 MB of a file in memory, twice, before it stores any of it.
"""

from collections.abc import AsyncIterator
from uuid import uuid4

from bson import Binary

from payops_kernel.errors import NotFound
from payops_kernel.mongo.client import Collection, Database, Document

CHUNK_BYTES = 1024 * 1024
NUMBER_DIGITS = 8


class FileGone(NotFound):
    """The file was kept for its time and then deleted, or never was."""

    code = "file_gone"


class NewFile:
    """A file that is being written; its maker says elsewhere when it is whole."""

    def __init__(self, chunks: Collection) -> None:
        self.id = uuid4().hex
        self._chunks = chunks
        self._number = 0
        self._waiting = bytearray()

    async def write(self, data: bytes) -> None:
        """Append."""
        self._waiting += data
        while len(self._waiting) >= CHUNK_BYTES:
            await self._store(bytes(self._waiting[:CHUNK_BYTES]))
            del self._waiting[:CHUNK_BYTES]

    async def close(self) -> None:
        """Store the rest."""
        await self._store(bytes(self._waiting))
        self._waiting.clear()

    async def _store(self, data: bytes) -> None:
        chunk = {"_id": f"{self.id}/{self._number:0{NUMBER_DIGITS}d}", "data": Binary(data)}
        await self._chunks.insert_one(chunk)
        self._number += 1


class Files:
    """One collection of chunks. Whoever makes a file keeps its id and deletes it in time."""

    def __init__(self, db: Database, collection: str) -> None:
        self._chunks: Collection = db[collection]

    def new(self) -> NewFile:
        """Begin a file."""
        return NewFile(self._chunks)

    async def read(self, file_id: str) -> AsyncIterator[bytes]:
        """The content; raises :class:`FileGone`."""
        if await self._chunks.find_one(_of(file_id), {"_id": 1}) is None:
            raise FileGone("This file is no longer kept; make it again.")

        async def content() -> AsyncIterator[bytes]:
            async for chunk in self._chunks.find(_of(file_id), sort=[("_id", 1)], batch_size=2):
                yield bytes(chunk["data"])

        return content()

    async def delete(self, file_id: str) -> None:
        """Delete a file, finished or not; one that is gone already is fine."""
        await self._chunks.delete_many(_of(file_id))


def _of(file_id: str) -> Document:
    return {"_id": {"$gte": f"{file_id}/", "$lt": f"{file_id}0"}}  # "0" follows "/"
