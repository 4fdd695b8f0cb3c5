"""Refund many: preview what would happen, confirm exactly that, and do it as a job."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from payops_kernel.auth.principals import Principal
from payops_kernel.errors import Invalid, NotFound, PayOpsError
from payops_kernel.jobs.actors import stored_actor
from payops_kernel.ports import Answer, CommandContext, RunsCommands, Session, Work
from transactions.domain.bulk_refunds import (
    BULK_ROWS_MAX,
    Candidate,
    Difference,
    Preview,
    PreviewRow,
    difference,
    preview,
)
from transactions.use_cases.choosing import Chosen

KIND = "bulk-refund"
ACCEPTED = 202
NAMED_MAX = 100
"""How many transactions a refusal names; it counts the rest."""


class TooManyRows(Invalid):
    """More transactions than one bulk refund takes."""

    code = "bulk_refund_too_large"


class PreviewNotFound(NotFound):
    """The preview is not there, not this caller's, or too old."""

    code = "bulk_refund_preview_not_found"


class SetChanged(PayOpsError):
    """The transactions changed since the preview."""

    code = "bulk_refund_set_changed"
    title = "The transactions changed since the preview"
    status = 409


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A preview that somebody confirms."""

    preview_id: str
    reason: str
    comment: str | None
    accept_removals: bool


class BulkRefundStore(Protocol):
    """What bulk refunds need of the store."""

    async def candidates(self, chosen: Chosen, limit: int) -> list[Candidate]:
        """At most ``limit`` chosen transactions, as they are now."""
        ...

    async def keep_preview(self, owner: str, rows: Sequence[PreviewRow]) -> str:
        """Store a preview for an hour; its id."""
        ...

    async def preview_rows(
        self, preview_id: str, owner: str, session: Session
    ) -> list[PreviewRow] | None:
        """The rows of a preview of this owner; None when there is none."""
        ...

    async def submit(
        self, owner: str, request: dict[str, Any], total: int, session: Session
    ) -> dict[str, Any]:
        """A queued job in the caller's transaction, as its owner sees it."""
        ...


class BulkRefund:
    """The use case behind previews and confirmations."""

    def __init__(
        self, commands: RunsCommands, store: BulkRefundStore, submitted: Callable[[], None]
    ) -> None:
        self._commands = commands
        self._store = store
        self._submitted = submitted

    async def preview(self, actor: Principal, chosen: Chosen) -> tuple[str, Preview]:
        """What would happen now, kept under an id for the confirmation."""
        found = await self._look(chosen)
        return await self._store.keep_preview(actor.subject, found.rows), found

    async def confirm(self, context: CommandContext, wanted: Confirmation) -> Answer:
        """202 with the job; raises :class:`SetChanged` with the difference."""

        async def body(work: Work) -> Answer:
            return await self._confirm(work, wanted)

        answer = await self._commands.run(context, body)
        self._submitted()
        return answer

    async def _confirm(self, work: Work, wanted: Confirmation) -> Answer:
        actor = work.context.actor
        rows = await self._store.preview_rows(wanted.preview_id, actor.subject, work.session)
        if rows is None:
            raise PreviewNotFound("There is no such preview of yours; previews live for an hour.")
        now = await self._look(Chosen(ids=tuple(row.transaction_id for row in rows)))
        changes = difference(rows, now)
        if changes and not wanted.accept_removals:
            raise _set_changed(changes)
        away = {*changes.gone, *changes.changed}
        kept = [row for row in rows if row.transaction_id not in away]
        request = {
            "preview_id": wanted.preview_id,
            "rows": [[row.transaction_id, row.available_minor] for row in kept],
            "reason": wanted.reason,
            "comment": wanted.comment,
            "actor": stored_actor(actor),
            "traceparent": work.context.traceparent,
        }
        job = await self._store.submit(actor.subject, request, len(kept), work.session)
        work.audit(
            "refund.bulk-request",
            "job",
            job["job_id"],
            after={"rows": len(kept), "left_out": len(away)},
        )
        return Answer(ACCEPTED, job)

    async def _look(self, chosen: Chosen) -> Preview:
        found = await self._store.candidates(chosen, BULK_ROWS_MAX + 1)
        if len(found) > BULK_ROWS_MAX:
            raise TooManyRows(f"One bulk refund takes {BULK_ROWS_MAX:,} rows; narrow the filter.")
        return preview(found)


def _set_changed(changes: Difference) -> SetChanged:
    return SetChanged(
        f"{len(changes.gone)} can no longer be refunded and of {len(changes.changed)} another "
        "amount is left. Make a new preview, or send accept_removals=true to go on without them.",
        gone=list(changes.gone[:NAMED_MAX]),
        gone_total=len(changes.gone),
        changed=list(changes.changed[:NAMED_MAX]),
        changed_total=len(changes.changed),
    )
