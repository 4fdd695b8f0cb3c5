"""Cells of a row → instants, amounts, numbers. Pure; a cell that cannot be read is a BadRow."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from payops_contracts.fields import FIRST_YEAR, LAST_YEAR
from payops_contracts.money import MAX_AMOUNT_MINOR, parse_money
from payops_local.importing.mapping import Amounts, Dates

_DIGITS_MAX = 18
_NUMBER = re.compile(rf"-?[0-9]{{1,{_DIGITS_MAX}}}(?:\.[0-9]{{1,{_DIGITS_MAX}}})?")


class BadRow(Exception):
    """Why a row cannot be imported, as a sentence without its full stop."""


def instant(text: str, column: str, dates: Dates) -> datetime:
    """The instant in UTC; raises BadRow for one that is not written so, or never was."""
    try:
        if dates.format == "iso":
            parsed = datetime.fromisoformat(text)
        else:
            parsed = datetime.strptime(text, dates.format)  # noqa: DTZ007 - the zone comes below
        if parsed.tzinfo is not None:
            return _within(parsed.astimezone(UTC), text, column)
        local = parsed.replace(tzinfo=dates.zone)
        found = local.astimezone(UTC)
        skipped = found.astimezone(dates.zone).replace(tzinfo=None) != parsed
    except (ValueError, OverflowError):
        raise BadRow(f"{column}: '{text[:40]}' is not a date written {_written(dates)}") from None
    if skipped:
        raise BadRow(f"{column}: '{text[:40]}' never was in {dates.zone_name}: clocks skipped it")
    return _within(found, text, column)


def _within(found: datetime, text: str, column: str) -> datetime:
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise BadRow(f"{column}: '{text[:40]}' lies outside the years {FIRST_YEAR} to {LAST_YEAR}")
    return found


def _written(dates: Dates) -> str:
    return "as ISO 8601" if dates.format == "iso" else f"as {dates.format}"


def amount_minor(text: str, column: str, currency: str, amounts: Amounts) -> int:
    """Minor units, zero or more; raises BadRow. Never passes through a float."""
    if amounts.minor_units:
        return _whole(text, column, MAX_AMOUNT_MINOR)
    try:
        amount = parse_money(_plain(text, amounts), currency)
    except ValueError as error:
        raise BadRow(f"{column}: {error}") from None
    if amount < 0:
        raise BadRow(f"{column}: '{text[:40]}' is below zero, and a payment is not")
    return amount


def _plain(text: str, amounts: Amounts) -> str:
    mark, thousands = amounts.decimal_mark, amounts.thousands_mark
    if thousands and thousands in text:
        whole, _, _ = text.partition(mark)
        if not re.fullmatch(rf"-?\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+", whole):
            raise ValueError(f"'{text[:40]}' has '{thousands}' where no thousands end")
        text = text.replace(thousands, "")
    if mark == ".":
        return text
    if "." in text:
        raise ValueError(f"'{text[:40]}' has a point, but '{mark}' marks decimals")
    return text.replace(mark, ".")


def number(text: str, column: str, amounts: Amounts) -> int | float:
    """A number, written with the marks of amounts; raises BadRow."""
    try:
        plain = _plain(text, amounts)
    except ValueError as error:
        raise BadRow(f"{column}: {error}") from None
    if not _NUMBER.fullmatch(plain):
        raise BadRow(f"{column}: '{text[:40]}' is not a number")
    return float(plain) if "." in plain else int(plain)


def quantity(text: str, column: str) -> int:
    """A whole number of pieces; its limits are the contract's."""
    return _whole(text, column, 10**_DIGITS_MAX)


def _whole(text: str, column: str, largest: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS_MAX):
        raise BadRow(f"{column}: '{text[:40]}' is not a whole number of zero or more")
    number = int(text)
    if number > largest:
        raise BadRow(f"{column}: '{text[:40]}' is over the largest, {largest}")
    return number
