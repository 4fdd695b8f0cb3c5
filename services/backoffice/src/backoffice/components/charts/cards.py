"""What a template shows of a chart: a card with figures, a table or bars, and its ways on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from urllib.parse import urlencode

from backoffice.components.charts.asked import Address, Asked
from backoffice.components.charts.kpis import Kpi, Line, Period
from backoffice.components.charts.shapes import (
    Bar,
    Card,
    Cell,
    Custom,
    Failure,
    Head,
    Moment,
    Row,
    Segment,
    Table,
)
from backoffice.formatting.instants import read_instant, shown_day, shown_instant
from backoffice.formatting.ranges import short_day, shown_change, shown_range
from backoffice.formatting.shares import shown_count, shown_share
from backoffice.words import Words, word
from payops_contracts.money import CURRENCY_DECIMALS, format_money
from payops_contracts.pages import Chart, ChartKind, Label, Measure, Window, in_language
from payops_kernel.zones import Zone

DRAWN_MAX = 8
"""Lines of a picture: as many as there are colours; the smallest ones go together."""
BARS_MAX = 10
WINDOWS = {Window.YTD: word("YTD"), Window.MTD: word("MTD")}
MEASURES = {Measure.AMOUNT: word("Amount"), Measure.COUNT: word("Payments")}
SHOW = {Measure.AMOUNT: word("Show amount"), Measure.COUNT: word("Show payments")}
OTHERS = word("Others")
NONE_GIVEN = word("Not given")
STATUS_SERIES = {
    "PAID": 1, "PARTIALLY_REFUNDED": 2, "CREATED": 3, "TOTALLY_REFUNDED": 4, "FAILED": 5,
}  # fmt: skip
"""Colours of statuses stay theirs, whatever their order."""


@dataclass(frozen=True)
class Cards:
    """Makes cards for one reader, of one page of charts."""

    words: Words
    zone: Zone
    """The reader's."""
    now: datetime
    reporting: Zone
    """The zone whose days are counted."""
    address: Address
    list_paths: Mapping[str, str] = field(default_factory=dict)
    """Addresses of lists by id; a chart leads to rows of those alone."""
    rows_target: str = "_self"

    def card(self, chart: Chart, kpi: Kpi | None, currency: str) -> Card:
        """The chart with what the KPI says; None: there is nothing in this currency."""
        asked = self.address.of(chart)
        common = self._common(chart, asked)
        if kpi is None or not any(kpi.totals.values()):
            nothing = self.words("No payment in these days.")
            return Card(**common, nothing=nothing, **self._fresh(chart, asked, kpi, currency))
        if chart.kind is ChartKind.STOCK:
            shown = {"table": self._table(kpi, asked.measure, currency, chart)}
        else:
            shown = {
                "bars": self._bars(chart, kpi, asked, currency),
                "bars_label": self._label_of(chart),
                "bars_heads": [self.words("Percent"), self.words(MEASURES[asked.measure])],
            }
        figures = {
            "figure": self._figure(kpi, asked, currency),
            "beside": self._beside(kpi, asked, currency),
            "said": self._said(kpi, asked),
        }
        return Card(**common, **figures, **shown, **self._fresh(chart, asked, kpi, currency))

    def failed(self, chart: Chart, sentence: str, trace_id: str | None = None) -> Card:
        """The chart without its data: what failed, and the way to try again."""
        retry = self.address.link(chart)
        return Card(
            **self._common(chart, self.address.of(chart)),
            failure=Failure(sentence, retry, trace_id),
        )

    # What every card has.

    def _common(self, chart: Chart, asked: Asked) -> dict[str, object]:
        return {
            "id": chart.id,
            "title": self._text(chart.title),
            "about": self._text(chart.about) if chart.about else None,
            "wide": chart.wide,
            "windows": [
                self._segment(
                    chart, label, asked.window is each, window=each, **{"from": "", "to": ""}
                )
                for each, label in WINDOWS.items()
            ],
            "other": self._other(chart, asked),
            "custom": self._custom(chart, asked),
            "rows_target": self.rows_target,
        }

    def _text(self, label: Label) -> str:
        return in_language(label, self.words.language, self.words)

    def _segment(self, chart: Chart, label: str, current: bool, **changed: str) -> Segment:
        own = self.address.own(chart, **changed)
        return Segment(self.words(label), self.address.link(chart, **changed), own, current)

    def _other(self, chart: Chart, asked: Asked) -> Segment | None:
        others = [each for each in chart.measures if each is not asked.measure]
        if not others:
            return None
        return self._segment(chart, SHOW[others[0]], False, measure=others[0])

    def _custom(self, chart: Chart, asked: Asked) -> Custom:
        measure = [] if asked.measure is chart.measures[0] else [("measure", asked.measure)]
        own = [(f"{chart.id}.{name}", str(value)) for name, value in measure]
        return Custom(
            self.address.path, [*self.address.others(chart), *own], asked.first, asked.last,
            asked.window is Window.CUSTOM,
        )  # fmt: skip

    def _fresh(
        self, chart: Chart, asked: Asked, kpi: Kpi | None, currency: str
    ) -> dict[str, object]:
        if kpi is None:
            return {}
        return {
            "range": self._range(kpi.window, running=False),
            "as_of": kpi.as_of,
            "verified": self._moment(kpi.verified_at),
            "rows_href": self._rows(chart, kpi, currency, None),
        }

    def _moment(self, said: str | None) -> Moment | None:
        if said is None:
            return None
        moment = read_instant(said)
        shown = shown_instant(moment, self.zone, self.words.language, self.now)
        is_today = self.zone.date_of(moment) == self.zone.date_of(self.now)
        clock = f"{self.zone.local(moment):%H:%M}"
        return Moment(shown.iso, clock if is_today else shown.local, shown.hint)

    # Figures.

    def _figure(self, kpi: Kpi, asked: Asked, currency: str) -> str:
        return self._shown(kpi.totals[asked.measure], asked.measure, currency)

    def _beside(self, kpi: Kpi, asked: Asked, currency: str) -> str:
        if asked.measure is Measure.COUNT:
            return self._shown(kpi.totals[Measure.AMOUNT], Measure.AMOUNT, currency)
        number = kpi.totals[Measure.COUNT]
        shown = self._shown(number, Measure.COUNT, currency)
        return self.words.many("%(num)s payment", "%(num)s payments", number, num=shown)

    def _said(self, kpi: Kpi, asked: Asked) -> list[str]:
        compared = self.words(
            "%(change)s against %(range)s",
            change=shown_change(kpi.changes[asked.measure], self.words.language),
            range=self._range(kpi.before),
        )
        return [self._range(kpi.window), compared]

    def _range(self, period: Period, *, running: bool = True) -> str:
        until = (
            self.reporting.local(period.until).replace(tzinfo=None)
            if period.until and running
            else None
        )
        return shown_range(period.first, period.last, self.words.language, until)

    def _shown(self, value: int, measure: Measure, currency: str) -> str:
        if measure is Measure.COUNT:
            return shown_count(value, self.words.language)
        return format_money(value, currency, self.words.language)

    # The table of a stock chart.

    def _table(self, kpi: Kpi, measure: Measure, currency: str, chart: Chart) -> Table:
        columns = self._columns(kpi, measure, chart)
        days = [date.fromisoformat(day) for day in kpi.days]
        return Table(
            day_label=self.words("Day"),
            decimals=CURRENCY_DECIMALS[currency] if measure is Measure.AMOUNT else 0,
            heads=[Head(label, series) for label, series, _, _, _ in columns],
            rows=[
                Row(
                    day.isoformat(), shown_day(day, self.words.language),
                    short_day(day, self.words.language),
                    [
                        Cell(values[place], self._shown(values[place], each, currency))
                        for _, _, each, values, _ in columns
                    ],
                )
                for place, day in enumerate(days)
            ],
            totals=[self._shown(total, each, currency) for _, _, each, _, total in columns],
        )  # fmt: skip

    def _columns(
        self, kpi: Kpi, measure: Measure, chart: Chart
    ) -> list[tuple[str, int | None, Measure, Sequence[int], int]]:
        """Label, series number, measure, values and total of each; one line shows all measures."""
        paid = [line for line in kpi.lines if line.totals[measure] or chart.series is None]
        lines = together(paid or kpi.lines, DRAWN_MAX, measure)
        if len(lines) > 1 or chart.series is not None:
            return [
                (
                    self._name(line, chart),
                    number,
                    measure,
                    line.by_day[measure],
                    line.totals[measure],
                )
                for number, line in enumerate(lines, 1)
            ]
        line = lines[0]
        return [
            (
                self.words(MEASURES[each]),
                1 if each is measure else None,
                each,
                line.by_day[each],
                line.totals[each],
            )
            for each in chart.measures
        ]

    # The bars of shares and ranks.

    def _bars(self, chart: Chart, kpi: Kpi, asked: Asked, currency: str) -> list[Bar]:
        measure = asked.measure
        whole = sum(line.totals[measure] for line in kpi.lines)
        ranked = sorted(kpi.lines, key=lambda line: -line.totals[measure])
        most = len(ranked)
        if chart.kind is ChartKind.BARS:
            ranked, most = [line for line in ranked if line.totals[measure]], BARS_MAX
        found = []
        for number, line in enumerate(together(ranked, most, measure), 1):
            part = line.totals[measure]
            share = self._share(line, part, whole, measure)
            found.append(
                Bar(
                    self._name(line, chart), STATUS_SERIES.get(line.value or "", (number - 1) % DRAWN_MAX + 1),
                    round(100 * part / whole, 2) if whole else 0, [share, self._shown(part, measure, currency)],
                    self._rows(chart, kpi, currency, line.value),
                )
            )  # fmt: skip
        return found

    def _share(self, line: Line, part: int, whole: int, measure: Measure) -> str:
        if measure is Measure.COUNT and line.percentage is not None:
            # The service's: they add up to 100.00.
            return shown_share(round(line.percentage * 100), 10_000, self.words.language)
        return shown_share(part, whole, self.words.language)

    def _label_of(self, chart: Chart) -> str:
        return self.words((chart.series or "").replace("_", " ").capitalize())

    def _name(self, line: Line, chart: Chart) -> str:
        if line.is_others:
            return self.words(OTHERS)
        if not line.label:
            return self.words(NONE_GIVEN)
        if chart.words is None:  # a code of upstream's, or a word of ours
            return self.words(line.label.replace("_", " ").capitalize())
        return self.words(chart.words.labels.get(line.value or "", line.label))

    # The way to the rows.

    def _rows(self, chart: Chart, kpi: Kpi, currency: str, value: str | None) -> str | None:
        rows = chart.rows
        path = self.list_paths.get(rows.list) if rows else None
        if rows is None or path is None:
            return None
        filters: list[tuple[str, str]] = []
        if rows.days:
            filters += [(f"{rows.days}_from", kpi.window.first.isoformat())]
            filters += [(f"{rows.days}_to", kpi.window.last.isoformat())]
        filters += [("currency", currency)]
        for name, values in rows.filters.items():
            filters += [
                (name, str(each)) for each in values if name != rows.series or value is None
            ]
        if rows.series and value is not None:
            filters += [(rows.series, value)]
        return f"{path}?{urlencode(filters)}"


def together(lines: Sequence[Line], most: int, measure: Measure) -> list[Line]:
    """The first lines, and what is behind them as one; every payment stays in one of them."""
    if len(lines) <= most:
        return list(lines)
    kept, rest = lines[: most - 1], lines[most - 1 :]
    by_day = {
        each: [sum(values) for values in zip(*(line.by_day[each] for line in rest), strict=True)]
        for each in rest[0].by_day
    }
    totals = {each: sum(line.totals[each] for line in rest) for each in Measure}
    return [*kept, Line(None, OTHERS, True, totals, by_day)]
