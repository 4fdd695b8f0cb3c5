"""The compiled evaluator beside a slow, obvious one, on seeded random rules and contexts."""

from random import Random

import pytest

from checkout_rules.domain.blocks import pack
from checkout_rules.domain.evaluator import Evaluator
from checkout_rules.domain.values import Seen
from payops_testing.checkout_rules.random_rules import (
    a_context_near,
    a_random_context,
    a_random_rule_set,
)
from payops_testing.checkout_rules.reference import reference_answer

CONTEXTS = 50
ROUNDS = 1_000
ROUNDS_FULL = 20_000


def compare(seed: int) -> int:
    """One rule set on some contexts, in every way of asking; how many rules answered."""
    random = Random(seed)
    rule_set = a_random_rule_set(random)
    contexts = [a_random_context(random) for _ in range(CONTEXTS // 2)]
    contexts += [
        a_context_near(random, random.choice(rule_set.rules)) for _ in range(CONTEXTS // 2)
    ]
    evaluator = Evaluator(rule_set)
    decisions = [evaluator.evaluate(each) for each in contexts]
    for context, decision in zip(contexts, decisions, strict=True):
        answers, failed = reference_answer(rule_set.rules, context)
        said = [(it.rule.id, it.number, it.path, it.seen) for it in decision.passed_over]
        told = (decision.rule.id, [(*each[:3], repr(each[3])) for each in said])
        assert told == (answers, [(*each[:3], repr_of(each[3])) for each in failed]), context
    numbers = [rule_set.rules.index(each.rule) for each in decisions]
    assert evaluator.rule_numbers(contexts) == numbers
    assert [each.rule for each in evaluator.evaluate_many(contexts)] == [
        each.rule for each in decisions
    ]
    block = pack([(str(number), each) for number, each in enumerate(contexts)])
    assert evaluator.rule_numbers_of(block) == numbers
    return len(set(numbers))


def repr_of(seen: object) -> str:
    """A value as it is written, so that 1, 1.0 and True are told apart."""
    return repr(Seen(seen)) if seen in ("missing", "wrong_type") else repr(seen)


def test_compiled_rules_answer_as_the_reference_does_on_50_000_cases() -> None:
    answering = [compare(seed) for seed in range(ROUNDS)]
    assert sum(answering) > 3 * ROUNDS  # not the default alone


@pytest.mark.full
@pytest.mark.timeout(1_800)
def test_compiled_rules_answer_as_the_reference_does_on_a_million_cases() -> None:
    answering = [compare(seed) for seed in range(ROUNDS, ROUNDS + ROUNDS_FULL)]
    assert sum(answering) > 3 * ROUNDS_FULL


def test_a_large_batch_is_answered_as_one_by_one_is() -> None:
    random = Random(4)
    evaluator = Evaluator(a_random_rule_set(random, 60))
    contexts = [a_random_context(random) for _ in range(6_500)]
    rules = evaluator.rule_set.rules
    singly = [rules.index(evaluator.evaluate(each).rule) for each in contexts]
    assert evaluator.rule_numbers(contexts) == singly
    assert evaluator.rule_numbers([]) == []
