"""Whole numbers as decimals say exactly what the driver's own, slower way says."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from payops_kernel.mongo import Decimal128, Int64, whole_decimal, whole_number

LIMIT = 10**34


@given(st.integers(1 - LIMIT, LIMIT - 1))
@example(0)
@example(-1)
@example(2**63)
@example(LIMIT - 1)
@example(1 - LIMIT)
def test_a_number_is_stored_and_read_exactly(number: int) -> None:
    stored = whole_decimal(number)
    assert stored == Decimal128(str(number))
    assert whole_number(stored) == number


@pytest.mark.parametrize("number", [LIMIT, -LIMIT])
def test_a_number_of_more_than_34_digits_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="34 digits"):
        whole_decimal(number)


def test_integers_from_before_are_read_too() -> None:
    assert whole_number(Int64(-7)) == -7
