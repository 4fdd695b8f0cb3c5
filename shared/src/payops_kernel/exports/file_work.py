"""Exports that are jobs: the file is made in the worker role and kept until it is fetched."""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

from payops_kernel.errors import PayOpsError
from payops_kernel.exports.columns import ExportResource
from payops_kernel.exports.export_run import ExportRun
from payops_kernel.exports.manifests import Broken, Manifests
from payops_kernel.exports.orders import ExportOrder
from payops_kernel.exports.records import ExportRecords
from payops_kernel.jobs.actors import actor_of
from payops_kernel.jobs.work import CancelRequested, RunningJob
from payops_kernel.mongo import Database, is_transient
from payops_kernel.ports import CommandContext

KIND = "export"
COUNT_MAX = 5_000_000
"""Rows that are counted for the progress, at most."""


class FileWork:
    """Satisfies ``JobHandler``. A file that was not finished is made again from its first row."""

    def __init__(
        self,
        db: Database,
        manifests: Manifests,
        records: ExportRecords,
        resources: Mapping[str, ExportResource],
    ) -> None:
        self._db = db
        self._manifests = manifests
        self._records = records
        self._resources = resources

    async def run(self, running: RunningJob) -> Mapping[str, Any]:
        """Make the file; the result says where it and its manifest are."""
        request = running.job.request
        export_id: str = request["export_id"]
        order = ExportOrder.restored(request, self._resources)
        asked = CommandContext(actor_of(request))
        if (made := await self._manifests.whole(export_id)) is not None:
            running.done = running.total = made["rows"]
            return _result(export_id, made["rows"], made["bytes"])
        export_run = ExportRun(self._db, export_id, order, asked, request["at"])
        await self._manifests.forget_file(export_id)
        await export_run.begin()
        await self._manifests.open(export_run, await export_run.positions(), running.job.id)
        running.total = await export_run.count_up_to(COUNT_MAX)
        try:
            await self._write(running, export_run)
        except CancelRequested:
            await self._records.end(export_run, Broken.CANCELLED)
            raise
        except Exception as error:
            if not _is_tried_again(error):
                await self._records.end(export_run, Broken.FAILED)
            raise
        await self._records.end(export_run)
        return _result(export_id, export_run.totals.rows, export_run.totals.bytes)

    async def take_back(self, running: RunningJob) -> None:
        """Delete the file, were it whole."""
        await self._manifests.withdraw(running.job.request["export_id"])

    async def _write(self, running: RunningJob, export_run: ExportRun) -> None:
        file = self._manifests.files.new()
        await self._manifests.keep_file(export_run.id, file.id)
        try:
            async with aclosing(export_run.parts()) as parts:
                async for part in parts:
                    running.go_on()
                    await file.write(part)
                    running.done = export_run.totals.rows
            await file.close()
            running.go_on()
        except BaseException:
            await asyncio.shield(self._manifests.files.delete(file.id))
            raise


def _is_tried_again(error: Exception) -> bool:
    """As ``JobRunner`` decides: the file has not come to its end by such an error."""
    return error.retryable if isinstance(error, PayOpsError) else is_transient(error)


def _result(export_id: str, rows: int, size: int) -> Mapping[str, Any]:
    return {
        "export_id": export_id,
        "file": f"/v1/exports/{export_id}/file",
        "manifest": f"/v1/exports/{export_id}/manifest",
        "rows": rows,
        "bytes": size,
    }
