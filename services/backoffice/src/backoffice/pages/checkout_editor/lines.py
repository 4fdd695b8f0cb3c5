"""The conditions of a rule as lines of a form: what is typed, and what it comes to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from backoffice.formatting.typed_number import number_to_type, typed_number
from backoffice.words import Words, word
from payops_contracts.checkout_rules import LIST_OPERATORS, ORDER_OPERATORS, RuleOperator
from payops_contracts.labels import MATCH_KEY

Scalar = str | bool | int | float


class Kind(StrEnum):
    """What a value is; values of two kinds are never compared."""

    TEXT = "text"
    NUMBER = "number"
    YES_NO = "bool"


KINDS = {Kind.TEXT: word("Text"), Kind.NUMBER: word("Number"), Kind.YES_NO: word("Yes or no")}
YES, NO = "true", "false"
"""What a choice between yes and no sends."""
QUOTE = '"'
"""Around a text whose own ends would be lost: spaces, or quotation marks."""


class NotAValue(ValueError):
    """What is wrong with a value, in words."""


def kind_of(value: Scalar) -> Kind:
    """Of a value out of a rule."""
    if isinstance(value, str):
        return Kind.TEXT
    return Kind.YES_NO if isinstance(value, bool) else Kind.NUMBER


def quoted(text: str) -> str:
    """A text as it would be typed: in quotes where its own ends would be lost."""
    is_lost = text != text.strip() or _is_quoted(text)
    return f"{QUOTE}{text}{QUOTE}" if is_lost else text


def unquoted(typed: str) -> str:
    """The text that was typed: of one in quotes each letter, else without spaces around it."""
    text = typed.strip()
    return text[1:-1] if _is_quoted(text) else text


def _is_quoted(text: str) -> bool:
    return len(text) > 2 and text[0] == text[-1] == QUOTE


def to_type(value: Scalar, words: Words) -> str:
    """A value as it would be typed."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool):
        return words("Yes") if value else words("No")
    return number_to_type(value, words.language)


def typed(text: str, kind: Kind, words: Words) -> Scalar:
    """The value that was typed; raises ``NotAValue``."""
    if kind is Kind.TEXT:
        return unquoted(text)
    if kind is Kind.YES_NO:
        said = text.casefold()
        if said in (YES, words("Yes").casefold()):
            return True
        if said in (NO, words("No").casefold()):
            return False
        raise NotAValue(words("Write Yes or No."))
    try:
        return typed_number(text, words.language)
    except ValueError:
        example = number_to_type(1.5, words.language)
        raise NotAValue(
            words("Write a number, such as 10 or %(example)s.", example=example)
        ) from None


@dataclass(frozen=True, slots=True)
class Values:
    """Values as they were typed, one a line, of one kind."""

    text: str = ""
    kind: Kind = Kind.TEXT

    @classmethod
    def of(cls, values: Sequence[Scalar], words: Words) -> Self:
        """Out of a rule."""
        text = "\n".join(to_type(each, words) for each in values)
        return cls(text, kind_of(values[0]) if values else Kind.TEXT)

    @classmethod
    def sent(cls, fields: Mapping[str, str], name: str) -> Self:
        """As they came back: ``name-values``, ``name-kind``."""
        said = fields.get(f"{name}-kind", "")
        text = fields.get(f"{name}-values", "").replace("\r\n", "\n")
        return cls(text, Kind(said) if said in set(Kind) else Kind.TEXT)

    @property
    def lines(self) -> list[str]:
        """Those that say something."""
        return [line for each in self.text.split("\n") if (line := each.strip())]

    def read(self, words: Words) -> list[Scalar]:
        """Every line as a value; raises ``NotAValue``."""
        if not self.lines:
            raise NotAValue(words("Write a value."))
        return [typed(each, self.kind, words) for each in self.lines]


@dataclass(frozen=True, slots=True)
class MatchLine:
    """A match list: one of the values is under the key."""

    key: str
    values: Values = Values()

    @classmethod
    def of(cls, said: Mapping[str, Any], words: Words) -> Self:
        """Out of a rule."""
        return cls(said["key"], Values.of(said["values"], words))

    @property
    def is_named(self) -> bool:
        """Whether its key has a place on every form."""
        return self.key in MATCH_KEY

    @property
    def is_empty(self) -> bool:
        """Whether nothing is typed: then it is no condition."""
        return not self.values.lines and (self.is_named or not self.key)

    def written(self, words: Words) -> dict[str, Any]:
        """As the gateway takes it; raises ``NotAValue``."""
        return {"key": self.key, "values": self.values.read(words)}


@dataclass(frozen=True, slots=True)
class CustomLine:
    """A custom condition: what is at a path compares so with a value, or with a list."""

    path: str = ""
    operator: RuleOperator = RuleOperator.EQUALS
    value: Values = Values()

    @classmethod
    def of(cls, said: Mapping[str, Any], words: Words) -> Self:
        """Out of a rule."""
        value = said["value"]
        values = value if isinstance(value, list) else [value]
        return cls(said["path"], RuleOperator(said["operator"]), Values.of(values, words))

    @property
    def takes_list(self) -> bool:
        """Whether its operator compares with a list."""
        return self.operator in LIST_OPERATORS

    @property
    def kinds(self) -> Sequence[Kind]:
        """Kinds that its operator compares."""
        return [Kind.NUMBER] if self.operator in ORDER_OPERATORS else list(Kind)

    @property
    def kind(self) -> Kind:
        """What its value is: an order is of numbers."""
        return self.value.kind if self.value.kind in self.kinds else self.kinds[0]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is typed: then it is no condition. A choice is always made."""
        chosen = self.kind is Kind.YES_NO and not self.takes_list
        return not self.path and (chosen or not self.value.lines)

    def is_true(self, words: Words) -> bool:
        """Which of yes and no is chosen."""
        return self.value.text.strip().casefold() not in (NO, words("No").casefold())

    def written(self, words: Words) -> dict[str, Any]:
        """As the gateway takes it; raises ``NotAValue``."""
        values = Values(self.value.text, self.kind).read(words)
        if not self.takes_list and len(values) > 1:
            raise NotAValue(words("Write a single value, or choose an operator that takes a list."))
        value = values if self.takes_list else values[0]
        return {"path": self.path, "operator": self.operator.value, "value": value}
