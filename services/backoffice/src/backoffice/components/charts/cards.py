"""Makes the card of a chart out of its declaration, its address and its KPI."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from backoffice.components.charts.asked import Address, Asked
from backoffice.components.charts.drawn import bars, measure_of, table
from backoffice.components.charts.kpis import Body, Kpi
from backoffice.components.charts.nouns import NOTHING, SEE, counted, noun_of
from backoffice.components.charts.reader import Reader
from backoffice.components.charts.shapes import Card, Custom, Failure, Segment
from backoffice.formatting.ranges import shown_change
from backoffice.words import word
from payops_contracts.pages import Chart, ChartKind, Measure, Window

WINDOWS = {Window.YTD: word("YTD"), Window.MTD: word("MTD")}
SHOW = {Measure.AMOUNT: word("Show amounts"), Measure.COUNT: word("Show counts")}
PARTS = {
    "status": word("Status"),
    "method": word("Method"),
    "channel": word("Channel"),
    "provider": word("Provider"),
    "type": word("Type"),
    "reason": word("Reason"),
    "number": word("Attempt"),
    "retry": word("Retry"),
    "batch": word("Batch Code"),
    "rail": word("Rail"),
    "of": word("Repeated for"),
}
"""What bars are of, for the head of their table."""


@dataclass(frozen=True, slots=True)
class Cards:
    """Makes cards for one reader, of one page of charts."""

    reader: Reader
    address: Address
    list_paths: Mapping[str, str] = field(default_factory=dict)
    """Addresses of lists by id; a chart leads to rows of those alone."""
    rows_target: str = "_self"

    def card(self, chart: Chart, kpi: Kpi | None, currency: str) -> Card:
        """The chart with what the KPI says; None: there is nothing in this currency."""
        card = self.bare(chart)
        if kpi is None:
            return replace(card, nothing=self.reader.words(NOTHING[noun_of(chart.kpi)]))
        card = replace(
            card,
            range=self.reader.range(replace(kpi.window, until=None)),
            as_of=self.reader.moment(kpi.as_of),
            verified=self.reader.moment(kpi.verified_at),
            rows_href=self.rows(chart, kpi, currency, None),
        )
        if not any(kpi.totals.values()):
            return replace(card, nothing=self.reader.words(NOTHING[noun_of(chart.kpi)]))
        card = self._with_figures(card, chart, kpi, currency)
        return self._drawn(card, chart, kpi, currency)

    def failed(self, chart: Chart, sentence: str, trace_id: str | None = None) -> Card:
        """The chart without its data: what failed, and the way to try again."""
        failure = Failure(sentence, self.address.link(chart), trace_id)
        return replace(self.bare(chart), failure=failure)

    def fresh(self, chart: Chart, answer: Body) -> Card:
        """The chart with how fresh and good an answer is, and nothing else of it."""
        verified = answer.get("verified")
        agreed = verified["verified_at"] if verified and verified["agreed"] else None
        return replace(
            self.bare(chart),
            as_of=self.reader.moment(answer["as_of"]["at"]),
            verified=self.reader.moment(agreed),
        )

    def bare(self, chart: Chart) -> Card:
        """What a card has without its data."""
        asked = self.address.of(chart)
        return Card(
            id=chart.id,
            title=self.reader.text(chart.title),
            about=self.reader.text(chart.about) if chart.about else None,
            wide=chart.wide,
            windows=[self._window(chart, each, asked) for each in WINDOWS],
            custom=self._custom(chart, asked),
            other=self._other(chart, asked),
            rows_target=self.rows_target,
            rows_label=self.reader.words(SEE[noun_of(chart.kpi)]),
        )

    def _window(self, chart: Chart, window: Window, asked: Asked) -> Segment:
        changed = {"window": window.value, "from": "", "to": ""}
        return self._segment(chart, WINDOWS[window], asked.window is window, changed)

    def _other(self, chart: Chart, asked: Asked) -> Segment | None:
        for each in chart.measures:
            if each is not asked.measure:
                return self._segment(chart, SHOW[each], False, {"measure": each.value})
        return None

    def _segment(
        self, chart: Chart, label: str, current: bool, changed: Mapping[str, str]
    ) -> Segment:
        return Segment(
            self.reader.words(label),
            self.address.link(chart, **changed),
            self.address.own(chart, **changed),
            current,
        )

    def _custom(self, chart: Chart, asked: Asked) -> Custom:
        own = [] if asked.measure is chart.measures[0] else [(f"{chart.id}.measure", asked.measure)]
        return Custom(
            action=self.address.path,
            kept=self.address.others(chart),
            own=[(name, str(value)) for name, value in own],
            first=asked.first,
            last=asked.last,
            current=asked.window is Window.CUSTOM,
        )

    def _with_figures(self, card: Card, chart: Chart, kpi: Kpi, currency: str) -> Card:
        reader, measure = self.reader, self.address.of(chart).measure
        amount = reader.value(kpi.totals[Measure.AMOUNT], Measure.AMOUNT, currency)
        count = counted(reader, noun_of(chart.kpi), kpi.totals[Measure.COUNT])
        figure, other = (count, amount) if measure is Measure.COUNT else (amount, count)
        parts = [
            f"{reader.words(line.label)} {reader.value(line.totals[measure], measure, currency)}"
            for line in (kpi.lines[:-1] if kpi.is_net else ())
        ]
        said = [reader.range(kpi.window), *(parts or [other]), self._compared(kpi, measure)]
        return replace(card, figure=figure, said=said)

    def _compared(self, kpi: Kpi, measure: Measure) -> str:
        change, before = kpi.changes[measure], self.reader.range(kpi.before)
        if change is None:
            return self.reader.words("nothing in %(range)s to compare with", range=before)
        if not change:
            return self.reader.words("as much as in %(range)s", range=before)
        shown = shown_change(change, self.reader.language)
        return self.reader.words("%(change)s against %(range)s", change=shown, range=before)

    def _drawn(self, card: Card, chart: Chart, kpi: Kpi, currency: str) -> Card:
        reader, measure = self.reader, self.address.of(chart).measure
        if chart.kind is ChartKind.STOCK:
            return replace(card, table=table(reader, chart, kpi, measure, currency))
        return replace(
            card,
            bars=bars(
                reader, chart, kpi, measure, currency,
                lambda value: self.rows(chart, kpi, currency, value),
            ),
            bars_label=reader.words(PARTS.get(chart.series or "", "")),
            bars_heads=[reader.words("Percent"), reader.words(measure_of(chart, measure))],
        )  # fmt: skip

    def rows(self, chart: Chart, kpi: Kpi, currency: str, value: str | None) -> str | None:
        """The list with the filters that show exactly what was counted."""
        rows = chart.rows
        path = self.list_paths.get(rows.list) if rows else None
        if rows is None or path is None or (value is not None and rows.series is None):
            return None  # a part that no filter of the list can show leads nowhere
        filters: list[tuple[str, str]] = []
        if rows.days:
            filters += [(f"{rows.days}_from", kpi.window.first.isoformat())]
            filters += [(f"{rows.days}_to", kpi.window.last.isoformat())]
        filters.append(("currency", currency))
        for name, values in rows.filters.items():
            if name != rows.series or value is None:
                filters += [(name, each) for each in values]
        if rows.series and value is not None:
            filters.append((rows.series, value))
        return f"{path}?{urlencode(filters)}"
