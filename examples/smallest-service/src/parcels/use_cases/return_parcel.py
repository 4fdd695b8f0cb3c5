"""Send a parcel back to its sender: by hand, many at once, or because time is up."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from parcels.domain.parcel import Parcel, ParcelStatus
from payops_kernel.bulk.action import WorkAction
from payops_kernel.errors import NotFound
from payops_kernel.ports import CommandAnswer, DueRow, Repository, Work

UNCOLLECTED = "parcel-uncollected"


def parcel_not_found(parcel_id: str) -> NotFound:
    """The refusal for an id that nobody knows."""
    return NotFound(f"There is no parcel '{parcel_id}'.")


class ReturnParcel:
    """The use case behind all three entrances."""

    def __init__(self, parcels: Repository[Parcel]) -> None:
        self._parcels = parcels

    async def __call__(self, work: Work, parcel_id: str) -> CommandAnswer:
        """202 with the parcel's status; raises ``ParcelNotWaiting`` or not found."""
        parcel = await work.load(self._parcels, parcel_id)
        parcel.send_back(work.now, by=work.context.actor.subject)
        work.audit("parcel.return", "parcel", parcel.id, after={"status": parcel.status})
        work.save(parcel)
        return CommandAnswer(202, {"parcel_id": parcel.id, "status": parcel.status})

    async def when_due(self, work: Work, row: DueRow) -> None:
        """Time is up; nothing when the parcel does not wait any more."""
        parcel = await work.find(self._parcels, row.key)
        if parcel is not None and parcel.status is ParcelStatus.WAITING:
            await self(work, row.key)


class BulkReturn(WorkAction):
    """The rows of a job; many share a transaction."""

    kind, audited, row_name = "bulk-return", "parcel.bulk-return", "parcel"
    rows_max, takes = 10_000, "One bulk return takes {:,} parcels"

    def __init__(self, return_parcel: ReturnParcel) -> None:
        self._return_parcel = return_parcel

    async def do(self, work: Work, key: str, amount_minor: int | None) -> Mapping[str, Any]:
        """One parcel, for the reason of the confirmation; it is not about money."""
        return (await self._return_parcel(work, key)).body


def due_after(parcel: Parcel, wait: timedelta) -> Iterable[DueRow]:
    """What its last step makes due: a look at a parcel that arrived, after so long a wait."""
    if parcel.step is not None and parcel.step.status is ParcelStatus.WAITING:
        yield DueRow(UNCOLLECTED, parcel.id, parcel.step.at + wait, {})
