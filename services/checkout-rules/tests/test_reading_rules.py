"""What people send as a rule or a context: read as it is meant, or refused with the pointer."""

from random import Random
from typing import Any

import pytest

from checkout_rules.domain.checks import check
from checkout_rules.domain.conditions import AmountRange, Custom, MatchList
from checkout_rules.domain.contexts import checked
from checkout_rules.domain.errors import ERRORS_MAX, ContextNotValid, RuleNotValid
from checkout_rules.domain.reading import read_terms, refuse_unknown_pairs
from checkout_rules.domain.rule_set import Terms
from checkout_rules.domain.writing import written
from payops_contracts.checkout_rules import RuleOperator
from payops_testing.checkout_rules.builders import (
    ADYEN,
    CATALOGUE,
    a_rule,
    an_evaluator,
    the_default,
)

CARD = {"provider": "adyen", "method": "credit-cards"}
NAN, INFINITE = float("nan"), float("inf")


def body(**more: Any) -> dict[str, Any]:
    """A rule that is right, with what a test changes."""
    return {"name": "Large baskets", "pairs": [CARD], **more}


def one(**fields: Any) -> list[dict[str, Any]]:
    """A custom condition that is right but for what a test changes."""
    right = {"path": "basket/quantity", "operator": "equals", "value": 1}
    return [{**right, **fields}]


def errors_of(said: Any, **more: Any) -> list[tuple[str, str]]:
    """Pointer and code of everything that is wrong."""
    with pytest.raises(RuleNotValid) as refused:
        refuse_unknown_pairs(read_terms(said, **more), CATALOGUE)
    assert str(refused.value).startswith(refused.value.extra["errors"][0]["pointer"])
    return [(each["pointer"], each["code"]) for each in refused.value.extra["errors"]]


