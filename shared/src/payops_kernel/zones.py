"""A zone: its wall clock and its days, with every change of its offset."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAY = timedelta(days=1)


class Zone:
    """An IANA zone; raises ``ValueError`` for a name that is none."""

    def __init__(self, name: str) -> None:
        try:
            self._zone = ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"'{name}' is not an IANA zone such as Europe/Rome") from None
        self.name = name
        self.is_utc = name == "UTC"
        """Whether its clock is UTC's under UTC's own name."""

    # No cache by instant: a conversion takes 0.65 µs, zoneinfo keeps the zone's table itself, and
    # an hour of UTC may lie in two days of a zone with a half-hour offset.
    def local(self, instant: datetime) -> datetime:
        """The wall clock at an aware instant, aware too.

        Raises ``OverflowError`` when it lies before year 1 or after year 9999.
        """
        return instant.astimezone(self._zone)

    def date_of(self, instant: datetime) -> date:
        """The calendar date of an aware instant; raises as :meth:`local`."""
        return self.local(instant).date()

    def start_of(self, day: date) -> datetime:
        """The first instant of a day, in UTC: midnight, or what stands in its place.

        Clocks that skip midnight begin the day later, clocks that strike it twice the first time;
        a day that a zone left out is over as it begins. Raises as :meth:`local`.
        """
        return self.at(day, time.min)

    def at(self, day: date, clock: time) -> datetime:
        """When a day's wall clock shows a time, in UTC; chosen and raises as :meth:`start_of`."""
        return datetime.combine(day, clock, self._zone).astimezone(UTC)

    def end_of(self, day: date) -> datetime:
        """The first instant that is after a day, in UTC. Raises as :meth:`local`."""
        return self.start_of(day + DAY)


UTC_ZONE = Zone("UTC")


def known_zone(name: str) -> str:
    """The name, for a setting; raises ``ValueError`` when it is no zone's."""
    return Zone(name).name
