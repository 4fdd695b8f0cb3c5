"""The days that KPIs count: days of one zone, with its changes of offset."""

from datetime import UTC, date, datetime

from payops_kernel.errors import DeadLetter, PayOpsError
from payops_kernel.zones import Zone


class OutsideTheCalendar(DeadLetter):
    """An instant whose day in the reporting zone lies before year 1 or after year 9999."""

    code = "outside_the_calendar"

    def __init__(self, message: str) -> None:
        super().__init__(message, reason=self.code)


class ReportingZoneChanged(PayOpsError):
    """The stored facts were counted by the days of another zone than the one that is set."""

    code = "reporting_zone_changed"
    title = "The KPIs were counted in another zone"
    status = 503

    def __init__(self, counted_in: str, asked: str) -> None:
        super().__init__(
            f"These KPIs were counted by the days of {counted_in}, and PAYOPS_ZONE is {asked}. "
            f"Set PAYOPS_ZONE to {counted_in}; or stop analytics, drop its database and start it "
            "again: it counts anew from the log."
        )


class ReportingZone(Zone):
    """The zone whose days are counted; raises ``ValueError`` for a name that is none."""

    def day_of(self, instant: datetime) -> str:
        """The day of an aware instant as ``YYYY-MM-DD``; raises :class:`OutsideTheCalendar`."""
        try:
            return self.date_of(instant).isoformat()
        except OverflowError:
            raise OutsideTheCalendar(
                f"{instant.isoformat()} has no day in the zone {self.name}"
            ) from None

    def same_time_on(self, day: date, instant: datetime) -> datetime:
        """When the wall clock shows on another day what it shows at an aware instant; in UTC."""
        clock = self.local(instant).time()
        return datetime.combine(day, clock, tzinfo=self._zone).astimezone(UTC)
