"""What checkout rules find and refuse has words in every language, with what mends it."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import checkout_rules
from backoffice.components.findings import MENDS, findings
from backoffice.errors import Refused
from backoffice.pages.checkout_rules.refusals import AT_FIELD, SAID, said, said_at_fields
from backoffice.words import Words
from checkout_rules.domain import errors
from checkout_rules.domain.catalogue import Pair
from checkout_rules.domain.rule import VERSIONS_MAX, Doing, Rule
from checkout_rules.domain.rule_set import Terms
from payops_contracts.checkout_rules import DEFAULT_RULE, SEVERITY, RuleFinding
from payops_contracts.ids import RuleId
from payops_contracts.labels import FINDING_SENTENCE, RULE_FINDING

SOURCES = [each.read_text("utf-8") for each in Path(checkout_rules.__file__).parent.rglob("*.py")]
BASES = {"checkout_request_not_valid", "checkout_rule_refused", "checkout_overtaken"}
WITH_503 = {"checkout_rules_not_read"}
"""The gateway says of it that the service is away."""
ITALIAN = Words("it")


def test_every_refusal_of_the_service_has_words_in_both_languages() -> None:
    codes = {code for text in SOURCES for code in re.findall(r'^    code = "(\w+)"', text, re.M)}
    assert errors.PriorityTaken.code in codes
    assert codes - BASES - WITH_503 <= set(SAID)
    for code, sentence in SAID.items():
        refused = Refused(409, {"code": code, "detail": "in the service's words"})
        assert (said(refused, Words("en")), said(refused, ITALIAN)) == (sentence, ITALIAN(sentence))
        assert ITALIAN(sentence) != sentence


def test_every_wrong_field_has_words_in_both_languages() -> None:
    named = r'(?:refuse|Wrong|_refused)\(\s*(?:\w+|f"[^"]*"),\s*"([a-z_]+)"'
    codes = {code for text in SOURCES for code in re.findall(named, text)}
    assert {"twice", "no_bounds", "card_number", "range_too_long"} <= codes
    assert codes <= set(AT_FIELD)
    found = [{"pointer": f"/{code}", "code": code, "detail": "x"} for code in AT_FIELD]
    refused = Refused(422, {"code": "invalid", "errors": found})
    assert said_at_fields(refused, Words("en")) == {f"/{at}": it for at, it in AT_FIELD.items()}
    assert all(ITALIAN(each) != each for each in AT_FIELD.values())


def test_what_is_new_here_is_said_as_the_service_says_it_and_a_missing_role_by_its_name() -> None:
    new = {"code": "new", "detail": "Its own.", "errors": [{"pointer": "/a", "detail": "Wrong."}]}
    assert said(Refused(409, new), ITALIAN) == "Its own."
    assert said_at_fields(Refused(422, new), ITALIAN) == {"/a": "Wrong."}
    needs = {"code": "forbidden", "detail": "x", "required_role": "approver"}
    assert said(Refused(403, needs), Words("en")) == "Approvers can do this."


@pytest.mark.parametrize("code", RuleFinding)
def test_every_finding_says_what_mends_it_in_both_languages(code: RuleFinding) -> None:
    found: dict[str, Any] = {
        "code": code, "severity": SEVERITY[code], "detail": "x", "example": None,
        "rules": [{"rule_id": "rule-1", "name": "A"}, {"rule_id": "rule-2", "name": "B"}],
        "pairs": [{"provider": "adyen", "method": "credit-cards"}],
    }  # fmt: skip
    for words in (Words("en"), ITALIAN):
        (shown,) = findings([found], words)
        assert shown.mend == words(MENDS[code])
        assert '"A"' in shown.detail
    texts = (RULE_FINDING[code], FINDING_SENTENCE[code], MENDS[code])
    assert all(ITALIAN(each) != each for each in texts)


def test_why_something_cannot_be_done_with_a_rule_is_said_in_italian() -> None:
    doing = Doing("ann", datetime(2026, 3, 1, tzinfo=UTC))
    terms = Terms("Night", (Pair("adyen", "credit-cards"),))
    rule, default = (Rule.created(RuleId(each), 1, terms, doing) for each in ("x", DEFAULT_RULE))
    rule.activate(doing)
    refused = [rule.check_activatable, default.check_removable]
    gone = Rule.created(RuleId("y"), 2, terms, doing)
    gone.archive(doing)
    gone.versions *= VERSIONS_MAX
    for refuse in (*refused, gone.check_changeable, gone.check_restorable):
        with pytest.raises(errors.RuleRefused) as raised:
            refuse()
        assert ITALIAN(str(raised.value)) != str(raised.value)
