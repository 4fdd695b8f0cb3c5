"""The period that a window is compared with: as long, right before it, and as far gone.

A month is compared with the month before and a year with the year before; any other window with
as many days before it. A window whose last day is not over is compared with what the period before
held at the same time of its day: no running month against a whole one.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from analytics.domain.reporting_days import ReportingZone
from analytics.domain.windows import Window, WindowName
from payops_kernel.zones import DAY


@dataclass(frozen=True, slots=True)
class Period:
    """Days from ``first`` to ``last``, both included."""

    first: date
    last: date
    until: datetime | None = None
    """The last day counts up to this instant, which is excluded; None: all of it."""


def is_running(window: Window, today: date) -> bool:
    """Whether a window has begun and is not over."""
    return window.first <= today <= window.last


def period_before(window: Window, now: datetime, zone: ReportingZone) -> Period:
    """What a window is compared with, ``now`` being the present instant."""
    today, months = zone.date_of(now), _months(window)
    span = window.last - window.first + DAY
    first = _months_back(window.first, months) if months else window.first - span
    if not is_running(window, today):
        return Period(first, window.first - DAY)
    gone = _months_back(today, months) if months else today - span
    if months and gone.day != today.day:
        return Period(first, gone)  # that month has no such day: it is over
    return Period(first, gone, zone.same_time_on(gone, now))


def _months(window: Window) -> int:
    """How many whole months a window is, or is a part of; 0 when it is none."""
    match window.name:
        case WindowName.MTD:
            return 1
        case WindowName.YTD:
            return 12
    first, last = window.first, window.last
    if first.day != 1 or (last + DAY).day != 1:
        return 0
    return (last.year - first.year) * 12 + last.month - first.month + 1


def _months_back(day: date, months: int) -> date:
    """The same day of an earlier month, or that month's last one."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def change_percent(now: int, before: int) -> float | None:
    """How much more, in percent with two decimals; None when there was nothing before."""
    if before <= 0:
        return None
    return round(Fraction((now - before) * 10_000, before)) / 100
