"""Values that conditions compare: of three kinds, never compared across them.

``"10"`` is no number and ``True`` is no 1. Whole and decimal numbers are one kind, compared
exactly. Texts are compared letter by letter.
"""

from collections.abc import Mapping
from enum import StrEnum
from math import isfinite
from numbers import Rational
from typing import Any, TypeAlias

Scalar: TypeAlias = str | bool | int | float
Number: TypeAlias = int | float
Exact: TypeAlias = str | bool | int | float | Rational
"""What a comparison takes: a scalar, or a number between two neighbouring ones."""
Context: TypeAlias = Mapping[str, Any]
"""What is known at a checkout, as JSON has it: values by key, in objects within one another."""


class Kind(StrEnum):
    """What can be compared with one another."""

    TEXT = "text"
    NUMBER = "number"
    BOOL = "bool"


class Seen(StrEnum):
    """What a decision says of a value that could not be compared."""

    MISSING = "missing"
    """Nothing is at the path, or null."""
    WRONG_TYPE = "wrong_type"
    """Something of another kind is there, a list or an object."""


def is_text(value: str) -> bool:
    """Whether it can be written in UTF-8: JSON can say half of a pair of surrogates."""
    try:
        return value.isascii() or bool(value.encode())
    except UnicodeEncodeError:
        return False


def kind_of(value: object) -> Kind | None:
    """The kind of a value; None for what is no scalar, NaN and infinities among them."""
    if isinstance(value, str):
        return Kind.TEXT
    if isinstance(value, bool):
        return Kind.BOOL
    if isinstance(value, int):
        return Kind.NUMBER
    if isinstance(value, float):
        return Kind.NUMBER if isfinite(value) else None
    return None


def levels(path: str) -> tuple[str, ...]:
    """The keys of a path, outermost first: ``basket/quantity`` → ``("basket", "quantity")``."""
    return tuple(path.split("/"))


def read_at(context: Context, keys: tuple[str, ...]) -> Any:
    """What a context has at a path; None where the path leads nowhere."""
    found: Any = context
    for key in keys:
        if type(found) is not dict and not isinstance(found, Mapping):
            return None
        found = found.get(key)
    return found