def test_a_whole_rule_is_read_as_it_is_meant() -> None:
    terms = read_terms(
        body(
            amount={"currency": "EUR", "min_minor": 5000, "max_minor": 10_000},
            match_lists=[{"key": "channel", "values": ["web", "app"]}],
            custom_conditions=one(operator="greater_or_equal_than", value=9)
            + one(path="country", operator="not_in", value=["IT", "FR"]),
        )
    )
    assert terms == Terms(
        "Large baskets",
        (ADYEN,),
        AmountRange("EUR", 5000, 10_000),
        (MatchList("channel", ("web", "app")),),
        (
            Custom("basket/quantity", RuleOperator.GREATER_OR_EQUAL_THAN, 9),
            Custom("country", RuleOperator.NOT_IN, ("IT", "FR")),
        ),
    )
    assert terms.words() == (
        "Amount from EUR 50.00 to EUR 100.00",
        "Channel is one of web, app",
        "basket/quantity at least 9",
        "country is none of IT, FR",
    )


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"operator": "equal"}, "operator", "unknown_operator"),
        ({"operator": ["in"]}, "operator", "unknown_operator"),
        ({"value": NAN}, "value", "wrong_type"),
        ({"value": INFINITE}, "value", "wrong_type"),
        ({"value": None}, "value", "wrong_type"),
        ({"value": {}}, "value", "wrong_type"),
        ({"value": 2**60}, "value", "out_of_range"),
        ({"value": ""}, "value", "not_seen"),
        ({"value": "x" * 201}, "value", "too_long"),
        ({"value": [1]}, "value", "wrong_type"),
        ({"operator": "less_than", "value": "10"}, "value", "wrong_type"),
        ({"operator": "less_than", "value": True}, "value", "wrong_type"),
        ({"operator": "in", "value": 1}, "value", "list_wanted"),
        ({"operator": "in", "value": []}, "value", "empty"),
        ({"operator": "in", "value": [1, NAN]}, "value/1", "wrong_type"),
        ({"operator": "in", "value": [1, 1.5, "2"]}, "value/2", "wrong_type"),
        ({"operator": "not_in", "value": [True, 1]}, "value/1", "wrong_type"),
        ({"operator": "in", "value": ["x"] * 101}, "value", "too_many"),
        ({"path": ""}, "path", "not_seen"),
        ({"path": "a//b"}, "path", "not_a_path"),
        ({"path": "/a"}, "path", "not_a_path"),
        ({"path": "/".join("a" * 9)}, "path", "too_deep"),
        ({"path": "/".join("a" * 500)}, "path", "too_long"),
        ({"path": 5}, "path", "wrong_type"),
        ({"path": "a\u202eb"}, "path", "not_seen"),
        ({"extra": 1}, "extra", "unknown_field"),
        ({"a/b~c": 1}, "a~1b~0c", "unknown_field"),
    ],
)
def test_a_wrong_custom_condition_is_refused_with_its_pointer(
    fields: dict[str, Any], pointer: str, code: str
) -> None:
    assert errors_of(body(custom_conditions=one(**fields))) == [
        (f"/custom_conditions/0/{pointer}", code)
    ]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"amount": {"currency": "EUR"}}, ("/amount", "no_bounds")),
        ({"amount": {"currency": "XXX", "min_minor": 1}}, ("/amount/currency", "unknown_currency")),
        ({"amount": {"min_minor": 1}}, ("/amount/currency", "missing")),
        ({"amount": {"currency": "EUR", "min_minor": 0.5}}, ("/amount/min_minor", "wrong_type")),
        ({"amount": {"currency": "EUR", "min_minor": "50"}}, ("/amount/min_minor", "wrong_type")),
        ({"amount": {"currency": "EUR", "max_minor": True}}, ("/amount/max_minor", "wrong_type")),
        ({"amount": {"currency": "EUR", "max_minor": None}}, ("/amount/max_minor", "wrong_type")),
        ({"amount": {"currency": "EUR", "max_minor": -1}}, ("/amount/max_minor", "out_of_range")),
        (
            {"amount": {"currency": "EUR", "min_minor": 2, "max_minor": 1}},
            ("/amount/min_minor", "range_reversed"),
        ),
        ({"amount": None}, ("/amount", "object_wanted")),
        ({"match_lists": []}, ("/match_lists", "empty")),
        ({"match_lists": [{"key": "channel", "values": []}]}, ("/match_lists/0/values", "empty")),
        ({"match_lists": {}}, ("/match_lists", "list_wanted")),
        (
            {"match_lists": [{"key": "channel", "values": ["web"]}] * 2},
            ("/match_lists/1/key", "twice"),
        ),
        ({"pairs": []}, ("/pairs", "empty")),
        ({"pairs": [CARD, CARD]}, ("/pairs/1", "twice")),
        ({"pairs": [CARD, {"provider": "acme", "method": "x"}]}, ("/pairs/1", "unknown_pair")),
        ({"pairs": [{"provider": "acme"}]}, ("/pairs/0/method", "missing")),
        ({"name": ""}, ("/name", "not_seen")),
        ({"name": "x" * 101}, ("/name", "too_long")),
        ({"name": 5}, ("/name", "wrong_type")),
        ({"priority": 1}, ("/priority", "unknown_field")),
    ],
)
def test_what_is_wrong_elsewhere_is_refused_with_its_pointer(
    more: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert errors_of(body(**more)) == [expected]


def test_a_pair_that_comes_twice_is_named_in_its_place_beside_one_that_is_wrong() -> None:
    assert errors_of(body(pairs=[{"provider": 5, "method": "x"}, CARD, CARD])) == [
        ("/pairs/0/provider", "wrong_type"),
        ("/pairs/2", "twice"),
    ]


def test_ten_thousand_conditions_are_refused_by_one_error() -> None:
    assert errors_of(body(custom_conditions=one() * 10_000)) == [("/custom_conditions", "too_many")]
    each = [{"key": f"k{n}", "values": ["x"]} for n in range(30)]
    assert errors_of(body(match_lists=each, custom_conditions=one() * 30)) == [("", "too_many")]


def test_all_that_is_wrong_is_named_below_where_the_body_lies() -> None:
    said = {"pairs": [], "custom_conditions": one(operator="like") + one(value=NAN), "color": "red"}
    assert sorted(errors_of(said, at="/body")) == [
        ("/body/color", "unknown_field"),
        ("/body/custom_conditions/0/operator", "unknown_operator"),
        ("/body/custom_conditions/1/value", "wrong_type"),
        ("/body/name", "missing"),
        ("/body/pairs", "empty"),
    ]
    many = body(custom_conditions=one(value=NAN, path="") * 50, pairs=[{}] * 50)
    assert len(errors_of(many)) == ERRORS_MAX


@pytest.mark.parametrize("said", [None, [], "rule", 5])
def test_what_is_no_object_is_no_rule(said: Any) -> None:
    assert errors_of(said) == [("", "object_wanted")]


def test_the_default_rule_takes_no_conditions() -> None:
    assert read_terms(body(), of_default=True).pairs == (ADYEN,)
    assert errors_of(body(custom_conditions=one()), of_default=True) == [
        ("/custom_conditions", "default_without_conditions")
    ]


def deep(levels: int) -> dict[str, Any]:
    """An object in an object, so many."""
    return {"a": deep(levels - 1)} if levels else {"a": 1}


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        ([], ("", "object_wanted")),
        ({"n": NAN}, ("/n", "not_finite")),
        ({"basket": {"n": INFINITE}}, ("/basket/n", "not_finite")),
        ({"a/b": 1}, ("", "not_a_key")),
        ({"": 1}, ("", "not_a_key")),
        (deep(8), ("/a/a/a/a/a/a/a/a", "too_deep")),
        ({"note": "x" * 2_001}, ("/note", "too_long")),
        ({"list": [0] * 201}, ("/list", "too_many")),
        ({f"k{n}": n for n in range(201)}, ("", "too_many")),
        ({"amount_minor": 1.5}, ("/amount_minor", "not_an_amount")),
        ({"amount_minor": "50"}, ("/amount_minor", "not_an_amount")),
        ({"amount_minor": -1}, ("/amount_minor", "not_an_amount")),
        ({"amount_minor": True}, ("/amount_minor", "not_an_amount")),
        ({"currency": "euro"}, ("/currency", "unknown_currency")),
    ],
)
def test_what_cannot_be_a_context_is_refused_with_its_pointer(
    context: Any, expected: tuple[str, str]
) -> None:
    with pytest.raises(ContextNotValid) as refused:
        checked(context)
    (error,) = refused.value.extra["errors"]
    assert (error["pointer"], error["code"]) == expected


