"""An amount that a person typed in their language, as minor units: exactly, or not at all.

Nothing is rounded and nothing is guessed: ``1.000`` is a thousand in Italian and refused for US$ in
English, where it has three decimals.
"""

import re
from enum import StrEnum
from functools import cache

from babel.numbers import format_decimal, get_decimal_symbol, get_group_symbol

from payops_contracts.money import CURRENCY_DECIMALS, MAX_AMOUNT_MINOR, format_money, parse_money

_SPACES = re.compile(r"\s+")
_WHOLE_DIGITS_MAX = 32
"""Longer ones are no amounts; and Python takes long for numbers of thousands of digits."""


class Wrong(StrEnum):
    """What is wrong with what was typed."""

    EMPTY = "empty"
    NO_AMOUNT = "no_amount"
    TOO_MANY_DECIMALS = "too_many_decimals"
    ZERO = "zero"
    TOO_MUCH = "too_much"


class NotAnAmount(ValueError):
    """What was typed is no amount that can be asked for."""

    def __init__(self, wrong: Wrong) -> None:
        super().__init__(wrong.value)
        self.wrong = wrong


def typed_amount(text: str, currency: str, locale: str, at_most_minor: int) -> int:
    """Minor units, 1 to ``at_most_minor``, of an amount as it is written in ``locale``.

    Digits may stand in groups of three, and spaces anywhere around. Raises :class:`NotAnAmount`.
    """
    written = _SPACES.sub("", text)
    if not written:
        raise NotAnAmount(Wrong.EMPTY)
    found = _form(locale).fullmatch(written)
    if found is None:
        raise NotAnAmount(Wrong.NO_AMOUNT)
    whole = found["whole"].replace(get_group_symbol(locale), "")
    fraction = found["fraction"] or ""
    if len(fraction) > CURRENCY_DECIMALS[currency]:
        raise NotAnAmount(Wrong.TOO_MANY_DECIMALS)
    amount_minor = _minor(whole, fraction, currency)
    if amount_minor == 0:
        raise NotAnAmount(Wrong.ZERO)
    if amount_minor > at_most_minor:
        raise NotAnAmount(Wrong.TOO_MUCH)
    return amount_minor


def amount_to_type(amount_minor: int, currency: str, locale: str) -> str:
    """An amount as it would be typed: ``100.00``, in Italian ``100,00``; no groups, no symbol."""
    whole, fraction = divmod(amount_minor, 10 ** CURRENCY_DECIMALS[currency])
    decimals = CURRENCY_DECIMALS[currency]
    if not decimals:
        return str(whole)
    return f"{whole}{get_decimal_symbol(locale)}{fraction:0{decimals}d}"


def symbol_of(currency: str, locale: str) -> str:
    """What stands beside an amount of the currency: ``US$``, ``€``, ``KWD``."""
    return re.sub(r"[\d.,\s]", "", format_money(0, currency, locale))


def an_example(currency: str, locale: str) -> str:
    """How amounts are written here, such as ``1,234.50``."""
    decimals = CURRENCY_DECIMALS[currency]
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return format_decimal("1234.5" if decimals else 1234, format=pattern, locale=locale)


def _minor(whole: str, fraction: str, currency: str) -> int:
    if len(whole.lstrip("0")) > _WHOLE_DIGITS_MAX:
        return MAX_AMOUNT_MINOR + 1
    try:
        return parse_money(f"{whole}.{fraction}" if fraction else whole, currency)
    except ValueError:  # over the largest amount there is: the digits were looked at before
        return MAX_AMOUNT_MINOR + 1


@cache
def _form(locale: str) -> re.Pattern[str]:
    group, decimal = re.escape(get_group_symbol(locale)), re.escape(get_decimal_symbol(locale))
    whole = rf"[0-9]+|[0-9]{{1,3}}(?:{group}[0-9]{{3}})+"
    return re.compile(rf"(?P<whole>{whole})(?:{decimal}(?P<fraction>[0-9]+))?")
