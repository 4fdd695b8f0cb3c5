"""Amounts as people type them: exact in both languages, or refused with what is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.formatting.typed_amount import (
    NotAnAmount,
    Wrong,
    amount_to_type,
    an_example,
    typed_amount,
)
from payops_contracts.money import CURRENCY_DECIMALS, MAX_AMOUNT_MINOR

MUCH = MAX_AMOUNT_MINOR


@pytest.mark.parametrize(
    ("text", "currency", "locale", "minor"),
    [
        ("60", "USD", "en", 6_000),
        ("60.5", "USD", "en", 6_050),
        ("60.00", "USD", "en", 6_000),
        (" 1,234.50 ", "USD", "en", 123_450),
        ("1234567.89", "USD", "en", 123_456_789),
        ("60,5", "EUR", "it", 6_050),
        ("1.234,50", "EUR", "it", 123_450),
        ("1 234,50", "EUR", "it", 123_450),
        ("1.000", "EUR", "it", 100_000),
        ("1,000", "USD", "en", 100_000),
        ("0.01", "USD", "en", 1),
        ("500", "JPY", "en", 500),
        ("1.250", "KWD", "en", 1_250),
        ("007", "USD", "en", 700),
    ],
)
def test_an_amount_is_read_as_its_language_writes_it(
    text: str, currency: str, locale: str, minor: int
) -> None:
    assert typed_amount(text, currency, locale, MUCH) == minor


@pytest.mark.parametrize(
    ("text", "currency", "locale", "wrong"),
    [
        ("", "USD", "en", Wrong.EMPTY),
        ("   ", "USD", "en", Wrong.EMPTY),
        ("abc", "USD", "en", Wrong.NO_AMOUNT),
        ("-5", "USD", "en", Wrong.NO_AMOUNT),
        ("+5", "USD", "en", Wrong.NO_AMOUNT),
        ("1e3", "USD", "en", Wrong.NO_AMOUNT),
        ("1_000", "USD", "en", Wrong.NO_AMOUNT),
        ("NaN", "USD", "en", Wrong.NO_AMOUNT),
        ("٦٠", "USD", "en", Wrong.NO_AMOUNT),
        ("60,5", "USD", "en", Wrong.NO_AMOUNT),
        ("60.00", "EUR", "it", Wrong.NO_AMOUNT),
        ("12,34,567", "USD", "en", Wrong.NO_AMOUNT),
        ("1.", "USD", "en", Wrong.NO_AMOUNT),
        (".5", "USD", "en", Wrong.NO_AMOUNT),
        ("60.005", "USD", "en", Wrong.TOO_MANY_DECIMALS),
        ("1.000", "USD", "en", Wrong.TOO_MANY_DECIMALS),
        ("500.5", "JPY", "en", Wrong.TOO_MANY_DECIMALS),
        ("0", "USD", "en", Wrong.ZERO),
        ("0.00", "USD", "en", Wrong.ZERO),
        ("100.01", "USD", "en", Wrong.TOO_MUCH),
        ("9" * 5_000, "USD", "en", Wrong.TOO_MUCH),
    ],
)
def test_what_is_no_amount_is_refused_with_what_is_wrong(
    text: str, currency: str, locale: str, wrong: Wrong
) -> None:
    with pytest.raises(NotAnAmount) as refused:
        typed_amount(text, currency, locale, at_most_minor=10_000)
    assert refused.value.wrong is wrong


@given(
    st.integers(1, MUCH),
    st.sampled_from(sorted(CURRENCY_DECIMALS)),
    st.sampled_from(["en", "it"]),
)
def test_what_is_prefilled_is_read_back_to_the_last_unit(
    minor: int, currency: str, locale: str
) -> None:
    assert typed_amount(amount_to_type(minor, currency, locale), currency, locale, MUCH) == minor


def test_the_example_is_an_amount_itself_in_every_currency() -> None:
    for currency in CURRENCY_DECIMALS:
        for locale in ("en", "it"):
            assert typed_amount(an_example(currency, locale), currency, locale, MUCH) > 0
    assert (an_example("USD", "en"), an_example("EUR", "it")) == ("1,234.50", "1.234,50")
    assert an_example("JPY", "en") == "1,234"
