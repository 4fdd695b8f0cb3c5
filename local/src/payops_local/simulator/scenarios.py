"""What a scenario makes: facts with the instants at which they happen and are told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any, Protocol

from payops_contracts.envelope import DATA_CONTENT_TYPE

SOURCE = "urn:payops:simulator:hub"


@dataclass(frozen=True, slots=True, order=True)
class Telling:
    """One event on its way: told at ``at`` seconds since 1970, sorted by that."""

    at: float
    number: int
    """Keeps the order of equal instants."""
    topic: str = field(compare=False)
    event: dict[str, Any] = field(compare=False)
    of: tuple[str, float] | None = field(default=None, compare=False)
    """Of a subscription: its id, and from which end on this is not told any more."""


Story = tuple[float, list[Telling]]
"""The begin of a payment or a charge, and what is told of it."""


class Scenario(Protocol):
    """Makes the timelines of one kind."""

    def timelines(self, start: float, random: Random) -> Iterator[Story]:
        """(begin of the timeline, its tellings), in the order of their begins.

        Ids hold ``start``, which no two calls share, so that none is ever used again.
        """
        ...


def event(
    event_type: str, event_id: str, subject: str, time: str, data: Any, source: str = SOURCE
) -> dict[str, Any]:
    """A structured CloudEvent of the simulated hub, or of who else is simulated."""
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": source,
        "type": event_type,
        "subject": subject,
        "time": time,
        "datacontenttype": DATA_CONTENT_TYPE,
        "data": data,
    }


def instant_text(at: float) -> str:
    """Seconds since 1970 as events write an instant, to the millisecond."""
    instant = datetime.fromtimestamp(at, UTC)
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")
