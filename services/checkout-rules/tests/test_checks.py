"""What is found before rules are activated: named with the rules, with an example, and true."""

from random import Random
from typing import Any

import pytest

from checkout_rules.domain import boxes
from checkout_rules.domain.catalogue import Pair
from checkout_rules.domain.checks import FINDINGS_MAX, Finding, check, newly_found
from checkout_rules.domain.conditions import AmountRange
from checkout_rules.domain.contexts import checked
from checkout_rules.domain.evaluator import Evaluator
from checkout_rules.domain.rule_set import ActiveRule, RuleSet
from payops_contracts.checkout_rules import RuleFinding, Severity
from payops_contracts.ids import RuleId
from payops_testing.checkout_rules.builders import (
    ADYEN,
    CATALOGUE,
    NEXI,
    SCALAPAY,
    STRIPE,
    a_rule,
    an_evaluator,
    custom,
    one_of,
    the_default,
    with_disabled,
)
from payops_testing.checkout_rules.random_rules import (
    a_context_near,
    a_random_context,
    a_random_rule_set,
    a_tight_rule_set,
)

UNREACHABLE = {RuleFinding.NEVER_MATCHES, RuleFinding.SHADOWED, RuleFinding.SHADOWED_TOGETHER}
CONTEXTS = 10_000
RULE_SETS = 250
WEB, APP = one_of("channel", "web"), one_of("channel", "app")


def found(*rules: ActiveRule, default: ActiveRule | None = None, **more: Any) -> list[Finding]:
    """What a check finds of rules with a default."""
    catalogue = more.get("catalogue", CATALOGUE)
    return list(check((*rules, default or the_default()), catalogue))


def said(findings: list[Finding]) -> list[tuple[str, ...]]:
    """Code and rules of each."""
    return [(each.code.value, *each.rules) for each in findings]


def test_a_rule_behind_one_that_always_holds_is_named_shadowed() -> None:
    everything, special = a_rule("all", 1), a_rule("special", 2, WEB)
    (finding,) = found(everything, special)
    assert (finding.code, finding.rules) == (RuleFinding.SHADOWED, ("special", "all"))
    assert finding.example == {"channel": "web"}
    assert an_evaluator(everything, special).evaluate(finding.example).rule.id == "all"


def test_a_narrower_range_behind_a_wider_one_is_shadowed_and_before_it_is_an_exception() -> None:
    wide = AmountRange("EUR", 0, 10_000)
    narrow = AmountRange("EUR", 5000, 6000)
    behind = found(a_rule("wide", 1, amount=wide), a_rule("narrow", 2, amount=narrow))
    assert said(behind) == [("shadowed", "narrow", "wide")]
    first = found(a_rule("narrow", 1, amount=narrow, pairs=(NEXI,)), a_rule("wide", 2, amount=wide))
    assert said(first) == [("exception_first", "wide", "narrow")]
    assert first[0].severity is Severity.NOTE


@pytest.mark.parametrize(
    "conditions",
    [
        (custom("n", "greater_than", 5), custom("n", "less_than", 5)),
        (custom("n", "greater_or_equal_than", 5), custom("n", "less_than", 5)),
        (custom("n", "equals", 5), custom("n", "not_equals", 5)),
        (custom("n", "equals", 5), custom("n", "equals", "5")),
        (one_of("channel", "web"), custom("channel", "not_in", ("web", "app"))),
        (custom("basket", "equals", "full"), custom("basket/quantity", "less_than", 3)),
    ],
)
def test_conditions_that_exclude_each_other_never_match(conditions: tuple[Any, ...]) -> None:
    assert said(found(a_rule("odd", 1, *conditions))) == [("never_matches", "odd")]


def test_a_range_of_amounts_and_a_custom_condition_may_exclude_each_other() -> None:
    over = custom("amount_minor", "greater_than", 10_000)
    rule = a_rule("odd", 1, over, amount=AmountRange("EUR", 5000, 10_000))
    assert said(found(rule)) == [("never_matches", "odd")]


