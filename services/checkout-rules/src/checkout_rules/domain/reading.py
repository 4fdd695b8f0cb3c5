"""What people send as a rule, read into terms; all that is wrong is named with its pointer.

The shape is the one of ``RuleTerms`` in contracts: ``name``, ``amount``, ``match_lists``,
``custom_conditions``, ``pairs``. Nothing is guessed: a field is absent or valid.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from checkout_rules.domain.catalogue import Catalogue, Pair
from checkout_rules.domain.conditions import AmountRange, Custom, MatchList
from checkout_rules.domain.errors import ERRORS_MAX, RuleNotValid, Wrong, below
from checkout_rules.domain.rule_set import Terms
from checkout_rules.domain.values import Kind, Scalar, is_text, kind_of, levels
from checkout_rules.domain.writing import written
from payops_contracts.checkout_rules import (
    CONDITIONS_MAX,
    LIST_OPERATORS,
    LIST_VALUES_MAX,
    NAME_LENGTH_MAX,
    ORDER_OPERATORS,
    PAIRS_MAX,
    PATH_LENGTH_MAX,
    PATH_LEVELS_MAX,
    TERMS_BYTES_MAX,
    VALUE_LENGTH_MAX,
)
from payops_contracts.checkout_rules import RuleOperator as Operator
from payops_contracts.fields import EXACT_FLOAT_MAX, SEEN
from payops_contracts.money import CURRENCY_DECIMALS, MAX_AMOUNT_MINOR

T = TypeVar("T")

_SHAPES = {
    "rule": ({"name", "pairs"}, {"amount", "match_lists", "custom_conditions"}),
    "amount": ({"currency"}, {"min_minor", "max_minor"}),
    "match": ({"key", "values"}, set[str]()),
    "custom": ({"path", "operator", "value"}, set[str]()),
    "pair": ({"provider", "method"}, set[str]()),
}
"""Fields of each object: those that it must have, those that it may have."""


class _Refused(Exception):
    """One field is wrong, so what it is part of cannot be made."""


def read_terms(body: Any, *, of_default: bool = False, at: str = "") -> Terms:
    """The terms that a body says, whatever the catalogue; ``at`` is the pointer to the body itself.

    Raises ``RuleNotValid`` with every wrong field, up to ``ERRORS_MAX``.
    """
    reader = _Reader()
    terms = reader.all_or_none(lambda: reader.terms(body, at, of_default))
    if terms is None or reader.found:
        raise RuleNotValid.of(reader.found)
    size = len(json.dumps(written(terms), ensure_ascii=False, separators=(",", ":")).encode())
    if size > TERMS_BYTES_MAX:
        detail = f"The rule has {size:,} bytes, at most {TERMS_BYTES_MAX:,} are kept."
        raise RuleNotValid.of([Wrong(at, "too_large", detail)])
    return terms


def refuse_unknown_pairs(terms: Terms, catalogue: Catalogue, at: str = "") -> None:
    """Raise ``RuleNotValid`` with every pair that the catalogue does not have."""
    unknown = [
        Wrong(
            f"{at}/pairs/{number}",
            "unknown_pair",
            f"The catalogue has no pair {pair.provider} / {pair.method}.",
        )
        for number, pair in enumerate(terms.pairs)
        if not catalogue.knows(pair)
    ]
    if unknown:
        raise RuleNotValid.of(unknown)


class _Reader:
    """Reads, and gathers what is wrong."""

    def __init__(self) -> None:
        self.found: list[Wrong] = []

    def refuse(self, at: str, code: str, detail: str) -> _Refused:
        self.found.append(Wrong(at, code, detail))
        return _Refused()

    def all_or_none(self, read: Callable[[], T]) -> T | None:
        try:
            return read()
        except _Refused:
            return None

    def terms(self, body: object, at: str, of_default: bool) -> Terms:
        fields = self.fields_of(body, "rule", at)
        name = amount = None
        if "name" in fields:
            name = self.all_or_none(
                lambda: self.text(fields["name"], f"{at}/name", NAME_LENGTH_MAX)
            )
        if "amount" in fields:
            amount = self.all_or_none(lambda: self.amount(fields["amount"], f"{at}/amount"))
        matches = self.list_of(fields, "match_lists", at, self.match)
        customs = self.list_of(fields, "custom_conditions", at, self.custom)
        pairs = self.list_of(fields, "pairs", at, self.pair, most=PAIRS_MAX)
        self.refuse_twice([each and each.key for each in matches], f"{at}/match_lists", "/key")
        self.refuse_twice(pairs, f"{at}/pairs", "")
        if len(matches) + len(customs) > CONDITIONS_MAX:
            self.refuse(at, "too_many", f"A rule has at most {CONDITIONS_MAX} conditions.")
        conditions = fields.keys() & {"amount", "match_lists", "custom_conditions"}
        if of_default and conditions:
            detail = "The default rule answers when no other does: it has no conditions."
            raise self.refuse(f"{at}/{min(conditions)}", "default_without_conditions", detail)
        if name is None:
            raise _Refused
        return Terms(name, _all(pairs), amount, _all(matches), _all(customs))

    def fields_of(self, value: Any, shape: str, at: str) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            raise self.refuse(at, "object_wanted", "An object is wanted.")
        must, may = _SHAPES[shape]
        for name in sorted(map(str, value.keys() - must - may))[:ERRORS_MAX]:
            self.refuse(below(at, name), "unknown_field", "There is no such field.")
        for name in sorted(must - value.keys()):
            self.refuse(f"{at}/{name}", "missing", "It is wanted.")
        if shape != "rule" and must - value.keys():
            raise _Refused
        return value

    def list_of(
        self,
        fields: Mapping[str, Any],
        name: str,
        above: str,
        read: Callable[[object, str], T],
        most: int = CONDITIONS_MAX,
    ) -> list[T | None]:
        """What is read of a list that is not empty, None in the place of what cannot be read; a
        list that is too long is not looked at."""
        if name not in fields:
            return []
        at = f"{above}/{name}"
        made = self.all_or_none(lambda: self.elements(fields[name], at, most))
        return [
            self.all_or_none(lambda each=each, n=n: read(each, f"{at}/{n}"))  # type: ignore[misc]
            for n, each in enumerate(made or ())
        ]

    def elements(self, value: Any, at: str, most: int) -> list[Any]:
        if not isinstance(value, list | tuple):
            raise self.refuse(at, "list_wanted", "A list is wanted.")
        if not value:
            raise self.refuse(at, "empty", "A list is left out, or has something in it.")
        if len(value) > most:
            raise self.refuse(at, "too_many", f"It has {len(value):,}, at most {most} are taken.")
        return [*value]

    def text(self, value: Any, at: str, most: int) -> str:
        if not isinstance(value, str):
            raise self.refuse(at, "wrong_type", "A text is wanted.")
        if len(value) > most:
            raise self.refuse(at, "too_long", f"It has {len(value):,} characters, at most {most}.")
        if not re.search(SEEN, value) or not is_text(value):
            detail = "It is empty or holds a character that nobody sees."
            raise self.refuse(at, "not_seen", detail)
        return str(value)

    def amount(self, value: Any, at: str) -> AmountRange:
        fields = self.fields_of(value, "amount", at)
        currency = fields["currency"]
        if not isinstance(currency, str) or currency not in CURRENCY_DECIMALS:
            raise self.refuse(f"{at}/currency", "unknown_currency", "An ISO 4217 code is wanted.")
        bounds = {name for name in ("min_minor", "max_minor") if name in fields}
        if not bounds:
            detail = "A range of amounts has a lower bound, an upper bound or both."
            raise self.refuse(at, "no_bounds", detail)
        low, high = (
            self.minor(fields[name], f"{at}/{name}") if name in bounds else None
            for name in ("min_minor", "max_minor")
        )
        if low is not None and high is not None and low > high:
            detail = "The lower bound is over the upper one: no amount lies between."
            raise self.refuse(f"{at}/min_minor", "range_reversed", detail)
        return AmountRange(currency, low, high)

    def minor(self, value: Any, at: str) -> int:
        if isinstance(value, float) and value.is_integer():
            value = int(value)  # 50.0 is whole, however it is written
        if isinstance(value, bool) or not isinstance(value, int):
            detail = "An amount is a whole number of the currency's minor units."
            raise self.refuse(at, "wrong_type", detail)
        if not 0 <= value <= MAX_AMOUNT_MINOR:
            detail = f"An amount lies within 0 and {MAX_AMOUNT_MINOR} minor units."
            raise self.refuse(at, "out_of_range", detail)
        return value

    def match(self, value: Any, at: str) -> MatchList:
        fields = self.fields_of(value, "match", at)
        key = self.path(fields["key"], f"{at}/key")
        return MatchList(key, self.values(fields["values"], f"{at}/values"))

    def custom(self, value: Any, at: str) -> Custom:
        fields = self.fields_of(value, "custom", at)
        path = self.path(fields["path"], f"{at}/path")
        said = fields["operator"]
        if not isinstance(said, str) or said not in set(Operator):
            detail = f"One of {', '.join(Operator)} is wanted."
            raise self.refuse(f"{at}/operator", "unknown_operator", detail)
        operator, wanted = Operator(said), f"{at}/value"
        if operator in LIST_OPERATORS:
            return Custom(path, operator, self.values(fields["value"], wanted))
        single = self.scalar(fields["value"], wanted)
        if operator in ORDER_OPERATORS and kind_of(single) is not Kind.NUMBER:
            detail = f"{operator} compares numbers: a number is wanted, not in quotes."
            raise self.refuse(wanted, "wrong_type", detail)
        return Custom(path, operator, single)

    def path(self, value: Any, at: str) -> str:
        path = self.text(value, at, PATH_LENGTH_MAX)
        keys = levels(path)
        if len(keys) > PATH_LEVELS_MAX:
            detail = f"It has {len(keys)} levels, at most {PATH_LEVELS_MAX} are taken."
            raise self.refuse(at, "too_deep", detail)
        if not all(keys):
            detail = "A path is keys with one slash between two, such as basket/quantity."
            raise self.refuse(at, "not_a_path", detail)
        return path

    def values(self, value: Any, at: str) -> tuple[Scalar, ...]:
        given = self.elements(value, at, LIST_VALUES_MAX)
        values = tuple(self.scalar(each, f"{at}/{n}") for n, each in enumerate(given))
        for number, each in enumerate(values):
            if kind_of(each) is not kind_of(values[0]):
                detail = "The values of a list are of one kind: texts, numbers or true and false."
                raise self.refuse(f"{at}/{number}", "wrong_type", detail)
        return values

    def scalar(self, value: Any, at: str) -> Scalar:
        if isinstance(value, str):
            return self.text(value, at, VALUE_LENGTH_MAX)
        if isinstance(value, bool | int | float) and kind_of(value) is not None:
            if abs(value) > EXACT_FLOAT_MAX:
                raise self.refuse(at, "out_of_range", "The number cannot be written exactly.")
            return value
        detail = "A text, a finite number, true or false is wanted."
        raise self.refuse(at, "wrong_type", detail)

    def pair(self, value: Any, at: str) -> Pair:
        fields = self.fields_of(value, "pair", at)
        return Pair(*(self.text(fields[it], f"{at}/{it}", 64) for it in ("provider", "method")))

    def refuse_twice(self, given: list[T | None], at: str, end: str) -> None:
        seen: set[T] = set()
        for number, each in enumerate(given):
            if each is None:
                continue
            if each in seen:
                self.refuse(f"{at}/{number}{end}", "twice", "It is there already.")
            seen.add(each)


def _all(read: list[T | None]) -> tuple[T, ...]:
    return tuple(each for each in read if each is not None)
