"""Stored values as texts: exact, and harmless in a spreadsheet."""

from datetime import datetime
from typing import Any

from payops_contracts.money import CURRENCY_DECIMALS

FORMULA_STARTS = frozenset("=+-@\t\r\n\0")
"""What a spreadsheet may take for the beginning of a formula (CWE-1236)."""
LIST_SEPARATOR = ", "


def neutral(text: str) -> str:
    """The text, with a leading quote when a spreadsheet might run it."""
    return "'" + text if text and text[0] in FORMULA_STARTS else text


def decimal_text(amount_minor: int, currency: str) -> str:
    """Minor units as a plain decimal, exactly: ``-12.30``, ``500``, ``1.250``."""
    decimals = CURRENCY_DECIMALS[currency]
    if decimals == 0:
        return str(amount_minor)
    digits = str(abs(amount_minor)).rjust(decimals + 1, "0")
    sign = "-" if amount_minor < 0 else ""
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}"


def instant_text(instant: datetime) -> str:
    """An aware UTC instant as ISO 8601 with milliseconds and ``Z``."""
    # By its fields: isoformat asks the zone for its offset, at thrice the cost.
    return "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ" % (  # noqa: UP031 - faster than an f-string
        instant.year,
        instant.month,
        instant.day,
        instant.hour,
        instant.minute,
        instant.second,
        instant.microsecond // 1000,
    )


def list_text(values: list[Any]) -> str:
    """Several texts in one cell."""
    return LIST_SEPARATOR.join(map(str, values))