def test_numbers_between_two_whole_ones_are_thought_of() -> None:
    between = custom("n", "greater_than", 5), custom("n", "less_than", 6)
    rule = a_rule("between", 1, *between)
    assert found(rule) == []
    assert an_evaluator(rule).evaluate({"n": 5.5}).rule.id == "between"


def test_rules_that_cover_another_together_are_named() -> None:
    low, high = custom("n", "less_than", 10), custom("n", "greater_or_equal_than", 10)
    rules = (
        a_rule("low", 1, low), a_rule("high", 2, high), a_rule("web", 3, WEB),
        a_rule("both", 4, WEB, custom("n", "not_equals", 10)),
        a_rule("left", 5, APP, custom("n", "in", (1, 11))),
    )  # fmt: skip
    findings = found(*rules)
    assert said(findings) == [
        ("shadowed", "both", "web"), ("shadowed_together", "left", "low", "high"),
    ]  # fmt: skip
    example = findings[1].example
    assert example is not None
    assert an_evaluator(*rules).evaluate(example).rule.id in {"low", "high"}


def test_two_that_meet_with_other_pairs_are_named_with_a_context_of_both() -> None:
    dear = a_rule("dear", 1, amount=AmountRange("EUR", 5000), pairs=(NEXI,))
    web = a_rule("web", 2, WEB, pairs=(ADYEN,))
    (finding,) = found(dear, web)
    assert (finding.code, finding.rules) == (RuleFinding.OVERLAP, ("web", "dear"))
    assert finding.severity is Severity.WARNING
    assert finding.example == {"amount_minor": 5000, "currency": "EUR", "channel": "web"}


def test_an_example_of_numbers_below_all_that_are_named_is_found_too() -> None:
    cold = a_rule("cold", 1, custom("degrees", "less_than", -3), pairs=(NEXI,))
    (finding,) = found(cold, a_rule("web", 2, WEB))
    assert finding.example == {"channel": "web", "degrees": -4}


def test_two_that_meet_with_the_same_pairs_are_no_finding() -> None:
    assert found(a_rule("one", 1, WEB), a_rule("two", 2, custom("n", "equals", 1))) == []


def test_two_that_cannot_meet_are_no_finding() -> None:
    euros = a_rule("euros", 1, amount=AmountRange("EUR", 5000), pairs=(NEXI,))
    dollars = a_rule("dollars", 2, amount=AmountRange("USD", 5000), pairs=(ADYEN,))
    assert found(euros, dollars) == []


def test_a_pair_without_subscriptions_is_useless_in_a_rule_for_subscriptions() -> None:
    of_subscriptions = one_of("type", "SUBSCRIPTION")
    (finding,) = found(a_rule("subscriptions", 1, of_subscriptions, pairs=(SCALAPAY, ADYEN)))
    assert (finding.code, finding.pairs) == (RuleFinding.USELESS_PAIR, (SCALAPAY,))
    assert finding.example == {"type": "SUBSCRIPTION"}


def test_a_pair_without_the_unit_of_the_recurrence_is_useless() -> None:
    yearly = custom("subscription/interval", "equals", "YEAR")
    (finding,) = found(a_rule("yearly", 1, yearly, pairs=(STRIPE, ADYEN)))
    assert (finding.code, finding.pairs) == (RuleFinding.USELESS_PAIR, (STRIPE,))


def test_a_pair_that_cannot_be_paid_by_link_is_useless_in_a_rule_for_links() -> None:
    link = one_of("type", "PAY_BY_LINK")
    (finding,) = found(a_rule("links", 1, link, pairs=(ADYEN, NEXI)))
    assert finding.pairs == (NEXI,)


