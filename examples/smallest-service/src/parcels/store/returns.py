"""The job that sends many parcels back: which were chosen, and each of its rows."""

from collections.abc import AsyncIterator, Sequence

from parcels.store.parcels import COLLECTION, ParcelStore
from parcels.use_cases.return_parcel import ReturnParcel
from payops_kernel.jobs.actors import actor_of, stored_actor
from payops_kernel.jobs.job import Job, job_body
from payops_kernel.jobs.row_store import JobRow, PlannedRow, RowOutcome
from payops_kernel.jobs.runner import JobRunner
from payops_kernel.lists.chosen import Chosen
from payops_kernel.lists.reads import chosen_rows
from payops_kernel.mongo import Collections
from payops_kernel.ports import CommandAnswer, CommandContext, Work

KIND = "return-parcels"
ROWS_MAX = 10_000


class ReturnParcels:
    """Satisfies ``RowHandler``: each row is one parcel."""

    indexes = ParcelStore.indexes

    def __init__(self, db: Collections, runner: JobRunner, return_parcel: ReturnParcel) -> None:
        self._parcels, self._runner, self._return_parcel = db[COLLECTION], runner, return_parcel

    async def __call__(self, work: Work, chosen: Chosen) -> CommandAnswer:
        """202 with the job, for the first ``ROWS_MAX`` of the chosen parcels."""
        found = await chosen_rows(self._parcels, chosen, ROWS_MAX, {"_id": 1})
        ids, actor = [row["_id"] for row in found], stored_actor(work.context.actor)
        job = self._runner.submit(work, KIND, {"parcels": ids, "actor": actor}, total=len(ids))
        work.audit("parcel.bulk-return", "job", job.id, after={"rows": len(ids)})
        return CommandAnswer(202, job_body(job))

    async def plan(self, job: Job) -> AsyncIterator[Sequence[PlannedRow]]:
        """The chosen parcels, in their order."""
        yield [PlannedRow(parcel_id, {}) for parcel_id in job.request["parcels"]]

    def context(self, row: JobRow) -> CommandContext:
        """Whoever asked for the job."""
        return CommandContext(actor_of(row.job.request), row_key=row.idempotency_key)

    async def do(self, work: Work, row: JobRow) -> RowOutcome:
        """One parcel."""
        return RowOutcome(data=(await self._return_parcel(work, row.key)).body)
