"""The rule set of a wish: changed rules in their place, new ones at the end, some left out."""

import pytest

from checkout_rules.domain.drafting import Change, Wish, drafted
from checkout_rules.domain.errors import DefaultStays, PriorityTaken
from payops_contracts.checkout_rules import DEFAULT_RULE
from payops_contracts.ids import RuleId
from payops_testing.checkout_rules.builders import NEXI, a_rule, a_rule_set

WEB, POS = a_rule("web", 10), a_rule("pos", 20, version=4)
ACTIVE = a_rule_set(WEB, POS, version=7)
OTHER = a_rule("other", 1, pairs=(NEXI,)).terms


def tried(wish: Wish, *drafts: object) -> list[tuple[str, int, int | None]]:
    """The rules in the order of trying: id, version, priority."""
    rule_set = drafted(ACTIVE, wish, drafts)  # type: ignore[arg-type]
    assert rule_set.version == 8
    return [(each.id, each.version, each.priority) for each in rule_set.rules]


def test_a_changed_rule_keeps_its_place_unless_it_is_given_another() -> None:
    last = (DEFAULT_RULE, 1, None)
    changed = Change(RuleId("pos"), None, OTHER)
    assert tried(Wish([changed])) == [("web", 1, 10), ("pos", 5, 20), last]
    assert tried(Wish([changed._replace(priority=3)])) == [("pos", 5, 3), ("web", 1, 10), last]
    assert tried(Wish([Change(None, None, OTHER)])) == [
        ("web", 1, 10), ("pos", 4, 20), ("new-1", 1, 21), last,
    ]  # fmt: skip
    assert tried(Wish(without=[RuleId("web"), RuleId("unknown")])) == [("pos", 4, 20), last]
    default = Change(RuleId(DEFAULT_RULE), 5, OTHER)
    assert tried(Wish([default]))[-1] == (DEFAULT_RULE, 2, None)


def test_drafts_answer_in_place_of_their_rules_and_a_change_in_place_of_its_draft() -> None:
    drafts = (WEB._replace(version=2), a_rule("new", 5))
    assert tried(Wish(drafts=True), *drafts)[:3] == [("new", 1, 5), ("web", 2, 10), ("pos", 4, 20)]
    assert tried(Wish(), *drafts)[0] == ("web", 1, 10)
    change = Change(RuleId("new"), None, OTHER)
    assert tried(Wish([change]), *drafts)[0] == ("new", 2, 5), "a draft's own priority"


def test_what_no_rule_set_can_be_is_refused() -> None:
    with pytest.raises(PriorityTaken):
        drafted(ACTIVE, Wish([Change(None, 20, OTHER)]))
    with pytest.raises(DefaultStays):
        drafted(ACTIVE, Wish(without=[RuleId(DEFAULT_RULE)]))
