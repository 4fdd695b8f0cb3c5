"""The latest changes in the order in which they were read, for streams that come back."""

import secrets
from collections import deque
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import NamedTuple

import orjson

CHANGES_MAX = 4_096
"""How many are kept; who missed more is told to read again."""


class Change(NamedTuple):
    """Something happened to a thing; never what, nor what it is now."""

    number: int
    kind: str
    subject: str
    version: int
    at: datetime
    """When we read of it."""

    @property
    def is_new(self) -> bool:
        """Whether the thing came to be by this."""
        return self.version == 1


def subject_and_version(value: bytes | None) -> tuple[str, int] | None:
    """What an event of ours is about, and the version after it; None for anything else."""
    try:
        event = orjson.loads(value or b"")
        return str(event["subject"]), int(event["sequence"])
    except (ValueError, KeyError, TypeError):
        return None


class LatestChanges:
    """A ring of changes. Its numbers have no gap; an epoch tells those of other rings apart."""

    def __init__(self) -> None:
        self._changes: deque[Change] = deque(maxlen=CHANGES_MAX)
        self._epoch = ""
        self._last = 0
        self.complete_since: datetime | None = None
        """Nothing that came after this instant is missing; None until there is a first."""

    @property
    def place(self) -> str:
        """The id of an event that accounts for all that there is until now."""
        return f"{self._epoch}-{self._last}"

    def begin(self, at: datetime) -> None:
        """Something may have been missed before ``at``: no place of before is known any more."""
        self._changes.clear()
        self._epoch = secrets.token_hex(6)
        self.complete_since = at

    def add(self, kind: str, subject: str, version: int, at: datetime) -> Change:
        """The next change."""
        if len(self._changes) == CHANGES_MAX:
            self.complete_since = self._changes[0].at
        self._last += 1
        change = Change(self._last, kind, subject, version, at)
        self._changes.append(change)
        return change

    def after(self, place: str) -> Iterator[Change] | None:
        """The changes after a place that was given out, or None when some are not kept."""
        epoch, _, number = place.partition("-")
        if epoch != self._epoch or not number.isdecimal() or int(number) > self._last:
            return None
        missed = self._last - int(number)
        if missed > len(self._changes):
            return None
        return islice(self._changes, len(self._changes) - missed, None)

    def since(self, instant: datetime) -> Iterator[Change] | None:
        """The changes after an instant, or None when some are not kept."""
        if self.complete_since is None or instant < self.complete_since:
            return None
        return (change for change in self._changes if change.at >= instant)
