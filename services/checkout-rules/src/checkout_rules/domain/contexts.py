"""Contexts: what a checkout knows, checked when somebody sends one; and a stored payment's."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

from checkout_rules.domain.conditions import AMOUNT, CURRENCY
from checkout_rules.domain.errors import ContextNotValid, Wrong, below
from checkout_rules.domain.values import Context, Scalar, is_text, kind_of, levels
from payops_contracts.checkout_rules import CONTEXT_KEYS_MAX, CONTEXT_TEXT_MAX, PATH_LEVELS_MAX
from payops_contracts.money import CURRENCY_DECIMALS, MAX_AMOUNT_MINOR

CHANNEL, TYPE = "channel", "type"
INTEGER_MIN, INTEGER_MAX = -(2**63), 2**63 - 1


def checked(context: object, at: str = "") -> Context:
    """The context as it was given; ``at`` is the pointer to it.

    A value of another type than a rule wants is no fault: the rule does not hold, and the decision
    says so. Raises ``ContextNotValid`` for what cannot be a context: numbers that are none, too
    much, too deep, keys that no path reaches, an amount that is none.
    """
    if not isinstance(context, Mapping):
        raise ContextNotValid.of([Wrong(at, "object_wanted", "An object is wanted.")])
    wrong = _Look().into(context, at, 1)
    wrong += _wrong_money(context, at)
    if wrong:
        raise ContextNotValid.of(wrong)
    return context


class _Look:
    """Goes through a context, and no further than the limit of values."""

    def __init__(self) -> None:
        self._left = CONTEXT_KEYS_MAX

    def into(self, found: Mapping[Any, Any], at: str, level: int) -> list[Wrong]:
        if level > PATH_LEVELS_MAX:
            detail = f"Objects lie within one another {PATH_LEVELS_MAX} deep at most."
            return [Wrong(at, "too_deep", detail)]
        wrong: list[Wrong] = []
        for key, value in found.items():
            self._left -= 1
            if self._left < 0:
                detail = f"A context has at most {CONTEXT_KEYS_MAX} values."
                return [Wrong(at, "too_many", detail)]
            if not isinstance(key, str) or not key or "/" in key or not is_text(key):
                detail = "No path reaches the key: it is empty, has a slash, or is no text."
                wrong.append(Wrong(at, "not_a_key", detail))
                continue
            there = below(at, key)
            wrong += self.into(value, there, level + 1) if isinstance(value, Mapping) else []
            wrong += _wrong_value(value, there)
        return wrong


def _wrong_value(value: object, at: str) -> list[Wrong]:
    if isinstance(value, float) and not isfinite(value):
        return [Wrong(at, "not_finite", "The number is not finite.")]
    if isinstance(value, int) and not INTEGER_MIN <= value <= INTEGER_MAX:
        return [Wrong(at, "out_of_range", "A whole number has 64 bits at most.")]
    if isinstance(value, str) and len(value) > CONTEXT_TEXT_MAX:
        return [Wrong(at, "too_long", f"A text has at most {CONTEXT_TEXT_MAX} characters.")]
    if isinstance(value, str) and not is_text(value):
        return [Wrong(at, "not_a_text", "The text holds half a character.")]
    if isinstance(value, list | tuple) and len(value) > CONTEXT_KEYS_MAX:
        return [Wrong(at, "too_many", f"A list has at most {CONTEXT_KEYS_MAX} values.")]
    return []


def _wrong_money(context: Context, at: str) -> list[Wrong]:
    amount, currency = context.get(AMOUNT), context.get(CURRENCY)
    wrong: list[Wrong] = []
    if amount is not None and (type(amount) is not int or not 0 <= amount <= MAX_AMOUNT_MINOR):
        detail = f"An amount is a whole number of minor units, 0 to {MAX_AMOUNT_MINOR}."
        wrong.append(Wrong(f"{at}/{AMOUNT}", "not_an_amount", detail))
    if currency is not None and (
        not isinstance(currency, str) or currency not in CURRENCY_DECIMALS
    ):
        wrong.append(Wrong(f"{at}/{CURRENCY}", "unknown_currency", "An ISO 4217 code is wanted."))
    return wrong


def scalars_of(context: Context) -> dict[str, Any]:
    """What conditions can be about: the context without its lists, and without null."""
    return {
        key: scalars_of(value) if isinstance(value, Mapping) else value
        for key, value in context.items()
        if isinstance(value, Mapping) or kind_of(value) is not None
    }


def payment_context(
    amount_minor: int,
    currency: str,
    channel: str,
    payment_type: str,
    attributes: Mapping[str, Scalar] | None = None,
) -> dict[str, Any]:
    """The context of a payment: its own fields, and its attributes beside them.

    An attribute's key is a path: ``basket/quantity`` lies in the object ``basket``. Own fields are
    never replaced, and of two attributes that exclude each other the first by its key stays.
    """
    context: dict[str, Any] = {
        AMOUNT: amount_minor, CURRENCY: currency, CHANNEL: channel, TYPE: payment_type,
    }  # fmt: skip
    for path in sorted(attributes or {}):
        keys = levels(path)
        if all(keys) and len(keys) <= PATH_LEVELS_MAX:
            _put(context, keys, (attributes or {})[path])
    return context


def _put(context: dict[str, Any], keys: tuple[str, ...], value: Scalar) -> None:
    *above, last = keys
    for key in above:
        context = context.setdefault(key, {})
        if not isinstance(context, dict):
            return
    context.setdefault(last, value)
