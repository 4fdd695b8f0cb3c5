"""Shares of a whole: two decimals, and never 100 or 0 unless all or none."""

from babel.numbers import format_decimal, format_percent

NEARLY_NONE, NEARLY_ALL = 1, 9_999
"""In hundredths of a percent."""


def shown_share(part: int, whole: int, language: str) -> str:
    """``part`` of ``whole`` in percent, ``75.40%`` or ``75,40%``; ``-`` of nothing.

    Rounded half up; what is not all is at most 99.99, what is not none at least 0.01.
    """
    if whole == 0:
        return "-"
    hundredths = (2 * 10_000 * part + whole) // (2 * whole)
    if 0 < part < whole:
        hundredths = min(max(hundredths, NEARLY_NONE), NEARLY_ALL)
    return format_percent(hundredths / 10_000, "0.00%", locale=language)


def shown_count(number: int, language: str, is_capped: bool = False) -> str:
    """A whole number with separators: ``3,214`` or ``3.214``; ``10,000+`` when there are more."""
    return format_decimal(number, locale=language) + ("+" if is_capped else "")
