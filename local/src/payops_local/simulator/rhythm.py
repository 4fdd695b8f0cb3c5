"""How busy the hub is at an instant: it grows, has its seasons, its weekends and its evenings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

DAY_S = 86_400.0
YEAR_S = 365.25 * DAY_S
GROWTH_A_YEAR = 1.8
NIGHT_AND_MORNING = (0.35, 0.2, 0.12, 0.08, 0.08, 0.15, 0.35, 0.65, 0.9, 1.0, 1.1, 1.2)
AFTERNOON_AND_EVENING = (1.3, 1.15, 1.0, 1.0, 1.1, 1.3, 1.6, 1.95, 2.15, 1.95, 1.4, 0.75)
HOURS = (*NIGHT_AND_MORNING, *AFTERNOON_AND_EVENING)
"""Of the day's average, from midnight on: lunch, and a peak in the evening."""
WEEKDAYS = (0.93, 0.9, 0.94, 0.98, 1.1, 1.24, 0.91)
"""From Monday on."""
MONTHS = (0.86, 0.9, 0.96, 0.98, 1.0, 1.0, 0.95, 0.88, 1.0, 1.02, 1.15, 1.3)
"""From January on: quiet summers, a strong end of the year."""
BUSIEST = max(HOURS) * max(WEEKDAYS) * max(MONTHS)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Payments a second, on the wall clock of ``zone``; ``per_day`` of them at ``anchor``."""

    per_day: float
    anchor: float
    zone: ZoneInfo

    def rate(self, at: float) -> float:
        """Payments a second at an instant, seconds since 1970."""
        local = datetime.fromtimestamp(at, self.zone)
        usual = HOURS[local.hour] * WEEKDAYS[local.weekday()] * MONTHS[local.month - 1]
        return self._level(at) * usual

    def ceiling(self, until: float) -> float:
        """What :meth:`rate` never exceeds before an instant."""
        return self._level(until) * BUSIEST

    def _level(self, at: float) -> float:
        years = (at - self.anchor) / YEAR_S
        return float(self.per_day / DAY_S * GROWTH_A_YEAR**years)

    def day(self, at: float) -> date:
        """The day of an instant."""
        return day_of(at, self.zone)

    def bounds(self, day: date) -> tuple[float, float]:
        """Begin of a day and of the one behind it, as instants."""
        return self._midnight(day), self._midnight(day + timedelta(days=1))

    def _midnight(self, day: date) -> float:
        return datetime.combine(day, datetime.min.time(), self.zone).timestamp()


def day_of(at: float, zone: ZoneInfo) -> date:
    """The day of an instant, seconds since 1970, in a zone."""
    return datetime.fromtimestamp(at, zone).date()
