"""Previews, confirmations and jobs of a bulk action, on MongoDB."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, NamedTuple
from uuid import uuid4

from payops_contracts.money import Money
from payops_kernel.bulk.action import (
    BulkAction,
    Candidate,
    IndependentAction,
    Preview,
    PreviewNotFound,
    PreviewRow,
    WorkAction,
)
from payops_kernel.jobs.actors import actor_of, stored_actor
from payops_kernel.jobs.independent_rows import IndependentRowWork
from payops_kernel.jobs.job import Job, job_body
from payops_kernel.jobs.row_store import JobRow, PlannedRow, RowOutcome
from payops_kernel.jobs.row_work import RowWork
from payops_kernel.jobs.runner import JobRunner
from payops_kernel.jobs.store import Jobs
from payops_kernel.jobs.work import RunningJob
from payops_kernel.lists.chosen import Chosen
from payops_kernel.lists.reads import chosen_rows
from payops_kernel.mongo import ASCENDING, Database, Document, IndexModel, Mongo, Session
from payops_kernel.ports import CommandAnswer, CommandContext, Work
from payops_kernel.work import Works

PREVIEW_LIVES = timedelta(hours=1)
PLAN_BATCH = 1_000


def preview_indexes(action: type[BulkAction]) -> dict[str, list[IndexModel]]:
    """The collection of an action's previews, and its index."""
    expiry = IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0)
    return {f"{action.kind.replace('-', '_')}_previews": [expiry]}


class Candidates(NamedTuple):
    """How rows of a collection are looked at: the fields that are read, and what they mean."""

    collection: str
    fields: Sequence[str]
    read: Callable[[Document], Candidate]


class Bulk:
    """The use case behind the previews and confirmations of an action."""

    def __init__(
        self, db: Database, runner: JobRunner, action: BulkAction, candidates: Candidates
    ) -> None:
        (collection,) = preview_indexes(type(action))
        self._previews = db[collection]
        self._rows = db[candidates.collection]
        self._candidates = candidates
        self._runner = runner
        self.action = action

    async def preview(self, owner: str, chosen: Chosen) -> tuple[str, Preview]:
        """What would be done now, kept for an hour under an id; raises ``TooManyRows``."""
        found = await self._look(chosen)
        initials = "".join(word[0] for word in self.action.kind.split("-"))
        preview_id = f"{initials}p-{uuid4().hex}"
        await self._previews.insert_one(
            {
                "_id": preview_id,
                "owner": owner,
                "rows": [[row.key, *(row.money or ())] for row in found.rows],
                "expires_at": datetime.now(UTC) + PREVIEW_LIVES,
            }
        )
        return preview_id, found

    async def confirm(self, work: Work, preview_id: str, accept_removals: bool) -> CommandAnswer:
        """202 with the job: what was previewed is what it does, whatever comes later.

        Raises ``PreviewNotFound``, ``SetChanged`` or ``NothingChosen``.
        """
        context, action = work.context, self.action
        before = await work.read(lambda s: self._previewed(preview_id, context.actor.subject, s))
        now = await self._look(Chosen(ids=tuple(row.key for row in before)))
        kept = action.confirmed(before, now, accept_removals)
        request: dict[str, Any] = {
            "preview_id": preview_id,
            "actor": stored_actor(context.actor),
            "traceparent": context.traceparent,
        }
        if isinstance(action, WorkAction):
            request["rows"] = [[row.key, row.money and row.money.amount_minor] for row in kept]
        else:
            request["ids"] = [row.key for row in kept]
        if context.reason is not None:
            request |= {"reason": context.reason, "comment": context.comment}
        job = self._runner.submit(work, action.kind, request, total=len(kept))
        told = {"rows": len(kept), "left_out": len(before) - len(kept)}
        work.audit(action.audited, "job", job.id, after=told)
        return CommandAnswer(HTTPStatus.ACCEPTED, job_body(job))

    async def _look(self, chosen: Chosen) -> Preview:
        _, fields, read = self._candidates
        limit = self.action.rows_max + 1
        found = await chosen_rows(self._rows, chosen, limit, dict.fromkeys(fields, 1))
        return self.action.preview([read(row) for row in found], chosen.unknown(len(found)))

    async def _previewed(self, preview_id: str, owner: str, session: Session) -> list[PreviewRow]:
        alive = {"_id": preview_id, "owner": owner, "expires_at": {"$gt": datetime.now(UTC)}}
        found = await self._previews.find_one(alive, session=session)
        if found is None:
            none = "There is no such preview of yours; previews live for an hour."
            raise self.action.coded(PreviewNotFound(none))
        return [PreviewRow(key, Money(*money) if money else None) for key, *money in found["rows"]]


class BulkWork:
    """Satisfies ``JobHandler``: the rows of an action, then its result."""

    def __init__(
        self, mongo: Mongo, works: Works, jobs: Jobs, action: BulkAction, **options: int
    ) -> None:
        """``options`` are those of the work over rows."""
        self._action = action
        self._work: RowWork | IndependentRowWork
        match action:
            case WorkAction():
                self._work = RowWork(mongo, works, jobs, _SharedRows(action), **options)
            case IndependentAction(rows_at_once=lanes):
                rows = _IndependentRows(action)
                self._work = IndependentRowWork(mongo, jobs, rows, rows_at_once=lanes)
            case _:
                raise TypeError(f"{action.kind} does no rows")

    async def run(self, running: RunningJob) -> Mapping[str, Any]:
        """Do the rows."""
        await self._work.run(running)
        return self._action.result(running.job.id, running.counts)

    async def take_back(self, running: RunningJob) -> None:
        """Cancel the rows that were not begun."""
        await self._work.take_back(running)


class _Rows:
    async def plan(self, job: Job) -> AsyncIterator[Sequence[PlannedRow]]:
        """The confirmed rows, in their order."""
        request = job.request
        planned = [PlannedRow(key, {}) for key in request.get("ids", ())]
        planned += [
            PlannedRow(key, {"amount_minor": amount}) for key, amount in request.get("rows", ())
        ]
        for start in range(0, len(planned), PLAN_BATCH):
            yield planned[start : start + PLAN_BATCH]

    def context(self, row: JobRow) -> CommandContext:
        """Whoever confirmed the job, for their reason."""
        request = row.job.request
        return CommandContext(
            actor_of(request),
            reason=request.get("reason"),
            comment=request.get("comment"),
            traceparent=request.get("traceparent"),
            row_key=row.idempotency_key,
        )


class _SharedRows(_Rows):
    """Satisfies ``RowHandler``."""

    def __init__(self, action: WorkAction) -> None:
        self._action = action

    async def do(self, work: Work, row: JobRow) -> RowOutcome:
        return RowOutcome(data=await self._action.do(work, row.key, row.payload["amount_minor"]))


class _IndependentRows(_Rows):
    """Satisfies ``OwnRowHandler``."""

    def __init__(self, action: IndependentAction) -> None:
        self._action = action

    async def do(self, row: JobRow) -> RowOutcome:
        return RowOutcome(data=await self._action.do(self.context(row), row.key))
