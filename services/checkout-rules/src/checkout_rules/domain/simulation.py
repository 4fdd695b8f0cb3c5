"""A draft rule set replayed on contexts of the past: which payments would be offered other pairs.

Pure and deterministic: the same rule sets and blocks give the same bytes. It is the evaluator that
answers checkouts, asked twice a block: once compiled from the rules that are active, once from the
draft. Nothing is kept of it: no decision, no hit.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from checkout_rules.domain.blocks import Block, Column
from checkout_rules.domain.catalogue import Pair
from checkout_rules.domain.conditions import AMOUNT, CURRENCY
from checkout_rules.domain.evaluator import Evaluator
from payops_contracts.ids import RuleId

CHANGED_NAMED_MAX = 1_000
"""Payments with other pairs that are named; all of them are counted."""


class Sum(NamedTuple):
    """Payments of one currency: how many, and their amount in its minor units."""

    payments: int
    amount_minor: int


class Changed(NamedTuple):
    """A payment that would have been offered other pairs."""

    name: str
    before: RuleId
    """The rule that answers it now."""
    after: RuleId
    """The rule of the draft that would."""


class Flow(NamedTuple):
    """Payments whose first pair was one and would be another, or the same; None for no pair."""

    before: Pair | None
    after: Pair | None
    currency: str
    sum: Sum


class Hits(NamedTuple):
    """How often a rule answers, by the active rules or by the draft."""

    rule_id: RuleId
    version: int
    hits: int


class Simulation(NamedTuple):
    """What a replay found; every list in a fixed order."""

    active_version: int
    draft_version: int
    payments: int
    changed: int
    changed_by_currency: dict[str, Sum]
    """Currency → those with other pairs."""
    changed_payments: tuple[Changed, ...]
    """The first of them."""
    flows: tuple[Flow, ...]
    """Every payment, from its first pair by the active rules to the one by the draft."""
    active_hits: tuple[Hits, ...]
    draft_hits: tuple[Hits, ...]
    """In the order of trying, those that were never hit too."""
    lacking: dict[str, int]
    """Path that the draft looks at → payments that have nothing there."""

    @property
    def never_hit(self) -> tuple[RuleId, ...]:
        """Rules of the draft that answered nothing."""
        return tuple(each.rule_id for each in self.draft_hits if not each.hits)

    def to_bytes(self) -> bytes:
        """As JSON: the same bytes for the same simulation."""
        said = {**self._asdict(), "never_hit": self.never_hit}
        said["changed_by_currency"] = {
            currency: each._asdict() for currency, each in self.changed_by_currency.items()
        }
        for name in ("changed_payments", "active_hits", "draft_hits"):
            said[name] = [each._asdict() for each in said[name]]
        said["flows"] = [_said(each) for each in self.flows]
        return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()


def _said(flow: Flow) -> dict[str, Any]:
    pairs = {"before": flow.before, "after": flow.after}
    named = {name: pair and pair._asdict() for name, pair in pairs.items()}
    return {**named, "currency": flow.currency, **flow.sum._asdict()}


@dataclass(slots=True)
class Replay:
    """A simulation under way: one block after another, then ``result``."""

    active: Evaluator
    draft: Evaluator
    payments: int = 0
    _answered: Counter[tuple[int, int, str]] = field(default_factory=Counter)
    """(active rule's number, draft rule's, currency) → payments."""
    _amounts: Counter[tuple[int, int, str]] = field(default_factory=Counter)
    _changed: list[Changed] = field(default_factory=list)
    _lacking: Counter[str] = field(default_factory=Counter)

    def add(self, block: Block) -> None:
        """Replay one block; raises ``LookupError`` when it has no amounts or currencies."""
        before = self.active.rule_numbers_of(block)
        after = self.draft.rule_numbers_of(block)
        currencies = _texts(block.columns[CURRENCY])
        amounts = block.columns[AMOUNT].unpacked()
        found: defaultdict[tuple[int, int, str], list[Any]] = defaultdict(list)
        answered = zip(before, after, currencies, strict=True)
        for key, amount in zip(answered, amounts, strict=True):
            found[key].append(amount)
        for key, each in found.items():
            self._answered[key] += len(each)
            self._amounts[key] += sum(each)
        self.payments += block.rows
        for path in self.draft.paths:
            column = block.columns.get(path)
            self._lacking[path] += block.rows if column is None else column.codes.count(0)
        self._name_changed(block, before, after)

    def _name_changed(self, block: Block, before: list[int], after: list[int]) -> None:
        if len(self._changed) == CHANGED_NAMED_MAX:
            return
        pairs = list(zip(before, after, strict=True))
        differing = {pair for pair in set(pairs) if self._differ(*pair)}
        if not differing:
            return
        for name, (old, new) in zip(block.names, pairs, strict=True):
            if (old, new) in differing:
                rules = (self.active.answers[old].rule.id, self.draft.answers[new].rule.id)
                self._changed.append(Changed(name, *rules))
                if len(self._changed) == CHANGED_NAMED_MAX:
                    return

    def _differ(self, before: int, after: int) -> bool:
        return self.active.answers[before].pairs != self.draft.answers[after].pairs

    def result(self) -> Simulation:
        """What was found in all blocks so far."""
        changed: dict[str, Sum] = {}
        flows: dict[tuple[Pair | None, Pair | None, str], Sum] = {}
        for key, count in self._answered.items():
            before, after, currency = key
            amount = self._amounts[key]
            if self._differ(before, after):
                _add(changed, currency, count, amount)
            first = (_first(self.active, before), _first(self.draft, after), currency)
            _add(flows, first, count, amount)
        return Simulation(
            self.active.rule_set.version,
            self.draft.rule_set.version,
            self.payments,
            sum(each.payments for each in changed.values()),
            dict(sorted(changed.items())),
            tuple(self._changed),
            tuple(Flow(*key, total) for key, total in sorted(flows.items(), key=_by_names)),
            _hits(self.active, Counter(self._by_rule(0))),
            _hits(self.draft, Counter(self._by_rule(1))),
            dict(sorted(self._lacking.items())),
        )

    def _by_rule(self, which: int) -> dict[int, int]:
        found: Counter[int] = Counter()
        for key, count in self._answered.items():
            found[(key[0], key[1])[which]] += count
        return found


def _texts(column: Column) -> list[str]:
    known = [str(each) for each in column.values]
    return [known[code] for code in column.codes]


def simulate(active: Evaluator, draft: Evaluator, blocks: Iterable[Block]) -> Simulation:
    """Replay all blocks; payments are named in the blocks' order."""
    replay = Replay(active, draft)
    for block in blocks:
        replay.add(block)
    return replay.result()


def _add(sums: dict[Any, Sum], key: Any, count: int, amount_minor: int) -> None:
    before = sums.get(key, Sum(0, 0))
    sums[key] = Sum(before.payments + count, before.amount_minor + amount_minor)


def _first(evaluator: Evaluator, number: int) -> Pair | None:
    pairs = evaluator.answers[number].pairs
    return pairs[0] if pairs else None


def _by_names(flow: tuple[tuple[Pair | None, Pair | None, str], Sum]) -> Any:
    before, after, currency = flow[0]
    return (before or (), after or (), currency)


def _hits(evaluator: Evaluator, counts: Counter[int]) -> tuple[Hits, ...]:
    rules = evaluator.rule_set.rules
    return tuple(Hits(each.id, each.version, counts[number]) for number, each in enumerate(rules))
