"""A rule from its first draft to its removal and back, and the order in which rules are tried."""

from datetime import UTC, datetime, timedelta

import pytest

from checkout_rules.domain.errors import (
    AlreadyArchived,
    DefaultStays,
    NothingToActivate,
    OrderIncomplete,
    TooManyRules,
    TooManyVersions,
    VersionUnknown,
)
from checkout_rules.domain.rule import VERSIONS_MAX, Doing, Rule, reordered
from checkout_rules.domain.rule_set import RuleSet, Terms
from payops_contracts.checkout_rules import ACTIVE_RULES_MAX, DEFAULT_RULE, RuleEvent, RuleStatus
from payops_contracts.ids import RuleId
from payops_testing.checkout_rules.builders import (
    ADYEN,
    CATALOGUE,
    NEXI,
    a_rule,
    a_rule_set,
    one_of,
    the_default,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
FIRST = Terms("Web shop", (ADYEN,), match_lists=(one_of("channel", "web"),))
SECOND = FIRST._replace(pairs=(NEXI, ADYEN))


def by(name: str, minutes: int = 0, reason: str | None = None) -> Doing:
    """Somebody does something, so many minutes after noon."""
    return Doing(name, NOON + timedelta(minutes=minutes), reason)


def a_draft() -> Rule:
    """The web shop's rule, never active."""
    return Rule.created(RuleId("web-shop"), 10, FIRST, by("ann"))


def an_active_one() -> Rule:
    """The same, active."""
    rule = a_draft()
    rule.activate(by("eva", 1))
    return rule


def default_rule() -> Rule:
    """The default as it is there from the first start."""
    rule = Rule.created(DEFAULT_RULE, None, Terms("Default", CATALOGUE.all_pairs), by("payops"))
    rule.activate(by("payops"))
    return rule


def test_a_new_rule_is_a_draft_and_answers_nothing() -> None:
    rule = a_draft()
    assert (rule.status, rule.active, rule.has_draft, rule.version) == (
        RuleStatus.DRAFT, None, True, 1,
    )  # fmt: skip


def test_what_is_saved_does_not_answer_until_it_is_activated() -> None:
    rule = an_active_one()
    rule.save(SECOND, by("ann", 2))
    assert rule.active is not None
    assert (rule.active.version, rule.active.terms, rule.has_draft) == (1, FIRST, True)
    assert (rule.candidate.version, rule.candidate.terms) == (2, SECOND)
    rule.activate(by("eva", 3))
    assert rule.active == rule.candidate
    assert (rule.status, rule.has_draft) == (RuleStatus.ACTIVE, False)


def test_terms_that_say_the_same_make_no_version() -> None:
    rule = an_active_one()
    rule.save(FIRST, by("ann", 2))
    assert (len(rule.versions), rule.version) == (1, 2)


def test_an_active_version_is_not_activated_twice() -> None:
    with pytest.raises(NothingToActivate):
        an_active_one().activate(by("eva", 5))


def test_an_older_version_is_restored_as_a_draft_and_every_version_stays() -> None:
    rule = an_active_one()
    rule.save(SECOND, by("ann", 2))
    rule.activate(by("eva", 3))
    rule.restore(1, by("ann", 4, "too many refusals"))
    assert [each.terms for each in rule.versions] == [FIRST, SECOND, FIRST]
    assert (rule.latest.number, rule.latest.restored_from) == (3, 1)
    assert rule.active is not None
    assert rule.active.version == 2
    with pytest.raises(VersionUnknown, match="versions 1 to 3"):
        rule.restore(4, by("ann", 5))
    with pytest.raises(VersionUnknown):
        rule.numbered(0)


def test_a_removed_rule_answers_no_more_and_can_be_restored_as_a_draft() -> None:
    rule = an_active_one()
    rule.archive(by("ann", 2))
    assert (rule.status, rule.active, rule.has_draft) == (RuleStatus.ARCHIVED, None, False)
    for refused in (rule.archive, rule.activate):
        with pytest.raises(AlreadyArchived):
            refused(by("ann", 3))
    with pytest.raises(AlreadyArchived):
        rule.save(SECOND, by("ann", 3))
    with pytest.raises(AlreadyArchived):
        rule.move(4, by("ann", 3))
    rule.restore(1, by("ann", 4))
    assert (rule.status, rule.candidate.terms) == (RuleStatus.DRAFT, FIRST)


def test_the_history_says_who_did_what_and_why() -> None:
    rule = an_active_one()
    rule.move(3, by("ann", 2))
    rule.archive(by("eva", 3, "campaign is over"))
    assert [(it.event, it.doing.by, it.status, it.doing.reason) for it in rule.history] == [
        (RuleEvent.CREATED, "ann", RuleStatus.DRAFT, None),
        (RuleEvent.ACTIVATED, "eva", RuleStatus.ACTIVE, None),
        (RuleEvent.MOVED, "ann", RuleStatus.ACTIVE, None),
        (RuleEvent.ARCHIVED, "eva", RuleStatus.ARCHIVED, "campaign is over"),
    ]
    assert rule.version == len(rule.history)
    assert rule.history[2].priority_before == 10
    assert rule.step is not None
    assert (rule.step.row, rule.step.status_before) == (rule.history[3], RuleStatus.ACTIVE)


def test_the_default_is_neither_removed_nor_moved_nor_narrowed() -> None:
    rule = default_rule()
    with pytest.raises(DefaultStays):
        rule.archive(by("ann"))
    with pytest.raises(DefaultStays):
        rule.move(1, by("ann"))
    with pytest.raises(DefaultStays):
        rule.save(FIRST, by("ann"))
    rule.save(Terms("Default", (ADYEN,)), by("ann"))
    rule.activate(by("eva"))
    assert rule.active is not None
    assert rule.active.terms.pairs == (ADYEN,)


def test_a_rule_set_without_its_default_is_refused() -> None:
    rule_set = a_rule_set(a_rule("web", 1))
    with pytest.raises(DefaultStays):
        rule_set.without(DEFAULT_RULE)
    with pytest.raises(DefaultStays):
        RuleSet.of(1, [], CATALOGUE)
    narrowed = the_default()._replace(terms=FIRST)
    with pytest.raises(DefaultStays):
        RuleSet.of(1, [narrowed], CATALOGUE)


def test_the_number_of_active_rules_and_of_versions_is_bounded() -> None:
    rules = [a_rule(f"r{n}", n) for n in range(1, ACTIVE_RULES_MAX)]
    assert len(a_rule_set(*rules).rules) == ACTIVE_RULES_MAX
    with pytest.raises(TooManyRules):
        a_rule_set(*rules, a_rule("one more", 9_999))
    rule = a_draft()
    for number in range(VERSIONS_MAX - 1):
        rule.save(SECOND if number % 2 == 0 else FIRST, by("ann", number))
    with pytest.raises(TooManyVersions):
        rule.restore(1, by("ann"))
    assert len(rule.history) == len(rule.versions) == VERSIONS_MAX


def test_a_new_order_deals_out_the_priorities_in_use_and_moves_no_other_rule() -> None:
    tried = a_rule_set(*(a_rule(name, n) for name, n in zip("abcd", (3, 5, 8, 20), strict=True)))
    wanted = [RuleId(each) for each in "acbd"]
    for given in (tried.rules, tried.rules[::-1]):
        assert reordered(given, wanted) == {"c": 5, "b": 8}
    assert reordered(tried.rules, [RuleId(each) for each in "abcd"]) == {}


@pytest.mark.parametrize(
    ("wanted", "missing", "unknown"),
    [
        ("a", ["b"], []),
        ("abx", [], ["x"]),
        ("aab", [], []),
        (("a", "b", "default"), [], ["default"]),
    ],
)
def test_an_order_that_names_other_rules_than_the_active_ones_is_refused(
    wanted: str, missing: list[str], unknown: list[str]
) -> None:
    tried = a_rule_set(a_rule("a", 1), a_rule("b", 2)).rules
    with pytest.raises(OrderIncomplete) as refused:
        reordered(tried, [RuleId(each) for each in wanted])
    assert refused.value.extra == {"missing": missing, "unknown": unknown}
