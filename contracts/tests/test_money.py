"""Money: integers in minor units, written and read as people do, exactly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from payops_contracts.money import (
    _CODES,
    CURRENCY_DECIMALS,
    MAX_AMOUNT_MINOR,
    MAX_SUM_MINOR,
    AmountMinor,
    Currency,
    format_money,
    parse_money,
)
from payops_contracts.past_currencies import LAST_YEARS

AMOUNT: TypeAdapter[int] = TypeAdapter(AmountMinor)
CURRENCY: TypeAdapter[str] = TypeAdapter(Currency)


@pytest.mark.parametrize(
    ("amount_minor", "currency", "shown"),
    [
        (323, "USD", "US$3.23"),
        (0, "USD", "US$0.00"),
        (5, "USD", "US$0.05"),
        (122758957, "USD", "US$1,227,589.57"),
        (-100000, "EUR", "-€1,000.00"),
        (500, "JPY", "¥500"),
        (1234567, "JPY", "¥1,234,567"),
        (1250, "KWD", "KWD 1.250"),
        (-7, "BHD", "-BHD 0.007"),
        (12345, "CLF", "CLF 1.2345"),
        (100, "GBP", "£1.00"),
    ],
)
def test_an_amount_is_shown_as_pages_show_it(amount_minor: int, currency: str, shown: str) -> None:
    assert format_money(amount_minor, currency) == shown


@pytest.mark.parametrize(
    ("text", "currency", "amount_minor"),
    [
        ("12.50", "USD", 1250),
        ("12.5", "USD", 1250),
        ("12", "USD", 1200),
        ("0.00", "USD", 0),
        ("-0.01", "USD", -1),
        ("500", "JPY", 500),
        ("1.25", "KWD", 1250),
        ("0.0001", "CLF", 1),
        ("10000000000.00", "USD", MAX_AMOUNT_MINOR),
    ],
)
def test_a_plain_decimal_text_becomes_minor_units(
    text: str, currency: str, amount_minor: int
) -> None:
    assert parse_money(text, currency) == amount_minor


@pytest.mark.parametrize(
    ("text", "currency", "why"),
    [
        ("12.505", "USD", "more decimals than USD (2)"),
        ("1.5", "JPY", "more decimals than JPY (0)"),
        ("1.2345", "KWD", "more decimals than KWD (3)"),
        ("10000000000.01", "USD", "over the largest amount"),
        ("9" * 5000, "USD", "over the largest amount"),
        ("1,000.00", "USD", "is not an amount"),
        ("1e3", "USD", "is not an amount"),
        ("+5", "USD", "is not an amount"),
        ("12.", "USD", "is not an amount"),
        (".5", "USD", "is not an amount"),
        ("", "USD", "is not an amount"),
        ("-", "USD", "is not an amount"),
        ("--5", "USD", "is not an amount"),
        (" 5", "USD", "is not an amount"),
        ("٣", "USD", "is not an amount"),
        ("1.²", "USD", "is not an amount"),
        ("NaN", "USD", "is not an amount"),
        ("1.00", "XXX", "is not an ISO 4217 currency"),
        ("1.00", "usd", "is not an ISO 4217 currency"),
    ],
)
def test_anything_else_is_refused_with_a_sentence(text: str, currency: str, why: str) -> None:
    with pytest.raises(ValueError, match=r".") as refusal:
        parse_money(text, currency)
    assert why in str(refusal.value)
    assert len(str(refusal.value)) < 200


@given(
    st.integers(-MAX_AMOUNT_MINOR, MAX_AMOUNT_MINOR),
    st.sampled_from(sorted(CURRENCY_DECIMALS)),
)
def test_what_is_written_plainly_is_read_back_to_the_minor_unit(
    amount_minor: int, currency: str
) -> None:
    decimals = CURRENCY_DECIMALS[currency]
    whole, fraction = divmod(abs(amount_minor), 10**decimals)
    text = f"{'-' if amount_minor < 0 else ''}{whole}"
    if decimals:
        text += f".{fraction:0{decimals}d}"
    assert parse_money(text, currency) == amount_minor


@given(st.integers(-MAX_AMOUNT_MINOR, MAX_AMOUNT_MINOR))
def test_the_shown_text_holds_every_digit(amount_minor: int) -> None:
    digits = "".join(it for it in format_money(amount_minor, "EUR") if it.isdigit())
    assert int(digits) == abs(amount_minor)


def test_a_sum_holds_more_than_a_whole_history_of_largest_amounts_and_floats_hold_it() -> None:
    assert 1_000 * MAX_AMOUNT_MINOR * 2 <= MAX_SUM_MINOR
    assert int(float(MAX_SUM_MINOR)) == MAX_SUM_MINOR


@pytest.mark.parametrize("text", ["-1", "1.5", "true", '"12"', "null", "1e400", "NaN"])
def test_an_amount_on_the_wire_is_a_whole_number_and_nothing_else(text: str) -> None:
    with pytest.raises(ValidationError):
        AMOUNT.validate_json(text)


def test_an_amount_may_be_written_as_json_writes_whole_numbers() -> None:
    assert AMOUNT.validate_json("1000.0") == AMOUNT.validate_json("1e3") == 1000


@pytest.mark.parametrize(
    ("currency", "decimals", "last_year"),
    [("HRK", 2, 2024), ("DEM", 2, 2003), ("ITL", 0, 2003), ("FRF", 2, 2003), ("VEF", 2, 2019)],
)
def test_a_currency_of_the_past_keeps_its_decimals_and_has_its_last_year(
    currency: str, decimals: int, last_year: int
) -> None:
    assert CURRENCY.validate_python(currency) == currency
    assert CURRENCY_DECIMALS[currency] == decimals
    assert LAST_YEARS[currency] == last_year
    assert format_money(123456, currency).startswith(f"{currency} 1")


def test_a_currency_in_use_has_no_last_year() -> None:
    assert not {"USD", "EUR", "JPY"} & set(LAST_YEARS)


def test_no_code_is_both_in_use_and_of_the_past() -> None:
    in_use = {code for codes in _CODES.values() for code in codes.split()}
    assert not in_use & set(LAST_YEARS)


def test_the_largest_amount_is_taken_and_one_more_is_not() -> None:
    assert AMOUNT.validate_json(str(MAX_AMOUNT_MINOR)) == MAX_AMOUNT_MINOR
    with pytest.raises(ValidationError):
        AMOUNT.validate_json(str(MAX_AMOUNT_MINOR + 1))


@pytest.mark.parametrize("text", ['"usd"', '"US"', '"USDX"', '"XXX"', '"USD\\n"', '""', "840"])
def test_a_currency_is_an_upper_case_iso_4217_code(text: str) -> None:
    assert CURRENCY.validate_json('"USD"') == "USD"
    with pytest.raises(ValidationError):
        CURRENCY.validate_json(text)
