"""What each provider-payment method pair can do, and whether it may answer at all."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from payops_contracts.labels import METHOD, PROVIDER
from payops_contracts.provider_catalogue import BUILT_IN_PAIRS
from payops_contracts.subscriptions import BillingMode, Interval


class Pair(NamedTuple):
    """A way to pay: who takes the money, and how."""

    provider: str
    method: str

    def words(self) -> str:
        """As people read it: ``Adyen / Credit card``."""
        provider, method = PROVIDER.get(self.provider), METHOD.get(self.method)
        return f"{provider or self.provider} / {method or self.method}"


class Ability(NamedTuple):
    """What a pair can do."""

    enabled: bool = True
    refund: bool = True
    intervals: frozenset[Interval] = frozenset()
    """Units that the recurrence of a subscription may have; none when it has no subscriptions."""
    billing: BillingMode | None = None
    """Who starts a subscription's later payments; None when it has no subscriptions."""
    pay_by_link: bool = False


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every pair that there is; ``version`` rises with each change."""

    version: int
    abilities: dict[Pair, Ability]

    @classmethod
    def of(cls, version: int, pairs: Iterable[tuple[Pair, Ability]]) -> "Catalogue":
        """By provider, then by method."""
        return cls(version, dict(sorted(pairs, key=lambda each: each[0])))

    def knows(self, pair: Pair) -> bool:
        """Whether there is such a pair."""
        return pair in self.abilities

    def enabled(self, pairs: Iterable[Pair]) -> tuple[Pair, ...]:
        """Those that may answer, in their order."""
        known = self.abilities
        return tuple(each for each in pairs if each in known and known[each].enabled)

    @property
    def all_pairs(self) -> tuple[Pair, ...]:
        """What `default` offers at first."""
        return tuple(self.abilities)


def built_in() -> Catalogue:
    """The catalogue until somebody changes it."""
    return Catalogue.of(
        1,
        (
            (
                Pair(each.provider, each.method),
                Ability(
                    each.enabled,
                    each.refund,
                    frozenset(each.subscriptions.intervals if each.subscriptions else ()),
                    each.subscriptions.billing if each.subscriptions else None,
                    each.pay_by_link,
                ),
            )
            for each in BUILT_IN_PAIRS
        ),
    )
