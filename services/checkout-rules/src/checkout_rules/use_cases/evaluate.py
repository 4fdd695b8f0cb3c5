"""Evaluate: which pairs a checkout may offer, and why; the answer is kept where that is asked."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from checkout_rules.domain.contexts import checked, scalars_of
from checkout_rules.domain.decisions import Decision
from checkout_rules.domain.errors import ContextNotValid, Wrong, below
from checkout_rules.domain.evaluator import Evaluator
from checkout_rules.domain.rule_set import ActiveRule
from checkout_rules.domain.values import Context
from checkout_rules.domain.writing import answer_said, decision_record
from payops_contracts.ids import TransactionId
from payops_kernel.clock import Clock
from payops_kernel.free_text import holds_card_number

_CARD_NUMBER = "It holds what looks like a card number; leave it out."


class AnswersByRules(Protocol):
    """The rules that hold in this process."""

    @property
    def evaluator(self) -> Evaluator:
        """What answers now."""
        ...


class CountsHits(Protocol):
    """Adds up how often each rule answered."""

    def add(self, rule: ActiveRule, times: int = 1) -> None:
        """A rule answered just now."""
        ...


class KeepsDecisions(Protocol):
    """Where decisions are kept."""

    async def keep(
        self, transaction_id: TransactionId, decided_at: datetime, said: dict[str, Any]
    ) -> bool:
        """Keep a decision; False where one is kept already."""
        ...

    async def of(self, transaction_id: TransactionId) -> list[dict[str, Any]]:
        """The decision of a transaction, if one is kept."""
        ...


class Evaluate:
    """The use cases behind ``POST /v1/checkout-rules/evaluations``. All of one call is answered by
    one version of the rules."""

    def __init__(
        self, rules: AnswersByRules, hits: CountsHits, decisions: KeepsDecisions, clock: Clock
    ) -> None:
        self._rules = rules
        self._hits = hits
        self._decisions = decisions
        self._clock = clock

    def one(
        self, context: object, at: str, *, is_trial: bool = False, records: bool = True
    ) -> dict[str, Any]:
        """What a context is answered, with the reasons if ``records``; ``at`` is the pointer to it.

        A trial is no hit. Raises ``ContextNotValid``.
        """
        decision = self._rules.evaluator.evaluate(checked(context, at))
        if not is_trial:
            self._hits.add(decision.rule)
        return decision_record(decision) if records else _answer(decision)

    async def one_kept(
        self, context: object, at: str, transaction_id: TransactionId, *, records: bool = True
    ) -> tuple[dict[str, Any], bool]:
        """The same, kept with the reasons as the transaction's decision; False where an earlier one
        stays.

        Refuses with ``ContextNotValid`` a context that would have a card number stored, too.
        """
        known = scalars_of(checked(context, at))
        if wrong := list(_card_numbers(known, at)):
            raise ContextNotValid.of(wrong)
        decision = self._rules.evaluator.evaluate(known)
        record = decision_record(decision)
        said = {**record, "context": known}
        kept = await self._decisions.keep(transaction_id, self._clock.now(), said)
        if kept:  # asked again, the checkout was answered before
            self._hits.add(decision.rule)
        return (record if records else _answer(decision)), kept

    async def many(self, contexts: Sequence[object], at: str, *, records: bool) -> list[Any]:
        """What each context is answered, with the reasons if ``records``.

        Raises ``ContextNotValid`` before anything is answered.
        """
        asked, evaluator = _all_checked(contexts, at), self._rules.evaluator
        if records:
            decisions = evaluator.evaluate_many(asked)
            said = await asyncio.to_thread(lambda: [decision_record(each) for each in decisions])
            self._count(Counter(each.rule.id for each in decisions), evaluator)
            return said
        numbers = evaluator.rule_numbers(asked)
        found = Counter(numbers)
        answers = {
            number: answer_said(evaluator.answers[number], evaluator.rule_set) for number in found
        }
        self._count(
            {evaluator.answers[number].rule.id: times for number, times in found.items()}, evaluator
        )
        return [answers[number] for number in numbers]

    async def kept(self, transaction_id: TransactionId) -> list[dict[str, Any]]:
        """The decision that chose the transaction's pairs, if one is kept."""
        return await self._decisions.of(transaction_id)

    def _count(self, by_rule: Mapping[str, int], evaluator: Evaluator) -> None:
        for rule in evaluator.rule_set.rules:
            if times := by_rule.get(rule.id):
                self._hits.add(rule, times)


def _answer(decision: Decision) -> dict[str, Any]:
    return answer_said(decision.answer, decision.rule_set)


def _all_checked(contexts: Sequence[object], at: str) -> list[Context]:
    checked_ones: list[Context] = []
    wrong: list[Wrong] = []
    for number, each in enumerate(contexts):
        try:
            checked_ones.append(checked(each, f"{at}/{number}"))
        except ContextNotValid as refusal:
            wrong += [Wrong(**error) for error in refusal.extra["errors"]]
    if wrong:
        raise ContextNotValid.of(wrong)
    return checked_ones


def _card_numbers(context: Context, at: str) -> Iterable[Wrong]:
    for key, value in context.items():
        there = below(at, key)
        if holds_card_number(key):
            yield Wrong(at, "card_number", _CARD_NUMBER)  # the pointer to it would tell it
        elif isinstance(value, str | int | float) and holds_card_number(str(value)):
            yield Wrong(there, "card_number", _CARD_NUMBER)
        elif isinstance(value, Mapping):
            yield from _card_numbers(value, there)
