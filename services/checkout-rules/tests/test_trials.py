"""A context that is only tried is answered as any other, and counts for no rule."""

import pytest
from pydantic import ValidationError

from checkout_rules.api.evaluations import EvaluationIn
from checkout_rules.domain.rule_set import ActiveRule
from checkout_rules.use_cases.evaluate import Evaluate
from payops_kernel.clock import PlatformClock
from payops_testing.checkout_rules.builders import a_rule, an_evaluator, one_of


class Counted:
    """Which rules were counted."""

    def __init__(self) -> None:
        self.rules: list[str] = []

    def add(self, rule: ActiveRule, times: int = 1) -> None:
        self.rules += [rule.id] * times


class Rules:
    """One rule before the default."""

    evaluator = an_evaluator(a_rule("web", 1, one_of("channel", "web")))


def test_a_trial_is_answered_as_a_checkout_is_and_is_no_hit() -> None:
    counted = Counted()
    evaluate = Evaluate(Rules(), counted, None, PlatformClock())  # type: ignore[arg-type]
    tried = evaluate.one({"channel": "web"}, "", is_trial=True)
    assert counted.rules == []
    assert evaluate.one({"channel": "web"}, "") == tried
    assert counted.rules == ["web"]


@pytest.mark.parametrize("beside", [{"contexts": [{}]}, {"context": {}, "transaction_id": "ORD-1"}])
def test_a_trial_is_of_one_context_and_is_never_kept(beside: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="a trial is of one context"):
        EvaluationIn.model_validate(beside | {"trial": True})
    assert EvaluationIn.model_validate({"context": {}, "trial": True}).trial
