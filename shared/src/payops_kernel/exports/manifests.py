"""Manifests: what was exported, as of when, and whether the file is whole."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from payops_kernel.errors import NotFound
from payops_kernel.exports.export_run import ExportRun
from payops_kernel.mongo import (
    ASCENDING,
    Collection,
    Database,
    Document,
    IndexModel,
    Session,
    VersionConflict,
)
from payops_kernel.mongo.files import Files

COLLECTION = "exports"
FILES = "export_files"
KEPT_DAYS = 7
"""How long a manifest, and the file of a job, can be fetched."""
SWEEP_MAX = 100
"""Exports that one sweep deletes at most."""

INDEXES: dict[str, list[IndexModel]] = {
    COLLECTION: [IndexModel([("expires_at", ASCENDING)], name="expiry")],
    FILES: [],
}


class ExportState(StrEnum):
    """Whether a file is whole. One whose process died stays RUNNING, and is not whole."""

    RUNNING = "RUNNING"
    COMPLETE = "COMPLETE"
    INCOMPLETE = "INCOMPLETE"


class Broken(StrEnum):
    """Why a file is not whole."""

    CALLER_GONE = "caller_gone"
    CANCELLED = "cancelled"
    TOO_SLOW = "too_slow"
    STOPPED = "stopped"
    """The service stopped meanwhile."""
    FAILED = "failed"


class ExportNotFound(NotFound):
    """There is no such export, or it is somebody else's, or its time is over."""

    code = "export_not_found"


class Manifests:
    """The collection ``exports`` of a service's database, and the files of jobs beside it."""

    def __init__(self, db: Database) -> None:
        self.files = Files(db, FILES)
        self._rows: Collection = db[COLLECTION]

    async def open(
        self,
        run: ExportRun,
        positions: Sequence[Mapping[str, Any]],
        job_id: str | None = None,
        session: Session | None = None,
    ) -> None:
        """Store the manifest of a file that is begun; again when a job takes it up anew."""
        order, now = run.order, datetime.now(UTC)
        document: Document = {
            "state": ExportState.RUNNING.value,
            "owner": order.owner,
            "resource": order.resource.name,
            "format": order.format.name,
            "delimiter": order.style.delimiter.value if order.format.streams else None,
            "columns": [column.describe() for column in order.file_columns],
            "zone": order.zone.name,
            "filters": dict(order.filters),
            "sort": order.query.sort.text,
            "selected": order.selected,
            "positions": [dict(position) for position in positions],
            "job": job_id,
            "created_at": now,
            "expires_at": now + timedelta(days=KEPT_DAYS),
        }
        await self._rows.replace_one({"_id": run.id}, document, upsert=True, session=session)

    async def keep_file(self, export_id: str, file_id: str) -> None:
        """Note a file before it is written, so that it is deleted whatever happens."""
        await self._rows.update_one({"_id": export_id}, {"$set": {"file": file_id}})

    async def whole(self, export_id: str) -> Document | None:
        """The manifest of a file that is there as a whole."""
        complete = {"_id": export_id, "state": ExportState.COMPLETE.value}
        found: Document | None = await self._rows.find_one(complete)
        return found

    async def forget_file(self, export_id: str) -> None:
        """Delete what an earlier try of a job left."""
        found = await self._rows.find_one({"_id": export_id})
        if found is not None and found.get("file"):
            await self.files.delete(found["file"])

    async def is_open(self, export_id: str, session: Session) -> bool:
        """Whether the file has no end yet."""
        return bool(await self._rows.find_one(_still_open(export_id), {"_id": 1}, session=session))

    async def close(self, run: ExportRun, why: Broken | None, session: Session) -> None:
        """The file is whole, or never will be: ``why``.

        Raises ``VersionConflict`` when it has an end already.
        """
        state = ExportState.COMPLETE if why is None else ExportState.INCOMPLETE
        totals, segments = run.totals, run.reader.segments
        changes = {
            "state": state.value,
            "reason": None if why is None else why.value,
            "rows": totals.rows,
            "sums": totals.sums(),
            "bytes": totals.bytes,
            "sha256": totals.sha256,
            "as_of": [{"at": part.at, "first_row": part.first_row} for part in segments],
            "ended_at": datetime.now(UTC),
        }
        closed = await self._rows.update_one(
            _still_open(run.id), {"$set": changes}, session=session
        )
        if not closed.matched_count:
            raise VersionConflict(f"the export {run.id} has an end already")

    async def withdraw(self, export_id: str) -> None:
        """Delete the file of a job that was cancelled, also when it was whole by then."""
        cancelled = {"state": ExportState.INCOMPLETE.value, "reason": Broken.CANCELLED.value}
        await self._rows.update_one({"_id": export_id}, {"$set": cancelled})
        await self.forget_file(export_id)

    async def get(self, export_id: str) -> Document:
        """The stored manifest; raises :class:`ExportNotFound`."""
        found: Document | None = await self._rows.find_one({"_id": export_id})
        if found is None:
            raise ExportNotFound(f"There is no export '{export_id}' of yours.")
        return found

    async def sweep(self) -> int:
        """Delete exports whose time is over, their files first; how many."""
        past = {"expires_at": {"$lt": datetime.now(UTC)}}
        found = await self._rows.find(past, {"file": 1}, limit=SWEEP_MAX).to_list(SWEEP_MAX)
        for row in found:
            if row.get("file"):
                await self.files.delete(row["file"])
            await self._rows.delete_one({"_id": row["_id"]})
        return len(found)


def _still_open(export_id: str) -> Document:
    return {"_id": export_id, "state": ExportState.RUNNING.value}
