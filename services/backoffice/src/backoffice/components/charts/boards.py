"""A page of charts: each is read on its own, so that one that fails says so and the rest works."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Protocol

from backoffice.components.charts import debits, rules, subscriptions
from backoffice.components.charts.cards import Cards
from backoffice.components.charts.kpis import currencies_of, read_kpi
from backoffice.components.charts.nouns import DEBITS_BY_DAY, HITS, is_of_debits
from backoffice.components.charts.shapes import Card
from backoffice.errors import Refused, ServiceAway
from backoffice.words import word
from payops_contracts.pages import Chart

BY_STATUS = "/v1/kpis/payments-by-status"
"""The smallest KPI that says which currencies are paid in."""
RECENT = timedelta(days=365)
OF_NOW = debits.OF_NOW | subscriptions.OF_NOW
OWN = {**debits.OWN, **subscriptions.OWN, **rules.OWN}
AWAY = word("%(service)s does not answer.")


class Reads(Protocol):
    """The gateway, asked as somebody."""

    async def get(self, path: str, query: Mapping[str, object] = ...) -> Any:
        """The JSON of a GET; raises ``SessionOver``, ``ServiceAway`` and ``Refused``."""
        ...


@dataclass(frozen=True, slots=True)
class Board:
    """Charts in one currency."""

    cards: Sequence[Card]
    currency: str
    """Empty when nobody has paid yet."""
    currencies: Sequence[str]
    """Those that are paid in, the one with the most payments first."""


@dataclass(frozen=True, slots=True)
class Boards:
    """Reads charts for one person."""

    reads: Reads
    cards: Cards
    today: date
    """The reporting zone's."""

    async def board(self, charts: Sequence[Chart]) -> Board:
        """The charts, in the address's currency, or else the one that is paid in most."""
        if asked := self.cards.address.currency:
            found, cards = await asyncio.gather(self._currencies(charts), self._all(charts, asked))
            return Board(cards, asked, found if asked in found else [*found, asked])
        found = await self._currencies(charts)
        currency = found[0] if found else ""
        return Board(await self._all(charts, currency), currency, found)

    async def chart(self, chart: Chart, currency: str) -> Card:
        """One chart; one that cannot be read is a card that says why."""
        path = str(chart.kpi)
        try:
            answer = await self.reads.get(path, self._query(chart, path, currency))
        except ServiceAway as away:
            said = self.cards.reader.words(AWAY, service=away.name)
            return self.cards.failed(chart, said, away.trace_id)
        except Refused as refused:
            return self.cards.failed(chart, refused.detail, refused.trace_id)
        if path in OWN:
            return OWN[path](self.cards, chart, answer, currency)
        kpi = read_kpi(answer, currency) if currency else None
        return self.cards.card(chart, kpi, currency)

    def _query(self, chart: Chart, path: str, currency: str) -> dict[str, object]:
        asked = self.cards.address.of(chart)
        if path == HITS:  # of every currency
            return rules.days_of_hits(asked, self.today)
        days = {} if path in OF_NOW else asked.days()
        return {**days, "currency": currency}

    async def _all(self, charts: Sequence[Chart], currency: str) -> list[Card]:
        return list(await asyncio.gather(*(self.chart(chart, currency) for chart in charts)))

    async def _currencies(self, charts: Sequence[Chart]) -> list[str]:
        of_debits = bool(charts) and all(is_of_debits(chart.kpi) for chart in charts)
        query = {"window": "custom", "from": self.today - RECENT, "to": self.today}
        try:
            return currencies_of(
                await self.reads.get(DEBITS_BY_DAY if of_debits else BY_STATUS, query)
            )
        except (ServiceAway, Refused):
            return []
