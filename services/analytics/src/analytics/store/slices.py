"""How a slice is written: the facts that appeared or moved, and the buckets that count them."""

from collections.abc import Sequence
from typing import NamedTuple

from payops_kernel.mongo import (
    Collection,
    Document,
    InsertOne,
    ReplaceOne,
    Session,
    UpdateOne,
    expect_counts,
)


class SliceDocuments(NamedTuple):
    """What a slice writes."""

    appeared: Sequence[Document]
    moved: Sequence[Document]
    """Facts that this slice has read."""
    counted: Sequence[UpdateOne]
    """Differences of buckets."""


async def write_slice(
    facts: Collection, buckets: Collection, session: Session, slice_: SliceDocuments
) -> None:
    """All of it, each collection at once.

    Facts by ``_id`` alone: mongod refuses one that moved since the slice read it.
    """
    appeared, moved, counted = slice_
    writes: list[InsertOne[Document] | ReplaceOne[Document]] = [*map(InsertOne, appeared)]
    writes += [ReplaceOne({"_id": fact["_id"]}, fact) for fact in moved]
    if writes:
        result = await facts.bulk_write(writes, ordered=False, session=session)
        expect_counts(result, inserted=len(appeared), matched=len(moved))
    if counted:
        await buckets.bulk_write(list(counted), ordered=False, session=session)
