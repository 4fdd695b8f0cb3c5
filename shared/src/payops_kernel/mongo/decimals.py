"""Whole numbers beyond 64 bits, as decimals of 34 digits: for sums that must never be full."""

from typing import Any

from bson import Decimal128

DIGITS = 34

_ONES = 6176 << 49
"""The high bits of a number that counts ones (IEEE 754-2008, binary integer decimal)."""
_SIGN = 1 << 63
_LOW = (1 << 64) - 1
_LIMIT = 10**DIGITS


def whole_decimal(number: int) -> Decimal128:
    """A number as it is stored; raises ``ValueError`` when it has more than 34 digits."""
    # By its bits: bson makes decimals of texts, at ten times the cost.
    size = abs(number)
    if size >= _LIMIT:
        raise ValueError(f"{number} has more than {DIGITS} digits")
    high = size >> 64 | _ONES
    bits: Any = (
        high | _SIGN if number < 0 else high,
        size & _LOW,
    )  # a pair: bson's types know none
    return Decimal128(bits)


def whole_number(stored: int | Decimal128) -> int:
    """A stored number: a decimal, or an integer as it was written before sums were decimals."""
    return int(stored.to_decimal()) if isinstance(stored, Decimal128) else int(stored)
