"""Terms and decisions as plain data: nothing is lost on the way there and back."""

import json
from random import Random

from checkout_rules.domain.conditions import AmountRange
from checkout_rules.domain.reading import read_terms
from checkout_rules.domain.rule_set import Terms
from checkout_rules.domain.writing import decision_record, terms_of, written
from payops_contracts.checkout_rules import RuleTerms
from payops_testing.checkout_rules.builders import (
    ADYEN,
    NEXI,
    a_rule,
    an_evaluator,
    custom,
    one_of,
    with_disabled,
)
from payops_testing.checkout_rules.random_rules import random_rule

RULES = 500


def readable(terms: Terms) -> bool:
    """Whether people could have sent them: random ones compare with blank texts too."""
    values = [each for it in terms.match_lists for each in it.values]
    for each in terms.customs:
        values += each.value if isinstance(each.value, tuple) else [each.value]
    return "" not in values


def test_terms_are_read_back_as_they_were_written_checked_or_not() -> None:
    random = Random(11)
    every = [random_rule(random, f"r{number}", number).terms for number in range(RULES)]
    checked = 0
    for terms in every:
        sent = json.loads(json.dumps(written(terms)))
        assert repr(terms_of(sent)) == repr(terms)
        RuleTerms.model_validate(sent)
        if readable(terms):
            checked += 1
            assert repr(read_terms(sent)) == repr(terms)
    assert checked > RULES / 2


def test_a_record_says_which_rule_answers_and_what_kept_each_before_it() -> None:
    rules = (
        a_rule("Large", 1, amount=AmountRange("EUR", 5000), version=4),
        a_rule("Staff", 2, one_of("user_type", "staff")),
        a_rule("Many", 3, custom("basket/quantity", "greater_than", 5)),
        a_rule("Web", 9, one_of("channel", "web"), pairs=(NEXI, ADYEN), version=2),
        a_rule("Never tried", 10),
    )
    evaluator = an_evaluator(*rules, catalogue=with_disabled(NEXI), version=8)
    context = {
        "amount_minor": 4999, "currency": "EUR", "channel": "web", "basket": {"quantity": "6"},
    }  # fmt: skip
    assert decision_record(evaluator.evaluate(context)) == {
        "rule_set_version": 8,
        "catalogue_version": 2,
        "rule": {"rule_id": "Web", "name": "Web", "version": 2},
        "pairs": [{"provider": "adyen", "method": "credit-cards"}],
        "left_out": [{"provider": "nexi", "method": "credit-cards"}],
        "no_pair_enabled": False,
        "passed_over": [
            {
                "rule_id": "Large", "name": "Large", "version": 4, "condition": 0,
                "words": "Amount from EUR 50.00", "path": "amount_minor",
                "terms": {"amount": {"currency": "EUR", "min_minor": 5000}},
                "seen": "value", "value": 4999,
            },
            {
                "rule_id": "Staff", "name": "Staff", "version": 1, "condition": 0,
                "words": "User Type is one of staff", "path": "user_type", "seen": "missing",
                "terms": {"match_lists": [{"key": "user_type", "values": ["staff"]}]},
            },
            {
                "rule_id": "Many", "name": "Many", "version": 1, "condition": 0,
                "words": "basket/quantity over 5", "path": "basket/quantity", "seen": "wrong_type",
                "terms": {
                    "custom_conditions": [
                        {"path": "basket/quantity", "operator": "greater_than", "value": 5}
                    ]
                },
            },
        ],
    }  # fmt: skip
