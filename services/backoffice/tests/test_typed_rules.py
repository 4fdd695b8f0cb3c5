"""What is typed on the form of a checkout rule comes to its terms, or is wrong at its field."""

from typing import Any

import pytest

from backoffice.formatting.typed_number import number_to_type, typed_number
from backoffice.pages.checkout_editor.amounts import AmountLine
from backoffice.pages.checkout_editor.form import RuleForm
from backoffice.words import Words
from checkout_rules.domain.reading import read_terms
from payops_contracts.checkout_rules import RuleOperator


def typed(words: Words, **fields: str) -> dict[str, Any]:
    """The terms of what is typed into an empty form, read as the service reads them."""
    base = {"key": "k", "name": "A rule", "pair-0": "adyen/credit-cards"}
    form = RuleForm.sent(base | fields, "").checked(words)
    assert form.wrong == {}
    terms = form.terms(words)
    assert read_terms(terms)
    return terms


def wrong(words: Words, **fields: str) -> set[str]:
    base = {"key": "k", "name": "A rule", "pair-0": "adyen/credit-cards"}
    return set(RuleForm.sent(base | fields, "").checked(words).wrong)


@pytest.mark.parametrize(
    ("language", "currency", "said", "minor"),
    [
        ("en", "EUR", "50", 5000),
        ("en", "EUR", "1,234.50", 123450),
        ("it", "EUR", "1.234,50", 123450),
        ("it", "EUR", "1.234", 123400),
        ("en", "JPY", "500", 500),
        ("en", "KWD", "1.5", 1500),
        ("en", "EUR", "0", 0),
    ],
)
def test_amounts_are_typed_in_major_units(
    language: str, currency: str, said: str, minor: int
) -> None:
    amount = typed(Words(language), currency=currency, min=said)["amount"]
    assert amount == {"currency": currency, "min_minor": minor}
    assert AmountLine.of(amount, language).wrong(Words(language)) == {}


def test_both_bounds_may_be_the_same_and_no_more_than_the_highest() -> None:
    both = typed(Words("en"), currency="EUR", min="50", max="50")["amount"]
    assert (both["min_minor"], both["max_minor"]) == (5000, 5000)


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({"name": " "}, {"name"}),
        ({"priority": "0"}, {"priority"}),
        ({"priority": "1.5"}, {"priority"}),
        ({"priority": "9" * 5000}, {"priority"}),
        ({"min": "50"}, {"currency"}),
        ({"currency": "EUR"}, {"min"}),
        ({"currency": "EUR", "min": "1.234"}, {"min"}),
        ({"currency": "EUR", "min": "-1"}, {"min"}),
        ({"currency": "EUR", "max": "9" * 40}, {"max"}),
        ({"currency": "EUR", "min": "51", "max": "50"}, {"min"}),
        ({"match-0-kind": "text", "match-0-key": "", "match-0-values": "x"}, {"match-0-key"}),
        ({"match-0-kind": "text", "match-0-key": "shop"}, {"match-0-values"}),
        (
            {"match-0-kind": "number", "match-0-key": "shop", "match-0-values": "1\nx"},
            {"match-0-values"},
        ),
        ({"custom-0-operator": "equals", "custom-0-values": "x"}, {"custom-0-path"}),
        ({"custom-0-operator": "equals", "custom-0-path": "a"}, {"custom-0-values"}),
        (
            {"custom-0-operator": "less_than", "custom-0-path": "a", "custom-0-values": "ten"},
            {"custom-0-values"},
        ),
        (
            {"custom-0-operator": "equals", "custom-0-path": "a", "custom-0-values": "x\ny"},
            {"custom-0-values"},
        ),
        (
            {
                "custom-0-operator": "equals", "custom-0-path": "a", "custom-0-kind": "bool",
                "custom-0-values": "maybe",
            },
            {"custom-0-values"},
        ),
        ({"pair-0": ""}, {"pairs"}),
    ],
)  # fmt: skip
def test_what_is_no_rule_is_wrong_at_its_field(fields: dict[str, str], at: set[str]) -> None:
    assert wrong(Words("en"), **fields) == at


@pytest.mark.parametrize("operator", RuleOperator)
def test_every_operator_takes_its_values_typed(operator: RuleOperator) -> None:
    takes_list = operator in (RuleOperator.IN, RuleOperator.NOT_IN)
    said = typed(
        Words("it"),
        **{
            "custom-0-operator": operator.value, "custom-0-path": "a/b", "custom-0-kind": "number",
            "custom-0-values": "1,5\r\n-2" if takes_list else "1,5",
        },
    )  # fmt: skip
    (condition,) = said["custom_conditions"]
    assert condition["value"] == ([1.5, -2] if takes_list else 1.5)


def test_a_number_in_quotes_stays_a_text_and_yes_is_said_in_the_readers_language() -> None:
    fields = {"custom-0-operator": "equals", "custom-0-path": "a", "custom-0-values": "10"}
    (text,) = typed(Words("en"), **fields)["custom_conditions"]
    assert text["value"] == "10"
    (yes,) = typed(Words("it"), **fields | {"custom-0-kind": "bool", "custom-0-values": "sì"})[
        "custom_conditions"
    ]
    assert yes["value"] is True
    (order,) = typed(Words("en"), **fields | {"custom-0-operator": "less_than"})[
        "custom_conditions"
    ]
    assert order["value"] == 10, "an order is of numbers, whatever was chosen before"


def test_lines_that_say_nothing_are_no_conditions() -> None:
    fields = {"match-0-kind": "text", "match-0-key": "channel", "custom-0-operator": "equals"}
    assert typed(Words("en"), **fields).keys() == {"name", "pairs"}


@pytest.mark.parametrize(
    ("number", "locale", "said"),
    [
        (10, "en", "10"),
        (-0.5, "it", "-0,5"),
        (1e-07, "en", "0.0000001"),
        (2**53 - 1, "it", "9007199254740991"),
        (0.1, "en", "0.1"),
    ],
)
def test_a_number_is_typed_as_it_is_shown(number: float, locale: str, said: str) -> None:
    assert number_to_type(number, locale) == said
    assert typed_number(said, locale) == number
    assert type(typed_number(said, locale)) is type(number)


@pytest.mark.parametrize(
    "said", ["", "ten", "1.5", "1,2,3", "0x10", "1e5", "NaN", "inf", "\u0663", "0," + "1" * 25]
)
def test_what_is_no_number_in_italian_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match=r"is no number|too many digits"):
        typed_number(said, "it")
