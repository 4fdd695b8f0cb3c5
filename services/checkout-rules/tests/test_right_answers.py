"""What rules answer where others went wrong: missing values, types, bounds, order, pairs."""

import copy
from random import Random
from typing import Any

import pytest

from checkout_rules.domain.conditions import AmountRange
from checkout_rules.domain.current import CurrentRules
from checkout_rules.domain.errors import PriorityTaken
from checkout_rules.domain.evaluator import Evaluator
from checkout_rules.domain.rule_set import RuleSet
from checkout_rules.domain.values import Seen
from payops_contracts.checkout_rules import RuleOperator
from payops_contracts.ids import RuleId
from payops_contracts.money import parse_money
from payops_testing.checkout_rules.builders import (
    ADYEN,
    NEXI,
    a_rule,
    a_rule_set,
    an_evaluator,
    answering,
    custom,
    one_of,
    the_default,
    with_disabled,
)
from payops_testing.checkout_rules.random_rules import a_random_context, a_random_rule_set

SMALL_BASKET = a_rule("small", 1, custom("basket/quantity", "less_or_equal_than", 15))


@pytest.mark.parametrize(
    "context", [{}, {"basket": None}, {"basket": {}}, {"basket": {"quantity": None}}]
)
def test_a_missing_or_null_number_is_not_zero(context: dict[str, Any]) -> None:
    decision = an_evaluator(SMALL_BASKET).evaluate(context)
    assert decision.rule.id == "default"
    (passed,) = decision.passed_over
    assert (passed.rule.id, passed.path, passed.seen) == ("small", "basket/quantity", Seen.MISSING)


def test_zero_is_a_number_like_others() -> None:
    assert answering(an_evaluator(SMALL_BASKET), basket={"quantity": 0}) == "small"


@pytest.mark.parametrize("operator", list(RuleOperator))
@pytest.mark.parametrize("context", [{}, {"country": None}, {"country": {}}, {"country": ["IT"]}])
def test_no_operator_holds_without_a_value_and_the_next_rule_is_tried(
    operator: RuleOperator, context: dict[str, Any]
) -> None:
    value: Any = 1 if "than" in operator else ("IT",) if "in" in operator else "IT"
    evaluator = an_evaluator(
        a_rule("first", 1, custom("country", operator, value)), a_rule("second", 2)
    )
    decision = evaluator.evaluate(context)
    assert decision.rule.id == "second"
    expected = (
        Seen.MISSING
        if not context.get("country") and context.get("country") != {}
        else Seen.WRONG_TYPE
    )
    assert [each.seen for each in decision.passed_over] == [expected]


def test_a_number_that_came_as_text_is_of_the_wrong_type_and_spoils_no_other_context() -> None:
    evaluator = an_evaluator(a_rule("many", 1, custom("quantity", "greater_or_equal_than", 9)))
    decisions = evaluator.evaluate_many([{"quantity": it} for it in (10, "10", 9, 8.5, True, 9.5)])
    assert [each.rule.id for each in decisions] == [
        "many", "default", "many", "default", "default", "many",
    ]  # fmt: skip
    assert [decisions[at].passed_over[0].seen for at in (1, 3, 4)] == [
        Seen.WRONG_TYPE, 8.5, Seen.WRONG_TYPE,
    ]  # fmt: skip


def test_true_is_no_one_and_one_is_not_true() -> None:
    yes, one = custom("vip", "equals", True), custom("vip", "equals", 1)
    evaluator = an_evaluator(a_rule("yes", 1, yes), a_rule("one", 2, one))
    values = [True, 1, 1.0, "1", "true", False, 0]
    asked = [answering(evaluator, vip=each) for each in values]
    assert asked == ["yes", "one", "one", "default", "default", "default", "default"]
    numbers = evaluator.rule_numbers([{"vip": each} for each in values])
    assert numbers == [0, 1, 1, 2, 2, 2, 2]


@pytest.mark.parametrize(
    ("currency", "stored", "below", "shown"),
    [
        ("EUR", 5000, 4999, "Amount from EUR 50.00"),
        ("JPY", 50, 49, "Amount from JPY 50"),
        ("KWD", 50_000, 49_999, "Amount from KWD 50.000"),
    ],
)
def test_a_limit_typed_as_50_is_50_of_the_currency(
    currency: str, stored: int, below: int, shown: str
) -> None:
    limit = AmountRange(currency, parse_money("50", currency))
    assert limit.min_minor == stored
    assert limit.words() == shown
    evaluator = an_evaluator(a_rule("dear", 1, amount=limit))
    asked = [
        answering(evaluator, amount_minor=amount, currency=code)
        for amount, code in ((below, currency), (stored, currency), (stored, "USD"))
    ]
    assert asked == ["default", "dear", "default"]


