"""What a simulation found, as its page shows it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from backoffice.components.charts.flows import Flow, Flows, drawn
from backoffice.components.findings import Named
from backoffice.formatting.ranges import shown_range
from backoffice.formatting.rule_terms import pair_name
from backoffice.formatting.shares import shown_share
from backoffice.pages.checkout_rules.reading import address
from backoffice.words import Words, word

NAMED_MAX = 20
"""Changed payments that are listed; all of them are counted."""
FLOWS_MAX = 100
"""Rows of the table of flows, the largest first."""
NO_PAIR = word("No pair")
UNSAVED = "new-"
"""How ids begin of rules that were tried and never saved."""

Answer = Mapping[str, Any]
"""A simulation, as the gateway answers it."""


class RuleHits(NamedTuple):
    """How often a rule answers."""

    rule: Named
    active: int | None
    """By the active rules; None for a rule that is not among them."""
    draft: int | None
    """By the rules that were tried; None for one that is not among them."""


class Found:
    """A simulation in one reader's words."""

    def __init__(self, answer: Answer, words: Words, currency: str = "") -> None:
        self.answer = answer
        self._words = words
        offered = self.currencies
        self.currency = currency if currency in offered else next(iter(offered), "")
        """Of the flows that are shown."""

    @property
    def days(self) -> str:
        """Those whose payments were replayed."""
        first, last = (date.fromisoformat(self.answer[each]) for each in ("from", "to"))
        return shown_range(first, last, self._words.language)

    @property
    def payments(self) -> int:
        """All that were replayed."""
        return int(self.answer["payments"])

    @property
    def changed(self) -> int:
        """Those that would be offered other pairs."""
        return int(self.answer["changed"])

    @property
    def changed_share(self) -> str:
        """That as percent of all."""
        return shown_share(self.changed, self.payments, self._words.language)

    @cached_property
    def currencies(self) -> list[str]:
        """Of all payments; first the one in which most would begin with another pair, then the
        one in which most would be offered other pairs, then the one with most payments."""
        moved, payments = Counter[str](), Counter[str]()
        changed = self.answer["changed_by_currency"]
        for flow in self.answer["flows"]:
            payments[flow["currency"]] += flow["payments"]
            if flow["before"] != flow["after"]:
                moved[flow["currency"]] += flow["payments"]

        def place(currency: str) -> tuple[int, int, int, str]:
            others = changed[currency]["payments"] if currency in changed else 0
            return -moved[currency], -others, -payments[currency], currency

        return sorted(payments, key=place)

    @property
    def by_currency(self) -> list[tuple[str, int, int]]:
        """Currency, payments with other pairs, their amount in its minor units."""
        return [
            (currency, each["payments"], each["amount_minor"])
            for currency, each in self.answer["changed_by_currency"].items()
        ]

    @property
    def hits(self) -> list[RuleHits]:
        """By rule, in the order in which the tried ones are asked; then those that are left out."""
        active = {each["rule_id"]: each for each in self.answer["active_hits"]}
        draft = {each["rule_id"]: each for each in self.answer["draft_hits"]}
        return [
            RuleHits(
                self._named(rule_id),
                active[rule_id]["hits"] if rule_id in active else None,
                draft[rule_id]["hits"] if rule_id in draft else None,
            )
            for rule_id in [*draft, *(each for each in active if each not in draft)]
        ]

    @property
    def never_hit(self) -> list[Named]:
        """Tried rules that answered nothing."""
        return [self._named(each) for each in self.answer["never_hit"]]

    @property
    def left_out(self) -> list[Named]:
        """Active rules that were not tried."""
        return [each.rule for each in self.hits if each.draft is None]

    @property
    def lacking(self) -> list[tuple[str, int, str]]:
        """Path that the tried rules look at, payments that have nothing there, their share."""
        language = self._words.language
        return [
            (path, payments, shown_share(payments, self.payments, language))
            for path, payments in self.answer["lacking"].items()
            if payments
        ]

    @property
    def changed_payments(self) -> list[tuple[str, str, str]]:
        """Id of the payment, the rule that answers it now, the rule that would."""
        return [
            (each["name"], each["before_name"], each["after_name"])
            for each in self.answer["changed_payments"][:NAMED_MAX]
        ]

    @cached_property
    def flows(self) -> list[Flow]:
        """From first pair to first pair, in the one currency, the largest first."""
        found = [
            Flow(
                before=self._pair(each["before"]),
                after=self._pair(each["after"]),
                payments=each["payments"],
                amount_minor=each["amount_minor"],
            )
            for each in self.answer["flows"]
            if each["currency"] == self.currency
        ]
        return sorted(found, key=lambda each: (-each.amount_minor, each.before, each.after))

    @property
    def rows(self) -> Sequence[Flow]:
        """The table's."""
        return self.flows[:FLOWS_MAX]

    @property
    def chart(self) -> Flows:
        """The picture of the flows."""
        return drawn(self.flows, self.currency, self._words)

    def _named(self, rule_id: str) -> Named:
        href = None if rule_id.startswith(UNSAVED) else address(rule_id)
        return Named(self._names[rule_id], href)

    @cached_property
    def _names(self) -> dict[str, str]:
        hits = [*self.answer["active_hits"], *self.answer["draft_hits"]]
        return {each["rule_id"]: each["name"] for each in hits}

    def _pair(self, pair: Mapping[str, str] | None) -> str:
        return self._words(NO_PAIR) if pair is None else pair_name(pair, self._words)
