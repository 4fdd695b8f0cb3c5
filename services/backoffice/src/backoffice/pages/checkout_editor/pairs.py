"""The provider-payment method pairs of a rule, with what the catalogue says of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backoffice.formatting.rule_terms import pair_name
from backoffice.pages.checkout_editor.form import PAIR
from backoffice.words import Words


@dataclass(frozen=True, slots=True)
class PairLine:
    """A pair on the form."""

    value: str
    """``provider/method``."""
    label: str
    is_known: bool = True
    """Whether the catalogue has it."""
    is_enabled: bool = True
    can: Sequence[str] = ()
    """What it can do beside taking a payment, in words."""


@dataclass(frozen=True, slots=True)
class Offered:
    """The pairs of the catalogue."""

    lines: Mapping[str, PairLine]
    is_read: bool = True
    """False while nobody answers: then nothing is claimed about a pair."""

    @classmethod
    def of(cls, catalogue: Mapping[str, Any], words: Words) -> "Offered":
        """Out of the gateway's answer."""
        lines = (
            PairLine(
                f"{each['provider']}{PAIR}{each['method']}",
                pair_name(each, words),
                is_enabled=each["enabled"],
                can=list(_abilities(each, words)),
            )
            for each in catalogue["pairs"]
        )
        return cls({line.value: line for line in lines})

    def chosen(self, pairs: Sequence[str], words: Words) -> list[PairLine]:
        """The pairs of a form, in its order."""
        return [self.lines.get(each) or self._unknown(each, words) for each in pairs]

    def _unknown(self, value: str, words: Words) -> PairLine:
        provider, _, method = value.partition(PAIR)
        label = pair_name({"provider": provider, "method": method}, words)
        return PairLine(value, label, is_known=not self.is_read)

    def others(self, pairs: Sequence[str]) -> list[PairLine]:
        """What is not chosen yet."""
        return [line for value, line in self.lines.items() if value not in pairs]


def _abilities(pair: Mapping[str, Any], words: Words) -> Sequence[str]:
    said = {
        words("refunds"): pair["refund"],
        words("subscriptions"): pair["subscriptions"],
        words("pay by link"): pair["pay_by_link"],
    }
    return [name for name, can in said.items() if can]