def test_both_bounds_of_an_amount_are_included() -> None:
    between = an_evaluator(a_rule("between", 1, amount=AmountRange("EUR", 5000, 10_000)))
    amounts = (4999, 5000, 10_000, 10_001)
    asked = [answering(between, amount_minor=each, currency="EUR") for each in amounts]
    assert asked == ["default", "between", "between", "default"]


def test_an_amount_of_another_currency_says_which_it_was() -> None:
    evaluator = an_evaluator(a_rule("euros", 1, amount=AmountRange("EUR", 5000)))
    (passed,) = evaluator.evaluate({"amount_minor": 5000, "currency": "USD"}).passed_over
    assert (passed.path, passed.seen) == ("currency", "USD")
    assert passed.condition.words() == "Amount from EUR 50.00"


def test_the_lowest_priority_number_is_tried_first_whatever_the_rules_look_like() -> None:
    everything, special = a_rule("all", 1), a_rule("special", 2, one_of("channel", "web"))
    assert answering(an_evaluator(special, everything), channel="web") == "all"


def test_two_active_rules_of_one_priority_are_refused_and_the_first_is_named() -> None:
    with pytest.raises(PriorityTaken, match="five is active with priority 5") as refused:
        a_rule_set(a_rule("five", 5), a_rule("five-too", 5))
    assert refused.value.extra == {"rule_id": "five", "priority": 5}


def test_the_same_rules_answer_alike_after_edits_a_restart_and_a_removal_taken_back() -> None:
    random = Random(6)
    rule_set = a_random_rule_set(random, 20)
    contexts = [a_random_context(random) for _ in range(1_000)]
    before = [each.rule.id for each in Evaluator(rule_set).evaluate_many(contexts)]
    removed = rule_set.rules[0]
    back = rule_set.without(removed.id).with_rule(removed)
    restarted = RuleSet.of(9, reversed(copy.deepcopy(back.rules)), back.catalogue)
    for each in (back, restarted):
        assert [it.rule.id for it in Evaluator(each).evaluate_many(contexts)] == before


def test_a_disabled_pair_never_answers_and_the_next_one_does() -> None:
    evaluator = an_evaluator(default=the_default((NEXI, ADYEN)), catalogue=with_disabled(NEXI))
    decision = evaluator.evaluate({})
    assert decision.pairs == (ADYEN,)
    assert decision.answer.left_out == (NEXI,)
    assert not decision.no_pair_enabled


def test_a_rule_whose_pairs_are_all_disabled_answers_with_none_and_says_so() -> None:
    rule = a_rule("both", 1, pairs=(NEXI, ADYEN))
    decision = an_evaluator(rule, catalogue=with_disabled(NEXI, ADYEN)).evaluate({})
    assert (decision.rule.id, decision.pairs, decision.no_pair_enabled) == ("both", (), True)


def test_a_decision_names_the_versions_that_were_compiled_whatever_was_saved_since() -> None:
    seventh = a_rule_set(a_rule("shop", 1, one_of("channel", "web"), version=3), version=7)
    evaluator = Evaluator(seventh)
    eighth = seventh.with_rule(a_rule("shop", 1, one_of("channel", "app"), version=4))
    many = evaluator.evaluate_many([{"channel": "web"}] * 3)
    assert {(each.rule_set.version, each.rule.version) for each in many} == {(7, 3)}
    decision = Evaluator(eighth).evaluate({"channel": "app"})
    assert (decision.rule_set.version, decision.rule.version) == (8, 4)


def test_every_process_answers_by_the_newest_rules_that_it_was_told_of() -> None:
    seventh = a_rule_set(a_rule("shop", 1, version=3), version=7)
    eighth = seventh.with_rule(a_rule("shop", 1, version=4))
    first, second = CurrentRules(seventh), CurrentRules(seventh)
    under_way = first.evaluator
    assert [each.take(eighth) for each in (first, second)] == [True, True]
    for each in (first, second):
        decision = each.evaluator.evaluate({})
        assert (decision.rule_set.version, decision.rule.version) == (8, 4)
    many = under_way.evaluate_many([{}, {"channel": "web"}])
    assert {each.rule_set.version for each in many} == {7}


