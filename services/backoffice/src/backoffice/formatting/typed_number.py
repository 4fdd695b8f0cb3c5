"""A number that a person typed in their language: exactly, or not at all."""

import re
from decimal import Decimal
from functools import cache

from babel.numbers import get_decimal_symbol, get_group_symbol

NUMBER_LENGTH_MAX = 350
"""Of the longest of the numbers that are nearly nothing, which a rule may have, too."""


def typed_number(text: str, locale: str) -> int | float:
    """``1,234`` and ``-0.5``, in Italian ``1.234`` and ``-0,5``; digits may stand in threes.

    Raises ``ValueError`` for what is no number there, and for one that cannot be kept as it is.
    """
    written = text.strip()
    found = _form(locale).fullmatch(written)
    if found is None or len(written) > NUMBER_LENGTH_MAX:
        raise ValueError(f"'{text[:32]}' is no number")
    whole = found["sign"] + found["whole"].replace(get_group_symbol(locale), "")
    if found["fraction"] is None:
        return int(whole)
    exact = Decimal(f"{whole}.{found['fraction']}")
    if Decimal(repr(float(exact))) != exact:
        raise ValueError(f"'{text}' has too many digits")
    return float(exact)


def number_to_type(number: float, locale: str) -> str:
    """A number as it would be typed: no groups, the language's decimal sign."""
    return f"{Decimal(repr(number)):f}".replace(".", get_decimal_symbol(locale))


@cache
def _form(locale: str) -> re.Pattern[str]:
    group, decimal = re.escape(get_group_symbol(locale)), re.escape(get_decimal_symbol(locale))
    whole = rf"[0-9]+|[0-9]{{1,3}}(?:{group}[0-9]{{3}})+"
    return re.compile(rf"(?P<sign>-?)(?P<whole>{whole})(?:{decimal}(?P<fraction>[0-9]+))?")
