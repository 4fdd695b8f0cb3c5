"""The slow reference: what a payment must look like, folded from its upstream facts alone."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from payops_testing.faultlab.checker.facts import Fact, Identity
from payops_testing.faultlab.checker.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Expected:
    """What a payment must be once all its facts have been folded, in whatever order."""

    facts: dict[Identity, Fact]
    """First record of each event, in order of place."""
    others: Counter[Identity]
    """How many other contents came under an event's id."""
    ledger: Ledger
    amount_minor: int
    currency: str

    @property
    def in_one_partition(self) -> bool:
        """Whether the log itself has an order for these facts."""
        return len({fact.record.partition for fact in self.facts.values()}) == 1

    @property
    def in_order(self) -> list[Identity]:
        """The facts as one partition tells them: those before the payment's first wait for it."""
        facts = list(self.facts.values())
        first = next(n for n, fact in enumerate(facts) if fact.about is None)
        return [fact.identity for fact in (facts[first], *facts[:first], *facts[first + 1 :])]


def fold(facts: Sequence[Fact]) -> dict[str, Expected]:
    """Every payment as it must be, by id, from facts in the order of their places.

    What is told of a payment that nobody tells of waits, and is in no history.
    """
    payments: dict[str, dict[Identity, Fact]] = {}
    contents: dict[str, set[tuple[Identity, str]]] = {}
    for fact in facts:
        payments.setdefault(fact.payment, {}).setdefault(fact.identity, fact)
        contents.setdefault(fact.payment, set()).add((fact.identity, fact.content))
    return {
        payment: _expected(unique, Counter(identity for identity, _ in contents[payment]))
        for payment, unique in payments.items()
        if any(fact.about is None for fact in unique.values())
    }


def _expected(unique: dict[Identity, Fact], contents: Counter[Identity]) -> Expected:
    first = next(fact for fact in unique.values() if fact.about is None)
    ledger = Ledger(first.amount_minor)
    for fact in unique.values():
        ledger.take(fact)
    others = contents - Counter(dict.fromkeys(contents, 1))
    return Expected(unique, others, ledger, first.amount_minor, first.currency)
