"""A partition's cursor: which records of a poll are the next ones, and whether the log is ours.

Pure: records in, a decision out. The consumer seeks, refuses or applies as it says.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum, auto

from payops_kernel.messaging.positions import Anchor, Position
from payops_kernel.messaging.records import Record


class Verdict(StrEnum):
    """What to do with the records of a poll."""

    APPLY = auto()
    """Apply them; they follow the cursor."""
    WAIT = auto()
    """Nothing of use in them; poll again."""
    SEEK = auto()
    """Read again from ``Selection.seek_to``."""
    REPOSITION = auto()
    """The log moved under us: look at its bounds and the stored position again."""
    REFUSE = auto()
    """This is not the log that was read before."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The verdict, the records to apply, where to seek, why it is refused."""

    verdict: Verdict
    records: Sequence[Record] = ()
    seek_to: int = 0
    reason: str = ""


@dataclass(slots=True)
class Cursor:
    """Where a partition stands in this process, between polls."""

    next: int
    anchor: Anchor | None
    awaiting_anchor: bool
    tried_seek_to: int | None = None
    follows: bool = False
    """Whether what is taken now was polled right behind what was applied last."""
    _began: int = field(init=False)

    def __post_init__(self) -> None:
        self._began = self.next

    @classmethod
    def at(cls, position: Position, log_start: int) -> "Cursor":
        """A cursor for a stored position; the anchor is awaited while the log still has it."""
        expected = position.last is not None and position.last.offset >= log_start
        return cls(position.next, position.last, awaiting_anchor=expected)

    @property
    def seek_to(self) -> int:
        """Where fetching starts: at the anchor, to see it again, or at ``next``."""
        if self.awaiting_anchor and self.anchor is not None:
            return self.anchor.offset
        return self.next

    def applied(self, following: int) -> None:
        """The slice before ``following`` is committed."""
        self.next = following
        self.tried_seek_to = None
        self.follows = True

    def passed(self, following: int) -> None:
        """No record lies before ``following``."""
        self.next = following
        self.tried_seek_to = None

    def polled_anew(self) -> None:
        """A poll begins: whether it follows what was applied before is to be seen."""
        self.follows = False

    def select(self, records: Sequence[Record]) -> Selection:
        """Which of a poll's records, all of one partition and in order, come next."""
        if (reason := self._in_the_void(records)) is not None:
            return Selection(Verdict.REFUSE, reason=reason)
        if self.awaiting_anchor and self.anchor is not None:
            selection = self._see_anchor(self.anchor, records)
            if selection is not None:
                return selection
            records = [record for record in records if record.offset >= self.next]
            if not records:
                return Selection(Verdict.WAIT)
        if records[0].offset < self.next:
            return Selection(Verdict.REPOSITION)
        if records[0].offset > self.next and not self._may_be_gap():
            # Perhaps a fetch from before a seek; the same gap again is a legal one.
            self.tried_seek_to = self.next
            return Selection(Verdict.SEEK, seek_to=self.next)
        return Selection(Verdict.APPLY, records)

    def leaves_out_some(self, records: Sequence[Record]) -> bool:
        """Whether some offset between ``next`` and the end of these records holds none of them."""
        return records[-1].offset - self.next + 1 != len(records)

    def _in_the_void(self, records: Sequence[Record]) -> str | None:
        # Behind the anchor the position was moved only over offsets that held no record.
        if self.anchor is None or self._began <= self.anchor.offset + 1:
            return None
        void = range(self.anchor.offset + 1, self._began)
        at = next((record.offset for record in records if record.offset in void), None)
        return None if at is None else f"a record lies at offset {at}, where there was none before"

    def _may_be_gap(self) -> bool:
        # Aborted records, the markers of transactions, what compaction left out.
        return self.follows or self.tried_seek_to == self.next

    def _see_anchor(self, anchor: Anchor, records: Sequence[Record]) -> Selection | None:
        at = next((record for record in records if record.offset >= anchor.offset), None)
        if at is None:
            return Selection(Verdict.WAIT)  # fetched before the seek
        if at.offset > anchor.offset:
            if self.tried_seek_to != anchor.offset:
                self.tried_seek_to = anchor.offset
                return Selection(Verdict.SEEK, seek_to=anchor.offset)
            return Selection(
                Verdict.REFUSE, reason=f"record {anchor.offset}, applied last, is gone from the log"
            )
        if not anchor.matches(at):
            return Selection(
                Verdict.REFUSE,
                reason=f"another record lies at offset {anchor.offset} than the one applied last",
            )
        self.awaiting_anchor = False
        self.tried_seek_to = None
        return None
