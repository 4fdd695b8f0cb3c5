"""What must hold for a rule to answer: a range of amounts, match lists, custom conditions.

Each kind of condition comes down to tests of single values, and those are what the evaluator, the
checks and the records use. A test of a value that is missing, null or of another kind never holds,
whatever its operator: "not equals" and "not in" included.
"""

import operator
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from checkout_rules.domain.values import Exact, Kind, Number, Scalar, Seen, kind_of
from payops_contracts.checkout_rule_labels import CONDITION_SENTENCE, MATCH_KEY, said_value
from payops_contracts.checkout_rules import RuleOperator as Operator
from payops_contracts.money import CURRENCY_DECIMALS

AMOUNT, CURRENCY = "amount_minor", "currency"
"""Where a context has its amount, in minor units of the currency beside it."""

COMPARISONS: dict[Operator, Callable[[Any, Any], bool]] = {
    Operator.EQUALS: operator.eq,
    Operator.NOT_EQUALS: operator.ne,
    Operator.IN: lambda value, operand: value in operand,
    Operator.NOT_IN: lambda value, operand: value not in operand,
    Operator.GREATER_THAN: operator.gt,
    Operator.GREATER_OR_EQUAL_THAN: operator.ge,
    Operator.LESS_THAN: operator.lt,
    Operator.LESS_OR_EQUAL_THAN: operator.le,
}
"""All that a condition can do."""


class Test(NamedTuple):
    """One comparison: what is at ``path`` against ``operand``, which is of ``kind``.

    ``operand`` is a set for ``in`` and ``not_in``, else a single value.
    """

    path: str
    operator: Operator
    operand: Scalar | frozenset[Scalar]
    kind: Kind

    def holds(self, value: object) -> bool:
        """Whether it holds for what is at the path."""
        return kind_of(value) is self.kind and self.compares(value)  # type: ignore[arg-type]

    def unmet_by(self, value: object) -> Scalar | Seen | None:
        """Why it does not hold for what is at the path: the value, or what is wrong with it.

        None when it holds.
        """
        if value is None:
            return Seen.MISSING
        if kind_of(value) is not self.kind:
            return Seen.WRONG_TYPE
        return None if self.compares(value) else value  # type: ignore[arg-type,return-value]

    def compares(self, value: Exact) -> bool:
        """Whether a value of its kind compares as wanted."""
        return COMPARISONS[self.operator](value, self.operand)

    @property
    def operands(self) -> frozenset[Scalar]:
        """What it compares with, as a set in any case."""
        return self.operand if isinstance(self.operand, frozenset) else frozenset([self.operand])


class AmountRange(NamedTuple):
    """An amount of ``currency`` within both bounds, themselves included; None for no bound."""

    currency: str
    min_minor: int | None = None
    max_minor: int | None = None

    @property
    def tests(self) -> tuple[Test, ...]:
        """The currency first: an amount of another one says nothing."""
        found = [Test(CURRENCY, Operator.EQUALS, self.currency, Kind.TEXT)]
        if self.min_minor is not None:
            at_least = Operator.GREATER_OR_EQUAL_THAN
            found.append(Test(AMOUNT, at_least, self.min_minor, Kind.NUMBER))
        if self.max_minor is not None:
            at_most = Operator.LESS_OR_EQUAL_THAN
            found.append(Test(AMOUNT, at_most, self.max_minor, Kind.NUMBER))
        return tuple(found)

    def words(self) -> str:
        """As people read it: ``Amount from EUR 50.00 to EUR 100.00``."""
        low, high = (_written(each, self.currency) for each in (self.min_minor, self.max_minor))
        form = "amount_range"
        if self.min_minor is None:
            form = "amount_at_most"
        elif self.max_minor is None:
            form = "amount_at_least"
        return CONDITION_SENTENCE[form].format(low=low, high=high)

    def written(self) -> dict[str, Any]:
        """In the shape of ``RuleTerms`` in contracts, alone."""
        given = self._asdict().items()
        return {"amount": {name: value for name, value in given if value is not None}}


class MatchList(NamedTuple):
    """What is under a key is one of the values, all of one kind."""

    key: str
    values: tuple[Scalar, ...]

    @property
    def tests(self) -> tuple[Test, ...]:
        """One."""
        kind = kind_of(self.values[0])
        assert kind is not None  # noqa: S101 (who reads rules refuses anything else)
        return (Test(self.key, Operator.IN, frozenset(self.values), kind),)

    def words(self) -> str:
        """As people read it: ``Channel is one of web, app``."""
        return _sentence(Operator.IN, self.key, self.values)

    def written(self) -> dict[str, Any]:
        """In the shape of ``RuleTerms`` in contracts, alone."""
        return {"match_lists": [{"key": self.key, "values": list(self.values)}]}


class Custom(NamedTuple):
    """What is at a path compares so with a value; a tuple of values for ``in`` and ``not_in``."""

    path: str
    operator: Operator
    value: Scalar | tuple[Scalar, ...]

    @property
    def tests(self) -> tuple[Test, ...]:
        """One."""
        value = self.value
        kind = kind_of(value[0] if isinstance(value, tuple) else value)
        assert kind is not None  # noqa: S101 (who reads rules refuses anything else)
        operand = frozenset(value) if isinstance(value, tuple) else value
        return (Test(self.path, self.operator, operand, kind),)

    def words(self) -> str:
        """As people read it: ``basket/quantity at least 9``."""
        return _sentence(self.operator, self.path, self.value)

    def written(self) -> dict[str, Any]:
        """In the shape of ``RuleTerms`` in contracts, alone."""
        value = list(self.value) if isinstance(self.value, tuple) else self.value
        compared = {"path": self.path, "operator": self.operator.value, "value": value}
        return {"custom_conditions": [compared]}


Condition: TypeAlias = AmountRange | MatchList | Custom


def _sentence(form: Operator, path: str, value: Scalar | tuple[Scalar, ...]) -> str:
    listed = value if isinstance(value, tuple) else (value,)
    said = ", ".join(said_value(each) for each in listed)
    return CONDITION_SENTENCE[form].format(subject=MATCH_KEY.get(path, path), value=said)


def _written(amount_minor: Number | None, currency: str) -> str:
    if amount_minor is None:
        return ""
    decimals = CURRENCY_DECIMALS[currency]
    whole, fraction = divmod(int(amount_minor), 10**decimals)
    return f"{currency} {whole:,}" + (f".{fraction:0{decimals}d}" if decimals else "")
