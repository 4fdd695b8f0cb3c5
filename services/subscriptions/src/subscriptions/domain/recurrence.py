"""When the payments of a subscription fall due: days counted from the first one.

Each day is counted from the anchor, never from the day before it: 31 January is followed by 28 or
29 February, then by 31 March. A day begins at midnight of the billing zone, whatever its clocks do.
"""

from calendar import monthrange
from datetime import date, timedelta
from typing import NamedTuple

from payops_contracts.fields import LAST_DAY
from payops_contracts.subscriptions import Interval

DAYS = {Interval.DAY: 1, Interval.WEEK: 7}
MONTHS = {Interval.MONTH: 1, Interval.YEAR: 12}


class Recurrence(NamedTuple):
    """Every so many intervals from ``anchor`` on; the period with number 0 is the first."""

    interval: Interval
    every: int
    anchor: date
    payments_max: int | None = None
    expires_on: date | None = None
    """The last day on which a payment may fall due."""

    def payable(self, number: int) -> date | None:
        """The day of a period; None beyond the calendar and beyond ``expires_on``."""
        day = self.day(number)
        if day is None or (self.expires_on is not None and day > self.expires_on):
            return None
        return day

    def day(self, number: int) -> date | None:
        """The day of a period, whether it is paid then or not; None beyond the calendar."""
        steps = number * self.every
        try:
            if self.interval in DAYS:
                day = self.anchor + timedelta(days=steps * DAYS[self.interval])
            else:
                day = months_after(self.anchor, steps * MONTHS[self.interval])
        except (OverflowError, ValueError):
            return None
        return None if day > LAST_DAY else day

    def number_on(self, day: date) -> int:
        """The last period that had begun on a day; 0 before the first."""
        if self.interval in DAYS:
            number = (day - self.anchor).days // (DAYS[self.interval] * self.every)
        else:
            apart = (day.year - self.anchor.year) * 12 + day.month - self.anchor.month
            number = apart // (MONTHS[self.interval] * self.every)
            begun = months_after(self.anchor, number * MONTHS[self.interval] * self.every)
            number -= begun > day
        return max(0, number)

    def days(self, number: int, most: int) -> list[date]:
        """The days of the periods from one on that are to be paid, so many at most."""
        found: list[date] = []
        for each in range(number, number + most):
            day = self.payable(each)
            if day is None:
                break
            found.append(day)
        return found


def months_after(anchor: date, months: int) -> date:
    """The same day so many months later; the month's last when it has no such day.

    Raises ``ValueError`` after year 9999.
    """
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1] if 1 <= year <= 9999 else 0
    return date(year, month + 1, min(anchor.day, last))
