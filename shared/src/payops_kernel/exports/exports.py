"""Exports of a service: answered at once, or handed to a job."""

import asyncio
from datetime import UTC, datetime
from http import HTTPStatus

from starlette.responses import Response

from payops_kernel.errors import PayOpsError
from payops_kernel.exports.columns import ExportResource
from payops_kernel.exports.export_run import ExportRun
from payops_kernel.exports.file_work import KIND, FileWork
from payops_kernel.exports.manifests import SWEEP_MAX, Manifests
from payops_kernel.exports.orders import DIRECT_ROWS_MAX, ExportOrder
from payops_kernel.exports.records import ExportRecords, told_of
from payops_kernel.exports.streaming import StreamedExport
from payops_kernel.jobs.actors import stored_actor
from payops_kernel.jobs.ids import time_ordered_id
from payops_kernel.jobs.job import job_body
from payops_kernel.jobs.routes import job_accepted
from payops_kernel.jobs.runner import JobRunner
from payops_kernel.logging import get_logger
from payops_kernel.mongo import Mongo, PyMongoError, QueryTooBroad
from payops_kernel.ports import CommandAnswer, CommandContext, RunsCommands, Work
from payops_kernel.zones import UTC_ZONE, Zone

STREAMS_AT_ONCE = 4
"""Files that one process sends side by side."""
SWEEP_SECONDS = 3_600.0
"""How often exports whose time is over are deleted."""


log = get_logger(__name__)


class TooManyExports(PayOpsError):
    """This process sends as many files as it may; one more would slow all of them down."""

    code = "too_many_exports"
    title = "Too many exports at once"
    status = 429
    retryable = True


class Exports:
    """Answers orders."""

    def __init__(
        self,
        mongo: Mongo,
        runner: JobRunner,
        commands: RunsCommands,
        zone: Zone = UTC_ZONE,
    ) -> None:
        """``zone`` is the reporting zone, for the orders of a service's routes."""
        self.zone = zone
        self.manifests = Manifests(mongo.db)
        self.resources: dict[str, ExportResource] = {}
        """What can be exported, by name; every list adds its own."""
        self._mongo = mongo
        self._runner = runner
        self._commands = commands
        self._slots = asyncio.Semaphore(STREAMS_AT_ONCE)
        self._records = ExportRecords(commands, self.manifests)
        runner.handle(KIND, FileWork(mongo.db, self.manifests, self._records, self.resources))

    async def answer(self, order: ExportOrder, context: CommandContext) -> Response:
        """The file, or 202 and a job when it is too large to be waited for.

        Raises ``QueryTooBroad`` and :class:`TooManyExports`.
        """
        if self._slots.locked():
            raise TooManyExports("Several exports are being sent; try again in a moment.")
        await self._slots.acquire()
        handed_over = False
        try:
            export_id = time_ordered_id(self._runner.jobs.service)
            export_run = ExportRun(self._mongo.db, export_id, order, context)
            await export_run.begin()
            if not order.format.streams and await self._is_large(export_run):
                return job_accepted(await self._submit(export_run))
            answer = await self._stream(export_run)
            handed_over = True
            return answer
        finally:
            if not handed_over:
                self._slots.release()

    async def sweep(self) -> None:
        """Delete exports whose time is over, until cancelled; for one task of the worker role."""
        while True:
            try:
                while await self.manifests.sweep() == SWEEP_MAX:
                    pass
            except PyMongoError as error:
                log.warning("exports.not_swept", error=str(error)[:200])
            await asyncio.sleep(SWEEP_SECONDS)

    async def _is_large(self, export_run: ExportRun) -> bool:
        try:
            return await export_run.count_up_to(DIRECT_ROWS_MAX + 1) > DIRECT_ROWS_MAX
        except QueryTooBroad:
            return True  # rows so far apart take their time: a job may

    async def _submit(self, run: ExportRun) -> CommandAnswer:
        request = {**run.order.stored(), "export_id": run.id, "at": run.reader.snapshot.at}
        request["actor"] = stored_actor(run.context.actor)
        told = {"export_id": run.id, **told_of(run.order)}

        async def body(work: Work) -> CommandAnswer:
            job = self._runner.submit(work, KIND, request)
            work.audit("export.request", "job", job.id, after=told)
            return CommandAnswer(HTTPStatus.ACCEPTED, job_body(job))

        return await self._commands.record(run.context, body)

    async def _stream(self, run: ExportRun) -> StreamedExport:
        await self._records.start(run)
        name, extension = run.order.resource.name, run.order.format.extension
        headers = {
            "Export-Id": run.id,
            "Link": f'</v1/exports/{run.id}/manifest>; rel="describedby"',
            **file_headers(name, extension, datetime.now(UTC)),
        }
        return StreamedExport(run, self._records, self._slots, headers)


def file_headers(resource: str, extension: str, made_at: datetime) -> dict[str, str]:
    """How a file is to be named when it is saved."""
    name = f"{resource}-{made_at:%Y%m%dT%H%M%SZ}.{extension}"
    return {"Content-Disposition": f'attachment; filename="{name}"'}
