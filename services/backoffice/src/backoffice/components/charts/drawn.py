"""What is drawn of a chart: the table of a stock chart, the bars of shares and ranks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from backoffice.components.charts.kpis import Kpi, Line
from backoffice.components.charts.nouns import MANY, noun_of
from backoffice.components.charts.reader import OTHERS, Reader
from backoffice.components.charts.shapes import Bar, Cell, Head, Row, Table
from backoffice.formatting.chips import TRANSACTION
from backoffice.formatting.instants import shown_day
from backoffice.formatting.ranges import short_day
from backoffice.formatting.shares import shown_share
from backoffice.words import word
from payops_contracts.money import CURRENCY_DECIMALS
from payops_contracts.pages import Chart, ChartKind, Measure

DRAWN_MAX = 8
"""Lines of a picture: as many as there are colours; the smallest ones go together."""
BARS_MAX = 10
SEEN_MIN = 1.5
"""Percent of the place that a bar takes at least, so that what is not none is seen."""
ONE_COLOUR = "series-1"


@dataclass(frozen=True, slots=True)
class _Column:
    label: str
    series: int | None
    measure: Measure
    values: Sequence[int]
    total: int


def measure_of(chart: Chart, measure: Measure) -> str:
    """The word for what is drawn of a chart's KPI."""
    return word("Amount") if measure is Measure.AMOUNT else MANY[noun_of(chart.kpi)]


def table(reader: Reader, chart: Chart, kpi: Kpi, measure: Measure, currency: str) -> Table:
    """The days of a KPI, a column a line; of a single line a column a measure."""
    columns = _columns(reader, chart, kpi, measure)
    today = reader.reporting.date_of(reader.now)
    return Table(
        day_label=reader.words("Day"),
        decimals=CURRENCY_DECIMALS[currency] if measure is Measure.AMOUNT else 0,
        heads=[Head(column.label, column.series) for column in columns],
        rows=[
            _row(reader, day, place, columns, currency, today)
            for place, day in enumerate(map(date.fromisoformat, kpi.days))
        ],
        totals=[reader.value(each.total, each.measure, currency) for each in columns],
    )


def _row(
    reader: Reader, day: date, place: int, columns: Sequence[_Column], currency: str, today: date
) -> Row:
    cells = [
        Cell(each.values[place], reader.value(each.values[place], each.measure, currency))
        for each in columns
    ]
    shown, short = shown_day(day, reader.language), short_day(day, reader.language)
    if day == today:
        shown = reader.words("%(day)s, so far", day=shown)
    return Row(day.isoformat(), shown, short, cells, day == today)


def _columns(reader: Reader, chart: Chart, kpi: Kpi, measure: Measure) -> list[_Column]:
    if len(kpi.lines) == 1 and chart.series is None:
        (line,) = kpi.lines
        return [
            _Column(
                reader.words(measure_of(chart, each)), 1 if each is measure else None, each,
                line.by_day[each], line.totals[each],
            )
            for each in chart.measures
        ]  # fmt: skip
    paid = [line for line in kpi.lines if line.totals[measure] or chart.series is None]
    return [
        _Column(
            reader.name(line, chart), number, measure, line.by_day[measure], line.totals[measure]
        )
        for number, line in enumerate(together(paid or kpi.lines, DRAWN_MAX), 1)
    ]


def bars(
    reader: Reader,
    chart: Chart,
    kpi: Kpi,
    measure: Measure,
    currency: str,
    rows: Callable[[str | None], str | None],
) -> list[Bar]:
    """The parts of a KPI, the largest first; ``rows`` is the way to those of a value."""
    whole = sum(line.totals[measure] for line in kpi.lines)
    ranked = sorted(kpi.lines, key=lambda line: -line.totals[measure])
    if chart.kind is ChartKind.BARS:
        ranked = together([line for line in ranked if line.totals[measure]], BARS_MAX)
    return [
        Bar(
            label=reader.name(line, chart),
            colour=_colour(chart, line),
            width=width(line.totals[measure], whole),
            figures=[
                _share(line, whole, measure, reader.language),
                reader.value(line.totals[measure], measure, currency),
            ],
            href=rows(line.value),
        )
        for line in ranked
    ]


def _colour(chart: Chart, line: Line) -> str:
    """A status has the ink of its chip; all else has one colour, for words and length tell it."""
    look = TRANSACTION.get(line.value or "") if chart.series == "status" else None
    return f"ink-{look.family}" if look else ONE_COLOUR


def width(part: int, whole: int) -> float:
    """Percent of the place that a bar takes."""
    return max(round(100 * part / whole, 2), SEEN_MIN) if part and whole else 0


def _share(line: Line, whole: int, measure: Measure, language: str) -> str:
    if measure is Measure.COUNT and line.percentage is not None:
        # The service's: they add up to 100.00.
        return shown_share(round(line.percentage * 100), 10_000, language)
    return shown_share(line.totals[measure], whole, language)


def together(lines: Sequence[Line], most: int) -> list[Line]:
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