@pytest.mark.parametrize(
    "condition",
    [
        one_of("type", "SUBSCRIPTION", "DIRECT"),
        custom("type", "not_equals", "DIRECT"),
        one_of("channel", "SUBSCRIPTION"),
        custom("type", "in", ("SUBSCRIPTION", "RENTAL")),
    ],
)
def test_a_pair_that_some_payments_of_a_rule_can_use_is_not_useless(condition: Any) -> None:
    assert found(a_rule("mixed", 1, condition, pairs=(SCALAPAY,))) == []


def test_a_rule_whose_pairs_are_disabled_is_named() -> None:
    rule = a_rule("cards", 1, pairs=(NEXI, ADYEN))
    one = found(rule, catalogue=with_disabled(NEXI))
    both = found(rule, catalogue=with_disabled(NEXI, ADYEN))
    assert [(each.code, each.pairs) for each in (*one, *both)] == [
        (RuleFinding.PAIR_DISABLED, (NEXI,)), (RuleFinding.NO_PAIR_LEFT, (NEXI, ADYEN)),
    ]  # fmt: skip


def test_what_falls_to_a_default_without_pairs_is_named_with_an_example() -> None:
    rules = a_rule("web", 1, WEB), a_rule("app", 2, APP)
    default = the_default((NEXI,))
    (finding,) = found(*rules, default=default, catalogue=with_disabled(NEXI))
    assert (finding.code, finding.rules) == (RuleFinding.DEFAULT_WITHOUT_PAIRS, ("default",))
    example = finding.example
    assert example is not None
    decision = an_evaluator(*rules, default=default, catalogue=with_disabled(NEXI)).evaluate(
        example
    )
    assert (decision.rule.id, decision.no_pair_enabled) == ("default", True)


def test_nothing_falls_to_the_default_when_a_rule_always_holds() -> None:
    default = the_default((NEXI,))
    assert found(a_rule("all", 1), default=default, catalogue=with_disabled(NEXI)) == []


def test_unknown_and_no_pairs_and_a_taken_priority_are_errors() -> None:
    unknown = Pair("acme", "barter")
    findings = found(
        a_rule("strange", 1, WEB, pairs=(ADYEN, unknown)), a_rule("none", 2, APP, pairs=())
    )
    errors = [each for each in findings if each.severity is Severity.ERROR]
    assert [(each.code, each.rules, each.pairs) for each in errors] == [
        (RuleFinding.UNKNOWN_PAIR, ("strange",), (unknown,)),
        (RuleFinding.NO_PAIRS, ("none",), ()),
    ]
    taken = found(a_rule("five", 5), a_rule("five-too", 5, WEB))
    assert said(taken) == [("priority_taken", "five-too", "five")]


def test_many_overlaps_are_cut_and_what_is_worse_stays() -> None:
    rules = [
        a_rule(f"r{n}", n, custom(f"k{n}", "equals", "x"), pairs=(ADYEN, NEXI)[n % 2 : n % 2 + 1])
        for n in range(1, 60)
    ]
    never = a_rule("never", 99, custom("n", "greater_than", 5), custom("n", "less_than", 5))
    findings = found(*rules, never)
    assert len(findings) == 200
    assert findings[0].code is RuleFinding.NEVER_MATCHES


def test_no_rule_that_is_called_unreachable_ever_answers() -> None:
    random = Random(15)
    called: set[RuleFinding] = set()
    asked = 0
    for number in range(RULE_SETS):
        rule_set = a_tight_rule_set(random) if number % 2 else a_random_rule_set(random, 12)
        unreachable = named(check(rule_set.rules, CATALOGUE), called)
        contexts = contexts_for(random, rule_set)
        asked += len(contexts)
        evaluator = Evaluator(rule_set)
        answering = {rule_set.rules[it].id for it in evaluator.rule_numbers(contexts)}
        assert not answering & unreachable
    assert asked == CONTEXTS
    assert called == UNREACHABLE


