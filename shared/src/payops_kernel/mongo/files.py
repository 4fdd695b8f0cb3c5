"""Files in the service's own database (GridFS), so that every replica serves every file."""

from collections.abc import AsyncIterator
from typing import Any

from bson import ObjectId
from gridfs.errors import NoFile
from motor.motor_asyncio import AsyncIOMotorGridFSBucket
from pymongo import ASCENDING, IndexModel

from payops_kernel.errors import NotFound
from payops_kernel.mongo.client import Database

CHUNK_BYTES = 1024 * 1024


class FileGone(NotFound):
    """The file was kept for its time and then deleted, or never was."""

    code = "file_gone"


def file_indexes(bucket: str) -> dict[str, list[IndexModel]]:
    """The collections and indexes of a bucket, made up front as all others are."""
    return {
        f"{bucket}.files": [
            IndexModel([("filename", ASCENDING), ("uploadDate", ASCENDING)]),
        ],
        f"{bucket}.chunks": [
            IndexModel([("files_id", ASCENDING), ("n", ASCENDING)], unique=True),
        ],
    }


class NewFile:
    """A file that is being written. Nothing can read it before :meth:`close`."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.id = str(stream._id)

    async def write(self, data: bytes) -> None:
        """Append."""
        await self._stream.write(data)

    async def close(self) -> None:
        """Make it readable."""
        await self._stream.close()

    async def discard(self) -> None:
        """Delete what was written so far."""
        await self._stream.abort()


class Files:
    """One bucket of files. Whoever makes one keeps its id and deletes it in time."""

    def __init__(self, db: Database, bucket: str) -> None:
        self._db = db
        self._name = bucket

    def new(self, name: str) -> NewFile:
        """Begin a file."""
        return NewFile(self._bucket().open_upload_stream(name, chunk_size_bytes=CHUNK_BYTES))

    async def read(self, file_id: str) -> tuple[int, AsyncIterator[bytes]]:
        """The file's length in bytes and its content; raises :class:`FileGone`."""
        try:
            stream = await self._bucket().open_download_stream(ObjectId(file_id))
        except NoFile as error:
            raise FileGone("This file is no longer kept; make it again.") from error

        async def content() -> AsyncIterator[bytes]:
            while part := await stream.readchunk():
                yield part

        return stream.length, content()

    async def delete(self, file_id: str) -> None:
        """Delete a file, finished or not; one that is gone already is fine."""
        try:
            await self._bucket().delete(ObjectId(file_id))
        except NoFile:
            return

    def _bucket(self) -> AsyncIOMotorGridFSBucket:
        # Made on use: a bucket binds to the running loop.
        return AsyncIOMotorGridFSBucket(self._db, bucket_name=self._name)
