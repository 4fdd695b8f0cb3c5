# ruff: noqa: RUF001, RUF002 - ranges are written with en dashes
"""Ranges of days, and what became more or less between two of them."""

from datetime import date, datetime

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, format_percent

from backoffice.formatting.instants import shown_day

DAY_AND_MONTH = "d MMM"
HOUR = "HH:mm"
MISSING = "-"


def shown_range(first: date, last: date, language: str, until: datetime | None = None) -> str:
    """``1–27 Oct 2026``, ``30 Sep – 2 Oct 2026``: what both ends share is said once.

    ``until`` is the wall clock at which the last day was left: ``1–15 Feb 2026, 12:00``.
    """
    end = shown_day(last, language)
    if first == last:
        said = end
    elif (first.year, first.month) == (last.year, last.month):
        said = f"{first.day}–{end}"
    else:
        show = shown_day if first.year != last.year else short_day
        said = f"{show(first, language)} – {end}"
    return f"{said}, {format_datetime(until, HOUR, locale=language)}" if until else said


def short_day(day: date, language: str) -> str:
    """``29 Mar``, for an axis."""
    return format_date(day, DAY_AND_MONTH, locale=language)


def shown_change(percent: float | None, language: str) -> str:
    """``+4.21%``, ``-3.00%``; ``-`` where there was nothing before."""
    if percent is None:
        return MISSING
    return format_percent(percent / 100, "+#,##0.00%;-#,##0.00%", locale=language)


def shown_difference(difference: int, language: str) -> str:
    """``+12``, ``-3``, ``0``."""
    return format_decimal(difference, "+#,##0;-#,##0" if difference else "0", locale=language)
