"""A checkout as somebody describes it on a form: the context that rules are asked with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from backoffice.formatting.typed_amount import NotAnAmount, an_example
from backoffice.pages.checkout_editor.amounts import AmountLine
from backoffice.pages.checkout_editor.lines import NotAValue, Values, unquoted
from backoffice.words import Words
from payops_contracts.labels import MATCH_KEY

PLAIN = ("type", *MATCH_KEY)
"""Keys whose values are texts, each with a field of its own."""
OTHERS = range(4)
"""Places for values at other paths."""
NOTHING = Values()


@dataclass(frozen=True, slots=True)
class Other:
    """A value at a path of one's own."""

    path: str = ""
    value: Values = NOTHING

    @classmethod
    def sent(cls, fields: Mapping[str, str], name: str) -> Self:
        """Out of the address."""
        return cls(unquoted(fields.get(f"{name}-path", "")), Values.sent(fields, name))


@dataclass(frozen=True, slots=True)
class Checkout:
    """What is typed; nothing said is a checkout of which nothing is known."""

    currency: str = ""
    amount: str = ""
    plain: Mapping[str, str] = field(default_factory=dict)
    others: Sequence[Other] = ()
    wrong: Mapping[str, str] = field(default_factory=dict)
    """What is wrong with a field, by its name, in words."""

    @classmethod
    def sent(cls, fields: Mapping[str, str]) -> Self:
        """Out of the address."""
        line = AmountLine.sent(fields)
        return cls(
            currency=line.currency,
            amount=fields.get("amount", "").strip(),
            plain={key: fields.get(key, "").strip() for key in PLAIN},
            others=[Other.sent(fields, f"other-{at}") for at in OTHERS],
        )

    def context(self, words: Words) -> tuple[dict[str, Any], dict[str, str]]:
        """As the gateway takes it, and what is wrong with it."""
        context: dict[str, Any] = {key: said for key, said in self.plain.items() if said}
        wrong: dict[str, str] = {}
        if self.currency:
            context["currency"] = self.currency
        if self.amount:
            self._put_amount(context, wrong, words)
        for at, other in enumerate(self.others):
            if other.path and other.value.lines:
                try:
                    (value,) = other.value.read(words)[:1]
                    _put(context, other.path, value, words)
                except NotAValue as error:
                    wrong[f"other-{at}-values"] = str(error)
        return context, wrong

    def _put_amount(self, context: dict[str, Any], wrong: dict[str, str], words: Words) -> None:
        if not self.currency:
            wrong["currency"] = words("Choose a currency: a limit is an amount of one.")
            return
        try:
            line = AmountLine(self.currency)
            context["amount_minor"] = line.minor(self.amount, words.language)
        except NotAnAmount:
            example = an_example(self.currency, words.language)
            wrong["amount"] = words("Write the amount like %(example)s.", example=example)


def _put(context: dict[str, Any], path: str, value: Any, words: Words) -> None:
    *above, last = path.split("/")
    for key in above:
        context = context.setdefault(key, {})
        if not isinstance(context, dict):
            raise NotAValue(words("Another value stands on the way to this path."))
    if last in context:
        raise NotAValue(words("There is a value at this path already."))
    context[last] = value
