"""What bulk actions share: a preview is kept for its owner, and confirmed as it was."""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple, Protocol

from payops_kernel.errors import NotFound, PayOpsError
from payops_kernel.ports import Session
from transactions.domain.bulk_previews import Difference, Preview, PreviewRow, difference

NAMED_MAX = 100
"""How many transactions a refusal names; it counts the rest."""


class PreviewNotFound(NotFound):
    """The preview is not there, not this caller's, or too old."""

    code = "bulk_preview_not_found"


class SetChanged(PayOpsError):
    """The transactions changed since the preview."""

    code = "bulk_set_changed"
    title = "The transactions changed since the preview"
    status: ClassVar[int] = 409

    def __init__(self, changes: Difference) -> None:
        super().__init__(
            f"With {len(changes.gone)} it can no longer be done, and of {len(changes.changed)} the "
            "amount is another. Make a new preview, or send accept_removals=true to go on without "
            "them.",
            gone=list(changes.gone[:NAMED_MAX]),
            gone_total=len(changes.gone),
            changed=list(changes.changed[:NAMED_MAX]),
            changed_total=len(changes.changed),
        )


class NothingChosen(PayOpsError):
    """The preview promises nothing, or nothing that can still be done."""

    code = "bulk_nothing_chosen"
    title = "There is nothing to do"
    status: ClassVar[int] = 409


class KeepsPreviews(Protocol):
    """What previews need of the store."""

    async def keep_preview(self, owner: str, rows: Sequence[PreviewRow]) -> str:
        """Store a preview for an hour; its id."""
        ...

    async def preview_rows(
        self, preview_id: str, owner: str, session: Session
    ) -> list[PreviewRow] | None:
        """The rows of a preview of this owner; None when there is none."""
        ...


class Kept(NamedTuple):
    """What of a preview is confirmed."""

    rows: list[PreviewRow]
    left_out: int


def confirmed(
    rows: Sequence[PreviewRow],
    now: Preview,
    accept_removals: bool,
    set_changed: type[SetChanged],
    nothing_chosen: type[NothingChosen],
) -> Kept:
    """What of the previewed rows still holds.

    Raises ``set_changed`` when that is not all of them, ``nothing_chosen`` when it is none.
    """
    changes = difference(rows, now)
    if changes and not accept_removals:
        raise set_changed(changes)
    away = {*changes.gone, *changes.changed}
    kept = [row for row in rows if row.transaction_id not in away]
    if not kept:
        raise nothing_chosen("Of the previewed transactions none is left to do it with.")
    return Kept(kept, len(away))
