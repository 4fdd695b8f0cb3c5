"""Refund many: preview what would happen, confirm exactly that, and do it as a job."""

from dataclasses import dataclass
from typing import Any, Protocol

from payops_kernel.auth.principals import Principal
from payops_kernel.errors import Invalid
from payops_kernel.jobs.actors import stored_actor
from payops_kernel.lists.chosen import Chosen
from payops_kernel.ports import CommandAnswer, Work
from transactions.domain.bulk_previews import Preview, preview
from transactions.domain.bulk_refunds import BULK_ROWS_MAX, Candidate
from transactions.use_cases import bulk_previews
from transactions.use_cases.bulk_previews import KeepsPreviews, confirmed

KIND = "bulk-refund"
ACCEPTED = 202


class TooManyRows(Invalid):
    """More transactions than one bulk refund takes."""

    code = "bulk_refund_too_large"


class PreviewNotFound(bulk_previews.PreviewNotFound):
    """The preview is not there, not this caller's, or too old."""

    code = "bulk_refund_preview_not_found"


class SetChanged(bulk_previews.SetChanged):
    """What can be refunded changed since the preview."""

    code = "bulk_refund_set_changed"


class NothingChosen(bulk_previews.NothingChosen):
    """The preview promises no refund, or none that can still be requested."""

    code = "bulk_refund_nothing_chosen"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A preview that somebody confirms."""

    preview_id: str
    reason: str
    comment: str | None
    accept_removals: bool


class BulkRefundStore(KeepsPreviews, Protocol):
    """What bulk refunds need of the store."""

    async def candidates(self, chosen: Chosen, limit: int) -> list[Candidate]:
        """At most ``limit`` chosen transactions, as they are now."""
        ...

    def submit(self, work: Work, request: dict[str, Any], total: int) -> dict[str, Any]:
        """A queued job of whoever asked for the work, as they see it."""
        ...


class BulkRefund:
    """The use case behind previews and confirmations."""

    def __init__(self, store: BulkRefundStore) -> None:
        self._store = store

    async def preview(self, actor: Principal, chosen: Chosen) -> tuple[str, Preview]:
        """What would happen now, kept under an id for the confirmation."""
        found = await self._look(chosen)
        return await self._store.keep_preview(actor.subject, found.rows), found

    async def confirm(self, work: Work, wanted: Confirmation) -> CommandAnswer:
        """202 with the job; raises :class:`SetChanged` or :class:`NothingChosen`."""
        actor = work.context.actor
        rows = await work.read(
            lambda session: self._store.preview_rows(wanted.preview_id, actor.subject, session)
        )
        if rows is None:
            raise PreviewNotFound("There is no such preview of yours; previews live for an hour.")
        now = await self._look(Chosen(ids=tuple(row.transaction_id for row in rows)))
        kept = confirmed(rows, now, wanted.accept_removals, SetChanged, NothingChosen)
        request = {
            "preview_id": wanted.preview_id,
            "rows": [[row.transaction_id, row.available_minor] for row in kept.rows],
            "reason": wanted.reason,
            "comment": wanted.comment,
            "actor": stored_actor(actor),
            "traceparent": work.context.traceparent,
        }
        job = self._store.submit(work, request, len(kept.rows))
        work.audit(
            "refund.bulk-request",
            "job",
            job["job_id"],
            after={"rows": len(kept.rows), "left_out": kept.left_out},
        )
        return CommandAnswer(ACCEPTED, job)

    async def _look(self, chosen: Chosen) -> Preview:
        found = await self._store.candidates(chosen, BULK_ROWS_MAX + 1)
        if len(found) > BULK_ROWS_MAX:
            raise TooManyRows(f"One bulk refund takes {BULK_ROWS_MAX:,} rows; narrow the filter.")
        return preview(found, chosen.unknown(len(found)))
