"""What a page of charts is asked for, out of its address and back into one.

Each chart has parameters of its own, named after it: ``daily-payments.window=ytd``. They are the
page's whole state, so that it can be shared, bookmarked, and gone back to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from payops_contracts.pages import Chart, Measure, Window

CURRENCY = "currency"
WINDOW, FIRST, LAST, MEASURE = "window", "from", "to", "measure"

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What one chart is asked for."""

    window: Window
    measure: Measure
    first: str = ""
    last: str = ""

    def days(self) -> dict[str, str]:
        """The window as KPIs take it."""
        if self.window is Window.CUSTOM:
            return {"window": "custom", "from": self.first, "to": self.last}
        return {"window": self.window.value}


@dataclass(frozen=True, slots=True)
class Address:
    """The address of a page of charts, as it is now."""

    path: str
    pairs: Pairs

    @property
    def currency(self) -> str:
        """The currency that is asked for; empty when none is."""
        return self._value(CURRENCY)

    def of(self, chart: Chart) -> Asked:
        """What the chart is asked for; what is missing or unknown is as it is declared."""
        window = self._value(f"{chart.id}.{WINDOW}")
        measure = self._value(f"{chart.id}.{MEASURE}")
        return Asked(
            Window(window) if window in set(Window) else chart.window,
            Measure(measure) if measure in set(chart.measures) else chart.measures[0],
            self._value(f"{chart.id}.{FIRST}"),
            self._value(f"{chart.id}.{LAST}"),
        )

    def own(self, chart: Chart, **changed: str) -> str:
        """The chart's own parameters with changes, as a query."""
        return urlencode(self._own(chart, changed))

    def link(self, chart: Chart, **changed: str) -> str:
        """This page with changes in one chart."""
        return self._at([*self.others(chart), *self._own(chart, changed)])

    def with_currency(self, currency: str) -> str:
        """This page in another currency."""
        return self._at([*((n, v) for n, v in self.pairs if n != CURRENCY), (CURRENCY, currency)])

    def others(self, chart: Chart) -> list[tuple[str, str]]:
        """What is asked of the page and its other charts."""
        return [(n, v) for n, v in self.pairs if not n.startswith(f"{chart.id}.")]

    def kept(self) -> Pairs:
        """All but the currency, for a form that chooses one."""
        return [(n, v) for n, v in self.pairs if n != CURRENCY]

    def _own(self, chart: Chart, changed: Mapping[str, str]) -> list[tuple[str, str]]:
        names = (WINDOW, FIRST, LAST, MEASURE)
        now = {name: self._value(f"{chart.id}.{name}") for name in names} | dict(changed)
        return [(f"{chart.id}.{name}", value) for name, value in now.items() if value]

    def _at(self, pairs: Pairs) -> str:
        return f"{self.path}?{urlencode(pairs)}" if pairs else self.path

    def _value(self, name: str) -> str:
        return next((value for known, value in self.pairs if known == name), "")
