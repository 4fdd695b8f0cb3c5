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
    """ISO 8601 in UTC with milliseconds and ``Z``."""
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def list_text(values: list[Any]) -> str:
    """Several texts in one cell."""
    return LIST_SEPARATOR.join(map(str, values))
