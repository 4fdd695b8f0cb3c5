"""Checkout rules in one process, no server: 50 rules of four conditions, one core.

Beside them a plain evaluator, which goes through rules and conditions one by one.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from bench.context import Bench
from bench.results import Figure, Round
from checkout_rules.domain.blocks import pack
from checkout_rules.domain.evaluator import Evaluator
from checkout_rules.domain.simulation import simulate
from payops_testing.checkout_rules.fifty_rules import contexts, fifty_rules
from payops_testing.checkout_rules.reference import reference_answer

CONTEXTS = 20_000
PLAIN_CONTEXTS = 500
BLOCKS = 5
ROUND_SECONDS = 0.5
ROUNDS = 5


async def measure(bench: Bench) -> None:
    """Adds ``rules.single``, ``rules.with_record``, ``rules.batch``, ``rules.simulated`` and
    ``raw.plain_rules``."""
    evaluator, draft = Evaluator(fifty_rules()), Evaluator(fifty_rules(2, seed=9))
    asked = contexts(CONTEXTS)
    few = asked[:PLAIN_CONTEXTS]
    block = pack([(f"ORD-{number}", each) for number, each in enumerate(asked)])

    def one_by_one() -> None:
        evaluate = evaluator.evaluate
        for each in asked:
            evaluate(each)

    measured: tuple[tuple[str, str, int, Callable[[], object]], ...] = (
        ("rules.single", "one by one, record not read", CONTEXTS, one_by_one),
        (
            "rules.with_record",
            "one by one, record read",
            PLAIN_CONTEXTS,
            lambda: [evaluator.evaluate(each).passed_over for each in few],
        ),
        ("rules.batch", "in batches", CONTEXTS, lambda: evaluator.rule_numbers(asked)),
        (
            "rules.simulated",
            "simulated: two rule sets on packed contexts",
            CONTEXTS * BLOCKS,
            lambda: simulate(evaluator, draft, [block] * BLOCKS),
        ),
        (
            "raw.plain_rules",
            "plain evaluator: rule after rule",
            PLAIN_CONTEXTS,
            lambda: [reference_answer(evaluator.rule_set.rules, each) for each in few],
        ),
    )
    for key, title, count, work in measured:
        rounds = [_round(count, work) for _ in range(ROUNDS)]
        bench.results.add(Figure.of_rounds(key, f"checkout rules, {title}", "contexts/s", rounds))


def _round(count: int, work: Callable[[], object]) -> Round:
    """As often as fits, in CPU time: what else runs on the machine is not in it."""
    began, times = time.process_time(), 0
    while time.process_time() - began < ROUND_SECONDS:
        work()
        times += 1
    return Round(count * times, time.process_time() - began)