def test_rules_that_are_told_late_or_twice_replace_no_newer_ones() -> None:
    seventh = a_rule_set(version=7)
    current = CurrentRules(seventh.with_rule(a_rule("shop", 1)))
    assert not current.take(seventh)
    assert not current.take(seventh.with_rule(a_rule("other", 1)))
    assert current.version == (8, 1)
    disabled = RuleSet.of(8, current.evaluator.rule_set.rules, with_disabled(ADYEN))
    assert current.take(disabled)
    assert current.evaluator.evaluate({}).no_pair_enabled


def test_a_decision_keeps_what_it_saw_when_the_context_changes_afterwards() -> None:
    context: dict[str, Any] = {"channel": "web", "basket": {"quantity": 3}}
    rules = (
        a_rule("app", 1, one_of("channel", "app")),
        a_rule("many", 2, custom("basket/quantity", "greater_than", 5)),
    )
    decision = an_evaluator(*rules).evaluate(context)
    context["channel"], context["basket"]["quantity"] = "app", 9
    assert [each.seen for each in decision.passed_over] == ["web", 3]


def test_the_first_condition_in_the_rules_own_order_is_the_one_that_is_named() -> None:
    rule = a_rule(
        "shop",
        1,
        custom("country", "equals", "IT"),
        one_of("channel", "web"),
        amount=AmountRange("EUR", 100),
    )
    evaluator = an_evaluator(rule)
    context: dict[str, Any] = {"country": "FR", "channel": "app"}
    named = []
    for more in ({}, {"currency": "EUR", "amount_minor": 100}, {"channel": "web"}):
        context |= more
        (passed,) = evaluator.evaluate(context).passed_over
        named.append((passed.number, passed.path, passed.seen))
    assert named == [(0, "currency", Seen.MISSING), (1, "channel", "app"), (2, "country", "FR")]


def test_texts_are_compared_letter_by_letter() -> None:
    evaluator = an_evaluator(a_rule("web", 1, one_of("channel", "web")))
    assert [answering(evaluator, channel=it) for it in ("web", "Web", "web ", "wéb")] == [
        "web", "default", "default", "default",
    ]  # fmt: skip


def test_numbers_are_compared_exactly_where_floats_and_large_numbers_meet() -> None:
    limit = 2**53 - 1
    evaluator = an_evaluator(a_rule("over", 1, custom("n", "greater_than", limit)))
    asked = [
        answering(evaluator, n=it) for it in (limit, 2**53, float(limit), float(2**53), 10**400)
    ]
    assert asked == ["default", "over", "default", "over", "over"]


def test_no_number_that_is_none_holds() -> None:
    evaluator = an_evaluator(a_rule("any", 1, custom("n", "not_equals", 5)))
    for value in (float("nan"), float("inf"), -float("inf")):
        decision = evaluator.evaluate({"n": value})
        assert decision.rule.id == "default"
        assert decision.passed_over[0].seen is Seen.WRONG_TYPE


def test_a_path_through_something_that_is_no_object_leads_nowhere() -> None:
    evaluator = an_evaluator(SMALL_BASKET)
    for basket in ("quantity", ["quantity"], 5, True):
        (passed,) = evaluator.evaluate({"basket": basket}).passed_over
        assert passed.seen is Seen.MISSING
        assert evaluator.rule_numbers([{"basket": basket}, {"basket": {"quantity": 1}}]) == [1, 0]


def test_many_texts_that_no_rule_names_are_answered_and_not_all_kept() -> None:
    evaluator = an_evaluator(a_rule("others", 1, custom("user", "not_in", ("u-1", "u-2"))))
    contexts = [{"user": f"u-{number}"} for number in range(10_000)]
    answers = evaluator.rule_numbers(contexts)
    assert [number for number, it in enumerate(answers) if it == 1] == [1, 2]
    assert len(evaluator._fields["user"].texts) < 5_000


def test_a_rule_set_without_conditions_is_answered_in_batches_too() -> None:
    evaluator = an_evaluator()
    assert evaluator.rule_numbers([{"channel": "web"}, {}]) == [0, 0]
    assert evaluator.evaluate({}).passed_over == ()


def test_a_rule_is_found_by_its_id_in_the_set_that_would_be() -> None:
    rule_set = a_rule_set(a_rule("one", 1), a_rule("two", 2))
    moved = rule_set.with_rule(a_rule("two", 7, version=2))
    assert [(each.id, each.version) for each in moved.rules] == [
        (RuleId("one"), 1), (RuleId("two"), 2), (RuleId("default"), 1),
    ]  # fmt: skip
