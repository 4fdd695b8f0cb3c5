"""Two clocks: business time here, lease time in MongoDB (``$$NOW``), never the other way round.

Business time decides due instants, timeouts and grace. Tests and demos drive it: one document a
platform holds the offset from real time, and every service reads it.
"""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Where business time comes from."""

    def now(self) -> datetime:
        """The present business instant, aware, UTC, to the millisecond."""
        ...


class PlatformClock:
    """Business time: the machine's, moved by the platform's offset.

    ``payops_kernel.platform_clock`` keeps the offset as the platform's document says.
    """

    def __init__(self, offset: timedelta = timedelta(0)) -> None:
        self.offset = offset

    def now(self) -> datetime:
        """The present instant, aware, UTC, to the millisecond."""
        now = datetime.now(UTC) + self.offset
        return now.replace(microsecond=now.microsecond // 1000 * 1000)


class DrivenClock:
    """Business time that stands still until it is moved: for tests."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        """The instant that was set last."""
        return self._now

    def advance(self, by: timedelta) -> None:
        """Move time on."""
        self._now += by
