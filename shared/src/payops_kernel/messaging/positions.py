"""Where a group stands in a log: the fence, the commit point and the anchor, in one document."""

from dataclasses import dataclass

from payops_kernel.messaging.records import Record
from payops_kernel.mongo import (
    Collections,
    Document,
    DuplicateKeyError,
    IndexModel,
    Session,
    with_confirmed_reads,
)

COLLECTION = "positions"
CONFIRM_TIME_MS = 10_000
INDEXES: dict[str, list[IndexModel]] = {COLLECTION: []}


@dataclass(frozen=True, slots=True)
class Anchor:
    """The last record that was applied, so that another log can be told from ours."""

    offset: int
    timestamp: int
    crc32: int

    @classmethod
    def of(cls, record: Record) -> "Anchor":
        """The anchor that a record leaves."""
        return cls(record.offset, record.timestamp, record.crc)

    def matches(self, record: Record) -> bool:
        """Whether this very record lies where the anchor lay."""
        return self == Anchor.of(record)


@dataclass(frozen=True, slots=True)
class Position:
    """``next``: the first offset that is not applied yet."""

    next: int
    last: Anchor | None


class FenceLost(Exception):
    """The stored position is not where this consumer believed it to be."""


class Positions:
    """The ``positions`` collection: one row a group, topic and partition."""

    def __init__(self, db: Collections, group: str, topic: str) -> None:
        self._rows = db[COLLECTION]
        self._prefix = f"{group}/{topic}/"

    def row_id(self, partition: int) -> str:
        """``group/topic/partition``."""
        return f"{self._prefix}{partition}"

    async def load(self, partition: int) -> Position | None:
        """The stored position, or None before the first start."""
        row = await self._rows.find_one({"_id": self.row_id(partition)})
        return None if row is None else _position(row)

    async def load_confirmed(self, partition: int) -> Position | None:
        """The position with every write before this call in it, and none that could be undone.

        A majority read alone may still show the state before a commit whose result was lost.
        """
        rows = with_confirmed_reads(self._rows)
        row = await rows.find_one({"_id": self.row_id(partition)}, max_time_ms=CONFIRM_TIME_MS)
        return None if row is None else _position(row)

    async def load_all(self, session: Session | None = None) -> dict[int, Position]:
        """The stored positions of every partition of the topic."""
        rows = self._rows.find(
            {"_id": {"$gte": self._prefix, "$lt": self._prefix[:-1] + "0"}}, session=session
        )
        return {int(str(row["_id"]).rpartition("/")[2]): _position(row) async for row in rows}

    async def begin(self, partition: int, log_start: int) -> Position:
        """Write the first position; when another consumer was quicker, take what it wrote."""
        try:
            await self._rows.insert_one(
                {"_id": self.row_id(partition), "next": log_start, "last": None}
            )
        except DuplicateKeyError:
            stored = await self.load(partition)
            return stored or Position(log_start, None)
        return Position(log_start, None)

    async def advance(self, partition: int, expected: int, last: Anchor, session: Session) -> None:
        """Compare-and-set ``next`` to the offset behind ``last``, or :class:`FenceLost`."""
        result = await self._rows.update_one(
            {"_id": self.row_id(partition), "next": expected},
            {
                "$set": {
                    "next": last.offset + 1,
                    "last": {
                        "offset": last.offset,
                        "timestamp": last.timestamp,
                        "crc32": last.crc32,
                    },
                }
            },
            session=session,
        )
        if result.matched_count != 1:
            raise FenceLost(self.row_id(partition))

    async def pass_over(self, partition: int, expected: int, following: int) -> bool:
        """Compare-and-set ``next`` over offsets without a record; False when it had moved.

        The anchor stays. Done twice or undone it does no harm: it applies nothing.
        """
        result = await self._rows.update_one(
            {"_id": self.row_id(partition), "next": expected}, {"$set": {"next": following}}
        )
        return bool(result.matched_count)


def _position(row: Document) -> Position:
    last = row["last"]
    return Position(
        next=row["next"],
        last=None if last is None else Anchor(last["offset"], last["timestamp"], last["crc32"]),
    )
