"""The card of checkout rules: how often each answered."""

from dataclasses import replace
from datetime import date
from typing import Final

from backoffice.components.charts.asked import Asked
from backoffice.components.charts.cards import Cards
from backoffice.components.charts.drawn import BARS_MAX, ONE_COLOUR, together, width
from backoffice.components.charts.kpis import Body, Line, Period
from backoffice.components.charts.nouns import HITS, NOTHING, Noun, counted
from backoffice.components.charts.reader import OTHERS, Reader
from backoffice.components.charts.shapes import Bar, Card
from backoffice.formatting.shares import shown_count, shown_share
from payops_contracts.pages import Chart, Measure, Window
from payops_kernel.http.paths import encoded_id

RULE: Final = "/checkout-rules/"
"""Where the page of a rule is, before its ID."""


def days_of_hits(asked: Asked, today: date) -> dict[str, object]:
    """A chart's window as the hits of rules are asked for; ``today`` is the reporting zone's."""
    match asked.window:
        case Window.CUSTOM:
            return {"from": asked.first, "to": asked.last}
        case Window.YTD:
            return {"from": today.replace(month=1, day=1), "to": today}
        case Window.MTD:
            return {"from": today.replace(day=1), "to": today}
        case Window.TODAY:
            return {"from": today, "to": today}


def hits_by_rule(cards: Cards, chart: Chart, answer: Body, _currency: str) -> Card:
    """Rules by their hits, the one with the most first; those without any are left out, and of
    many rules the last ones stand together."""
    reader, total = cards.reader, answer["hits"]
    card = replace(cards.bare(chart), range=reader.range(Period.of(answer)))
    if not total:
        return replace(card, nothing=reader.words(NOTHING[Noun.CHECKOUT]))
    ranked = sorted(answer["items"], key=lambda each: -each["hits"])
    return replace(
        card,
        figure=counted(reader, Noun.CHECKOUT, total),
        said=[card.range],
        bars=[_bar(reader, each, total) for each in together(list(map(_line, ranked)), BARS_MAX)],
        bars_label=reader.words("Rule"),
        bars_heads=[reader.words("Percent"), reader.words("Hits")],
    )


def _line(rule: Body) -> Line:
    totals = {Measure.COUNT: rule["hits"], Measure.AMOUNT: 0}
    return Line(rule["rule_id"], rule["name"], False, totals, {})


def _bar(reader: Reader, line: Line, total: int) -> Bar:
    hits = line.totals[Measure.COUNT]
    return Bar(
        label=reader.words(OTHERS) if line.is_others else line.label,
        colour=ONE_COLOUR,
        width=width(hits, total),
        figures=[shown_share(hits, total, reader.language), shown_count(hits, reader.language)],
        href=None if line.value is None else RULE + encoded_id(line.value),
    )


OWN = {HITS: hits_by_rule}
"""By the KPI's path: what makes its card."""
