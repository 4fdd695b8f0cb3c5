"""The range of amounts of a rule as it is typed: in major units, both bounds included."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from backoffice.formatting.typed_amount import (
    NotAnAmount,
    Wrong,
    amount_to_type,
    an_example,
    typed_amount,
)
from backoffice.words import Words
from payops_contracts.money import CURRENCY_DECIMALS, MAX_AMOUNT_MINOR, format_money

BOUNDS = {"min": "min_minor", "max": "max_minor"}
"""Field of the form → field of the rule."""


@dataclass(frozen=True, slots=True)
class AmountLine:
    """A currency, and what is typed as its bounds; nothing said is any amount."""

    currency: str = ""
    min: str = ""
    max: str = ""

    @classmethod
    def of(cls, said: Mapping[str, Any] | None, language: str) -> Self:
        """Out of a rule."""
        if said is None:
            return cls()
        currency = said["currency"]
        bounds = {
            name: "" if said.get(field) is None else amount_to_type(said[field], currency, language)
            for name, field in BOUNDS.items()
        }
        return cls(currency, **bounds)

    @classmethod
    def sent(cls, fields: Mapping[str, str]) -> Self:
        """As it came back."""
        currency = fields.get("currency", "")
        bounds = {name: fields.get(name, "").strip() for name in BOUNDS}
        return cls(currency if currency in CURRENCY_DECIMALS else "", **bounds)

    @property
    def typed(self) -> dict[str, str]:
        """The bounds that are said, by the form's fields."""
        return {name: said for name in BOUNDS if (said := getattr(self, name))}

    @property
    def is_empty(self) -> bool:
        """Whether it is no condition."""
        return not self.currency and not self.typed

    def minor(self, typed: str, language: str) -> int:
        """A bound in minor units; raises ``NotAnAmount``."""
        try:
            return typed_amount(typed, self.currency, language, MAX_AMOUNT_MINOR)
        except NotAnAmount as error:
            if error.wrong is Wrong.ZERO:
                return 0
            raise

    def wrong(self, words: Words) -> dict[str, str]:
        """What is wrong with it, by field."""
        if not self.currency:
            said = words("Choose a currency: a limit is an amount of one.")
            return {"currency": said} if self.typed else {}
        if not self.typed:
            return {"min": words("Write a lowest or a highest amount, or choose any amount.")}
        wrong = {
            name: said
            for name, typed in self.typed.items()
            if (said := self._wrong_bound(typed, words))
        }
        if not wrong and len(self.typed) == len(BOUNDS):
            low, high = (self.minor(each, words.language) for each in (self.min, self.max))
            if low > high:
                wrong["min"] = words("The lowest amount is over the highest one.")
        return wrong

    def _wrong_bound(self, typed: str, words: Words) -> str:
        try:
            self.minor(typed, words.language)
        except NotAnAmount as error:
            if error.wrong is Wrong.TOO_MUCH:
                most = format_money(MAX_AMOUNT_MINOR, self.currency, words.language)
                return words("At most %(amount)s.", amount=most)
            example = an_example(self.currency, words.language)
            return words("Write the amount like %(example)s.", example=example)
        return ""

    def written(self, language: str) -> dict[str, Any]:
        """As the gateway takes it; what is wrong with it was looked at before."""
        bounds = {BOUNDS[name]: self.minor(typed, language) for name, typed in self.typed.items()}
        return {"currency": self.currency, **bounds}
