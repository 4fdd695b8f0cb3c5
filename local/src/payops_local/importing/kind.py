"""What a kind of import must say of itself: the one seam between rows and their meaning."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from payops_contracts.topics import Topic
from payops_local.event_publisher import Message
from payops_local.importing.mapping import FileFormat

Convert = Callable[[Sequence[str]], "Imported"]
"""A row's cells → what it says; raises :class:`payops_local.importing.cells.BadRow`."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What one good row says."""

    key: str
    """The aggregate's id: Kafka's key."""
    content: bytes
    """What must be the same in every row about the same key."""
    events: tuple[bytes, ...]
    """Structured CloudEvents, valid by their contract, in their order."""
    currency: str
    amount_minor: int
    others: tuple[Message, ...] = ()
    """What it says besides of other aggregates, such as a subscription's payments."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A sub-command of `import`: its word, its topic, and how a mapping becomes a converter."""

    name: str
    noun: str
    """What a row is, in the plural, for the summary."""
    topic: Topic
    open: Callable[[str], Opened]
    """Finds and reads the mapping of that name; raises PlatformError."""
    other_topics: tuple[Topic, ...] = ()
    """Where the events about other aggregates go."""

    @property
    def topics(self) -> tuple[str, ...]:
        """The names of all topics that it sends to."""
        return self.topic.name, *(topic.name for topic in self.other_topics)


@dataclass(frozen=True, slots=True)
class Opened:
    """A mapping that was read, waiting for a file's header."""

    name: str
    layout: FileFormat
    converter: Callable[[Sequence[str]], Convert]
    """Header → converter; raises PlatformError when a column that is named is not there."""
