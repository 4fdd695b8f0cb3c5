"""A pair of the catalogue as a form has it: what it can do, said and sent."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from backoffice.words import Words
from payops_contracts.subscriptions import BillingMode, Interval

SLUG = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
"""What new pairs are called: as payments name providers and methods."""
NO_SUBSCRIPTIONS: Mapping[str, Any] = {"billing": "", "intervals": ()}


@dataclass(frozen=True, slots=True)
class PairForm:
    """Fresh, or shown again with what is wrong."""

    provider: str = ""
    method: str = ""
    enabled: bool = True
    refund: bool = True
    pay_by_link: bool = False
    billing: str = ""
    """Empty when it has no subscriptions."""
    intervals: Sequence[str] = ()
    wrong: Mapping[str, str] = field(default_factory=dict)
    """By the field's name, in words."""

    @classmethod
    def of(cls, pair: Mapping[str, Any]) -> Self:
        """As the pair is now."""
        paid = pair["subscriptions"] or NO_SUBSCRIPTIONS
        return cls(
            pair["provider"], pair["method"], pair["enabled"], pair["refund"],
            pair["pay_by_link"], paid["billing"], paid["intervals"],
        )  # fmt: skip

    @classmethod
    def sent(cls, items: Iterable[tuple[str, str]]) -> Self:
        """As it came back."""
        given = list(items)
        fields = dict(given)
        billing = fields.get("billing", "")
        return cls(
            fields.get("provider", "").strip(),
            fields.get("method", "").strip(),
            "enabled" in fields,
            "refund" in fields,
            "pay_by_link" in fields,
            billing if billing in set(BillingMode) else "",
            [each for each in Interval if ("intervals", each) in given],
        )

    @property
    def body(self) -> dict[str, Any]:
        """As the gateway takes it."""
        paid = {"billing": self.billing, "intervals": list(self.intervals)}
        return {
            "provider": self.provider,
            "method": self.method,
            "enabled": self.enabled,
            "refund": self.refund,
            "subscriptions": paid if self.billing else None,
            "pay_by_link": self.pay_by_link,
        }

    def checked(self, words: Words, *, named: bool = True) -> "PairForm":
        """With what is wrong; ``named``: whether provider and method were typed too."""
        wrong = {}
        for name, value in (("provider", self.provider), ("method", self.method)):
            if named and not SLUG.fullmatch(value):
                wrong[name] = words(
                    "Write it as payments name it: small letters, digits and hyphens."
                )
        if self.billing and not self.intervals:
            wrong["intervals"] = words("Choose one unit at least, or no subscriptions.")
        return replace(self, wrong=wrong)


def as_sent(pair: Mapping[str, Any]) -> dict[str, Any]:
    """A pair of an answer as a request has it."""
    return PairForm.of(pair).body