def test_a_value_of_another_type_than_a_rule_wants_is_no_fault_of_a_context() -> None:
    context = {"amount_minor": 5000, "currency": "EUR", "quantity": "10", "tags": ["a"], "x": None}
    assert checked(context) is context
    assert checked(deep(7)) == deep(7)


ODD: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, NAN, INFINITE, 10**30, "", " ", "in", "10", "EUR", "x" * 300, [], [1],
    ["a", 1], [[]], {}, {"key": 1}, {"path": "a", "operator": "in"}, "a/b", "a//b", "\x00",
)  # fmt: skip


def spoiled(value: Any, random: Random) -> Any:
    """The same with something else in some places, or something left out."""
    if random.random() < 0.02:
        return random.choice(ODD)
    if isinstance(value, dict):
        kept = {name: spoiled(each, random) for name, each in value.items()}
        return {name: each for name, each in kept.items() if random.random() < 0.99}
    if isinstance(value, list):
        return [spoiled(each, random) for each in value] * random.choice((1,) * 20 + (2,))
    return value


def test_whatever_is_sent_is_refused_by_its_fields_or_can_be_used() -> None:
    random = Random(12)
    right = body(
        amount={"currency": "EUR", "min_minor": 1, "max_minor": 9},
        match_lists=[{"key": "channel", "values": ["web"]}],
        custom_conditions=one(operator="not_in", value=[1, 2]) + one(operator="less_than"),
    )
    read = refused = 0
    for _ in range(5_000):
        said = spoiled(right, random)
        try:
            terms = read_terms(said)
        except RuleNotValid:
            refused += 1
        else:
            read += 1
            rule = a_rule("read", 1)._replace(terms=terms)
            assert check([rule, the_default()], CATALOGUE) is not None
            assert an_evaluator(rule).evaluate({"channel": "web"}).rule.id in {"read", "default"}
            assert read_terms(written(terms)) == terms
    assert min(read, refused) > 500
