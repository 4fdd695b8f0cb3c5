"""Which charges a batch is to be made of, as a person says it on a form."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from backoffice.formatting.typed_amount import NotAnAmount, an_example, typed_amount
from backoffice.words import Words
from payops_contracts.charges import ChargeType, Rail
from payops_contracts.money import CURRENCY_DECIMALS, MAX_AMOUNT_MINOR

BETWEEN = re.compile(r"[\s,;]+")


@dataclass(frozen=True, slots=True)
class Choice:
    """The fields of the form; nothing said is all that is due."""

    types: frozenset[str] = frozenset()
    rails: frozenset[str] = frozenset()
    cycles: str = ""
    currency: str = ""
    limit: str = ""
    retries_only: bool = False
    wrong: Mapping[str, str] = field(default_factory=dict)
    """What is wrong with a field, by its name, in words."""

    @classmethod
    def sent(cls, items: Sequence[tuple[str, str]]) -> Self:
        """The form as it came back; what is no choice of it is left out."""
        form = dict(items)
        return cls(
            types=frozenset(value for name, value in items if name == "types") & set(ChargeType),
            rails=frozenset(value for name, value in items if name == "rails") & set(Rail),
            cycles=form.get("cycles", "").strip(),
            currency=form.get("currency", "") if form.get("currency") in CURRENCY_DECIMALS else "",
            limit=form.get("limit", "").strip(),
            retries_only="retries_only" in form,
        )

    def checked(self, words: Words) -> "Choice":
        """With what is wrong with its fields."""
        if not self.limit:
            return self
        if not self.currency:
            said = words("Choose a currency: a limit is an amount of one.")
            return replace(self, wrong={"currency": said})
        try:
            self._limit_minor(words.language)
        except NotAnAmount:
            example = an_example(self.currency, words.language)
            said = words("Write the amount like %(example)s.", example=example)
            return replace(self, wrong={"limit": said})
        return self

    def body(self, language: str) -> dict[str, Any]:
        """As the gateway takes it: what is said, and ``all`` when nothing is."""
        said: dict[str, Any] = {
            "types": sorted(self.types),
            "rails": sorted(self.rails),
            "billing_cycle_codes": [each for each in BETWEEN.split(self.cycles) if each],
            "retries_only": self.retries_only,
            "currency": self.currency,
            "amount_limit_minor": self._limit_minor(language) if self.limit else None,
        }
        return {name: value for name, value in said.items() if value} or {"all": True}

    def _limit_minor(self, language: str) -> int:
        return typed_amount(self.limit, self.currency, language, MAX_AMOUNT_MINOR)
