"""The card of checkout rules: how often each answered."""

from dataclasses import replace
from datetime import date
from typing import Final

from backoffice.components.charts.asked import Asked
from backoffice.components.charts.cards import Cards
from backoffice.components.charts.drawn import ONE_COLOUR, width
from backoffice.components.charts.kpis import Body, Period
from backoffice.components.charts.nouns import HITS, NOTHING, Noun, counted
from backoffice.components.charts.shapes import Bar, Card
from backoffice.formatting.shares import shown_count, shown_share
from payops_contracts.pages import Chart, Window
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
    """Rules by their hits, the one with the most first; those without any are left out."""
    reader, total = cards.reader, answer["hits"]
    card = replace(cards.bare(chart), range=reader.range(Period.of(answer)))
    if not total:
        return replace(card, nothing=reader.words(NOTHING[Noun.CHECKOUT]))
    return replace(
        card,
        figure=counted(reader, Noun.CHECKOUT, total),
        said=[card.range],
        bars=[
            Bar(
                label=each["name"],
                colour=ONE_COLOUR,
                width=width(each["hits"], total),
                figures=[
                    shown_share(each["hits"], total, reader.language),
                    shown_count(each["hits"], reader.language),
                ],
                href=RULE + encoded_id(each["rule_id"]),
            )
            for each in sorted(answer["items"], key=lambda each: -each["hits"])
        ],
        bars_label=reader.words("Rule"),
        bars_heads=[reader.words("Percent"), reader.words("Hits")],
    )


OWN = {HITS: hits_by_rule}
"""By the KPI's path: what makes its card."""
