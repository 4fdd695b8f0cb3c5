"""What every fact from upstream has, and what a history knows of it: pure, for domains."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol, TypeVar

from payops_contracts.envelope import Envelope
from payops_kernel.contradictions import CONTRADICTIONS_KEPT_MAX, Contradiction, shown
from payops_kernel.errors import DeadLetter


class Cause(NamedTuple):
    """The event or request behind a step. ``(source, event_id)`` is its identity.

    ``digest`` is that of an event's content, so that another content under its id is noticed.
    """

    source: str
    event_id: str
    occurred_at: datetime
    traceparent: str | None = None
    correlation_id: str | None = None
    digest: int | None = None


def cause_of(event: Envelope, digest: int | None = None) -> Cause:
    """The cause that an event from outside is; ``digest`` is that of its content."""
    return Cause(event.source, event.id, event.time, event.traceparent, event.correlationid, digest)


class IdentityContradiction(DeadLetter):
    """The same id with another amount or currency."""

    code = "identity_contradiction"

    def __init__(self, message: str) -> None:
        super().__init__(message, reason=self.code)


class HistoryFull(DeadLetter):
    """The aggregate has as much history as one may have."""

    code = "history_full"

    def __init__(self, message: str) -> None:
        super().__init__(message, reason=self.code)


class Row(Protocol):
    """A row of a history."""

    @property
    def event(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def event_id(self) -> str: ...
    @property
    def digest(self) -> int | None: ...


R = TypeVar("R", bound=Row)


def seen_in(history: Iterable[R], cause: Cause) -> R | None:
    """The row of this very event; None when it was not there yet."""
    source, event_id = cause.source, cause.event_id
    for row in history:
        if row.event_id == event_id and row.source == source:
            return row
    return None


def contradiction_in(
    history: Sequence[Row], cause: Cause, seen: Row, event: str
) -> tuple[Contradiction, str | None]:
    """That an event says something else than at first, and the note of the row that keeps it.

    ``event`` is what such rows are. None for a content that one of them keeps already, and when
    there are as many as are kept.
    """
    first, other = seen.digest or 0, cause.digest or 0
    known = [(row.source, row.event_id, row.digest) for row in history if row.event == event]
    news = (cause.source, cause.event_id, other) not in known
    kept = news and len(known) < CONTRADICTIONS_KEPT_MAX
    note = f"ignored: its content is {shown(other)}, and was {shown(first)} at first"
    contradiction = Contradiction(cause.source, cause.event_id, first, other, news)
    return contradiction, note if kept else None
