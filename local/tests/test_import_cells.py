"""Cells: amounts without a float, instants that really were."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from payops_local.importing.cells import BadRow, amount_minor, instant, quantity
from payops_local.importing.mapping import Amounts, Dates

ITALIAN = Amounts(decimal_mark=",", thousands_mark=".")
ROME = Dates.model_validate({"format": "%d/%m/%Y %H:%M", "zone": "Europe/Rome"})


@pytest.mark.parametrize(
    ("text", "currency", "amounts", "expected"),
    [
        ("12.50", "USD", Amounts(), 1250),
        ("0.00", "USD", Amounts(), 0),
        ("0.1", "USD", Amounts(), 10),
        ("90071992547409.93", "USD", Amounts(), 9007199254740993),
        ("500", "JPY", Amounts(), 500),
        ("1.234", "KWD", Amounts(), 1234),
        ("1.234.567,89", "EUR", ITALIAN, 123456789),
        ("1234,5", "EUR", ITALIAN, 123450),
        ("1,234.50", "USD", Amounts(thousands_mark=","), 123450),
        ("1250", "USD", Amounts(minor_units=True), 1250),
    ],
)
def test_an_amount_is_exact(text: str, currency: str, amounts: Amounts, expected: int) -> None:
    if expected > 10**15:
        with pytest.raises(BadRow, match="largest"):
            amount_minor(text, "amount", currency, amounts)
    else:
        assert amount_minor(text, "amount", currency, amounts) == expected


@pytest.mark.parametrize(
    ("text", "currency", "amounts"),
    [
        ("12.505", "USD", Amounts()),
        ("1.5", "JPY", Amounts()),
        ("-1.00", "USD", Amounts()),
        ("1e3", "USD", Amounts()),
        ("NaN", "USD", Amounts()),
        ("", "USD", Amounts()),
        ("1,000.00", "USD", Amounts()),
        ("12,50", "USD", Amounts()),
        ("\u0661\u0662", "USD", Amounts()),
        ("1.2,50", "EUR", ITALIAN),
        ("12.50", "EUR", ITALIAN),
        ("1.50", "USD", Amounts(minor_units=True)),
        ("9" * 40, "USD", Amounts(minor_units=True)),
        ("12.00", "XXX", Amounts()),
    ],
)
def test_what_is_no_amount_is_a_bad_row(text: str, currency: str, amounts: Amounts) -> None:
    with pytest.raises(BadRow):
        amount_minor(text, "amount", currency, amounts)


@pytest.mark.parametrize(
    ("text", "dates", "expected"),
    [
        ("2021-01-12", Dates(format="%Y-%m-%d"), datetime(2021, 1, 12, tzinfo=UTC)),
        ("2021-01-12T10:00:00+02:00", Dates(), datetime(2021, 1, 12, 8, tzinfo=UTC)),
        ("01/07/2021 00:30", ROME, datetime(2021, 6, 30, 22, 30, tzinfo=UTC)),
        ("31/10/2021 02:30", ROME, datetime(2021, 10, 31, 0, 30, tzinfo=UTC)),
    ],
)
def test_an_instant_is_read_in_its_zone(text: str, dates: Dates, expected: datetime) -> None:
    assert instant(text, "date", dates) == expected


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("2021-02-30", Dates(format="%Y-%m-%d")),
        ("12/01/2021", Dates(format="%Y-%m-%d")),
        ("28/03/2021 02:30", ROME),
        ("0001-01-01T00:00:00+14:00", Dates()),
        ("yesterday", Dates()),
        ("9999-12-31", Dates()),
        ("2200-12-31T23:00:00-05:00", Dates()),
        ("01/01/1970 00:30", ROME),
    ],
)
def test_an_instant_that_never_was_is_a_bad_row(text: str, dates: Dates) -> None:
    with pytest.raises(BadRow):
        instant(text, "date", dates)


def test_a_quantity_is_a_whole_number() -> None:
    assert quantity("12", "items") == 12
    with pytest.raises(BadRow):
        quantity("1.5", "items")
