"""The days on which a recurrence falls: every so many units, counted from its first day."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from payops_contracts.subscriptions import Interval

MONTHS = {Interval.MONTH: 1, Interval.YEAR: 12}
DAYS = {Interval.DAY: 1, Interval.WEEK: 7}


def day_of_period(first: date, interval: Interval, count: int, number: int) -> date:
    """The day of period ``number``, 0 for the first; before the first one for a number below 0.

    A day that a month does not have is its last: 31 January is followed by 28 or 29 February, and
    that by 31 March. Raises ``OverflowError`` or ``ValueError`` beyond the calendar.
    """
    units = count * number
    if interval in DAYS:
        return first + timedelta(days=DAYS[interval] * units)
    years, month = divmod(first.month - 1 + MONTHS[interval] * units, 12)
    year = first.year + years
    return date(year, month + 1, min(first.day, monthrange(year, month + 1)[1]))