def named(findings: tuple[Finding, ...], called: set[RuleFinding]) -> set[str]:
    """The rules that are said never to answer; how is added to ``called``."""
    unreachable = [each for each in findings if each.code in UNREACHABLE]
    called |= {each.code for each in unreachable}
    return {each.rules[0] for each in unreachable}


def contexts_for(random: Random, rule_set: RuleSet) -> list[dict[str, Any]]:
    """Some at random, most of them near what some rule wants."""
    each = CONTEXTS // RULE_SETS
    near = [a_context_near(random, random.choice(rule_set.rules)) for _ in range(3 * each // 4)]
    return near + [a_random_context(random) for _ in range(each - len(near))]


def test_every_example_can_be_sent_and_shows_what_is_said() -> None:
    random, shown = Random(16), 0
    for _ in range(RULE_SETS):
        rule_set = a_random_rule_set(random, 12)
        by_id = {each.id: each for each in rule_set.rules}
        for finding in check(rule_set.rules, CATALOGUE):
            if finding.example is None:
                continue
            shown += 1
            alone = [by_id[finding.rules[0]]]
            if finding.code in {RuleFinding.OVERLAP, RuleFinding.EXCEPTION_FIRST}:
                alone.append(by_id[finding.rules[1]])
            for rule in alone:
                answers = RuleSet.of(1, (rule, the_default()), CATALOGUE)
                assert Evaluator(answers).evaluate(checked(finding.example)).rule.id == rule.id
    assert shown > RULE_SETS


@pytest.mark.parametrize("limit", ["MEETINGS_MAX", "ALL_MEETINGS_MAX"])
def test_what_takes_too_long_to_decide_is_not_claimed(
    limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = [a_rule(f"n{n}", n + 1, custom("n", "equals", n)) for n in range(9)]
    covered = a_rule("all nine", 99, WEB, custom("n", "in", tuple(range(9))))
    names = [each.id for each in parts]
    assert said(found(*parts, covered)) == [("shadowed_together", "all nine", *names)]
    monkeypatch.setattr(boxes, limit, 5)
    assert found(*parts, covered) == []


def test_about_one_rule_only_what_it_does_to_others_and_they_to_it_is_found() -> None:
    wide, web, app = (
        a_rule("wide", 1, pairs=(NEXI,)),
        a_rule("web", 2, one_of("channel", "web")),
        a_rule("app", 3, one_of("channel", "app")),
    )
    everything = {each.rules for each in check([wide, web, app, the_default()], CATALOGUE)}
    assert everything == {("web", "wide"), ("app", "wide")}
    found = check([wide, web, app, the_default()], CATALOGUE, RuleId("web"))
    assert {each.rules for each in found} == {("web", "wide")}
    found = check([wide, web, app, the_default()], CATALOGUE, RuleId("wide"))
    assert {each.rules for each in found} == everything


def test_of_two_rules_of_one_priority_the_one_that_is_asked_about_is_named_first() -> None:
    rules = [a_rule("a", 5), a_rule("b", 5), the_default()]
    for about, other in (("a", "b"), ("b", "a")):
        (found,) = check(rules, CATALOGUE, RuleId(about))
        assert (found.code, found.rules) == (RuleFinding.PRIORITY_TAKEN, (about, other))


def test_of_many_that_never_answer_none_is_news_in_another_order() -> None:
    narrow = [a_rule(f"r{number}", number + 2, WEB) for number in range(FINDINGS_MAX + 2)]
    tried = RuleSet.of(1, (a_rule("wide", 1), *narrow, the_default()), CATALOGUE)
    first, *_, last = narrow
    turned = tried.moved({first.id: FINDINGS_MAX + 3, last.id: 2})
    assert newly_found(tried.rules, turned, CATALOGUE) == ()
    behind = tried.moved({RuleId("wide"): FINDINGS_MAX + 4})
    (found,) = newly_found(behind, tried.rules, CATALOGUE)
    assert (found.code, found.rules) == (RuleFinding.SHADOWED, (first.id, "wide"))
