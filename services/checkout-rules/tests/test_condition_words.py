"""Conditions as people read them."""

import pytest

from checkout_rules.domain.catalogue import Pair
from checkout_rules.domain.conditions import AmountRange, Condition
from checkout_rules.domain.rule_set import Terms
from payops_contracts.checkout_rules import RuleOperator
from payops_testing.checkout_rules.builders import ADYEN, custom, one_of


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (AmountRange("EUR", 5000, 10_000), "Amount from EUR 50.00 to EUR 100.00"),
        (AmountRange("EUR", 123_456_789), "Amount from EUR 1,234,567.89"),
        (AmountRange("JPY", None, 500), "Amount up to JPY 500"),
        (AmountRange("KWD", 0, 1_250), "Amount from KWD 0.000 to KWD 1.250"),
        (one_of("channel", "web", "app"), "Channel is one of web, app"),
        (one_of("product_category", "books"), "Product Category is one of books"),
        (one_of("user_type", "business"), "User Type is one of business"),
        (one_of("country", "IT"), "country is one of IT"),
        (custom("basket/quantity", "greater_or_equal_than", 9), "basket/quantity at least 9"),
        (custom("basket/quantity", "greater_than", 9.5), "basket/quantity over 9.5"),
        (custom("basket/quantity", "less_than", 9), "basket/quantity under 9"),
        (custom("basket/quantity", "less_or_equal_than", 9), "basket/quantity at most 9"),
        (custom("country", "equals", "IT"), "country is IT"),
        (custom("country", "not_equals", "IT"), "country is not IT"),
        (custom("country", "not_in", ("IT", "FR")), "country is none of IT, FR"),
        (custom("vip", "equals", True), "vip is true"),
        (custom("vip", "equals", "true"), 'vip is "true"'),
        (custom("code", "in", ("10", "a,b")), 'code is one of "10", "a,b"'),
        (custom("code", "in", (10, 11)), "code is one of 10, 11"),
    ],
)
def test_a_condition_reads_as_a_sentence(condition: Condition, words: str) -> None:
    assert condition.words() == words


def test_a_rule_without_conditions_says_so() -> None:
    assert Terms("Everything", (ADYEN,)).words() == ("Always",)


def test_pairs_read_as_pages_name_them_and_unknown_ones_as_they_are() -> None:
    assert ADYEN.words() == "Adyen / Credit card"
    assert Pair("acme", "barter").words() == "acme / barter"


def test_every_operator_has_a_sentence_of_its_own() -> None:
    said = {
        custom("n", operator, (1,) if operator in ("in", "not_in") else 1).words()
        for operator in RuleOperator
    }
    assert len(said) == len(RuleOperator)
