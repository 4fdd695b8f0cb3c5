"""Cards of the KPIs of subscriptions: running ones, new and churned, by status, failed payments."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from backoffice.components.charts.cards import Cards
from backoffice.components.charts.drawn import ONE_COLOUR, table, width
from backoffice.components.charts.kpis import Body, Kpi, read_kpi
from backoffice.components.charts.nouns import Noun, counted
from backoffice.components.charts.shapes import Bar, Card, Cell, Head, Row, Table, Way
from backoffice.formatting.instants import shown_day
from backoffice.formatting.ranges import short_day
from backoffice.formatting.shares import shown_count, shown_share
from backoffice.words import word
from payops_contracts.pages import Chart, Measure

Own = Callable[[Cards, Chart, Body, str], Card]

BY_DAY, BY_STATUS = "/v1/kpis/subscriptions-by-day", "/v1/kpis/subscriptions-by-status"
PAYMENTS = "/v1/kpis/subscription-payments"
OF_NOW = frozenset({BY_STATUS})
"""KPIs as of now: they take no window."""
LIST, PAYMENT_LIST = "subscriptions", "transactions"
ACTIVE = "active"
"""The series of charts that draw what runs; others draw what started and ended."""
MRR = word("Monthly revenue")
NONE_YET = word("No subscription yet.")
RATE_DECIMALS = 2
ENDED = "NOT_ACTIVE"
PAID_OR_FAILED = ("PAID", "PARTIALLY_REFUNDED", "TOTALLY_REFUNDED", "FAILED")
WAYS = (word("See new ones"), word("See churned ones"))
RATE_HEADS = (word("Failed payments"), word("Failed"), word("Paid"))


def by_day(cards: Cards, chart: Chart, answer: Body, currency: str) -> Card:
    """What runs at the end of each day, or what started and ended on it."""
    found, kpi = _of(answer, currency), read_kpi(answer, currency)
    if found is None or kpi is None or not _any(found):
        return cards.card(chart, None if kpi is None else _emptied(kpi), currency)
    # What runs at the end may be none, and yet something is shown.
    some = replace(kpi, totals=dict.fromkeys(kpi.totals, 1))
    card = cards.card(chart, some, currency)
    draw = _active if chart.series == ACTIVE else _moves
    return draw(cards, chart, replace(card, rows_href=None), kpi, found, currency)


def _active(cards: Cards, chart: Chart, card: Card, kpi: Kpi, found: Body, currency: str) -> Card:
    reader, measure = cards.reader, cards.address.of(chart).measure
    total, opening = found["total"], found["opening"]
    money = measure is Measure.AMOUNT
    count = counted(reader, Noun.SUBSCRIPTION, total["count"])
    figure = reader.value(total[measure], measure, currency) if money else count
    began = reader.words(
        "%(value)s when the days began", value=reader.value(opening[measure], measure, currency)
    )
    said = [card.said[0], *([count] if money else []), began, card.said[-1]]
    drawn = table(reader, chart, replace(kpi, lines=kpi.lines[:1]), measure, currency)
    name = reader.words(MRR) if money else reader.words(kpi.lines[0].label)
    today = reader.reporting.date_of(reader.now)
    last = min(kpi.window.last, max(today, kpi.window.first))
    return replace(
        card,
        figure=figure,
        said=said,
        table=replace(
            drawn,
            heads=[Head(name, 1)],
            rows=[_until(row, today) for row in drawn.rows],
            totals_label=reader.words("At the end"),
        ),
        rows_href=_href(cards, LIST, currency, [("active_on", last.isoformat())]),
    )


def _until(row: Row, today: date) -> Row:
    """A day to come is a gap: nobody knows what will run."""
    if date.fromisoformat(row.day) <= today:
        return row
    return replace(row, cells=[Cell(None, "-") for _ in row.cells])


def _moves(cards: Cards, chart: Chart, card: Card, kpi: Kpi, found: Body, currency: str) -> Card:
    reader, measure = cards.reader, cards.address.of(chart).measure
    _, new, churned = kpi.lines
    opening = counted(reader, Noun.SUBSCRIPTION, found["opening"]["count"])
    rate, before = found["churn_percent"], found["previous_churn_percent"]
    said = [card.said[0]]
    if rate is None:
        said.append(reader.words("nothing ran when the days began"))
    else:
        share = _percent(rate, reader.language)
        said.append(
            reader.words("churn rate %(share)s of %(opening)s", share=share, opening=opening)
        )
    said.append(_rate_before(cards, kpi, before))
    days = [("from", kpi.window.first.isoformat()), ("to", kpi.window.last.isoformat())]
    ended = [(f"ended_{end}", day) for end, day in days] + [("started_to", days[1][1])]
    started = [(f"started_{end}", day) for end, day in days]
    ways = zip(WAYS, (started, ended), strict=True)
    return replace(
        card,
        figure=reader.words(
            "%(new)s new, %(churned)s churned",
            new=reader.value(new.totals[measure], measure, currency),
            churned=reader.value(churned.totals[measure], measure, currency),
        ),
        said=said,
        table=table(reader, chart, replace(kpi, lines=[new, churned]), measure, currency),
        more_ways=[
            Way(reader.words(label), href)
            for label, filters in ways
            if (href := _href(cards, LIST, currency, filters))
        ],
    )


def by_status(cards: Cards, chart: Chart, answer: Body, currency: str) -> Card:
    """Where subscriptions stand now; ended ones by the reason of their end."""
    reader, found = cards.reader, _of(answer, currency)
    card = replace(cards.fresh(chart, answer), windows=[], other=None, rows_href=None)
    if found is None or not found["total"]["count"]:
        return replace(card, nothing=reader.words(NONE_YET))
    total = found["total"]["count"]

    def bar(label: str, count: int, *filters: tuple[str, str]) -> Bar:
        return Bar(
            label=label,
            colour=ONE_COLOUR,
            width=width(count, total),
            figures=[
                shown_share(count, total, reader.language), shown_count(count, reader.language)
            ],
            href=_href(cards, LIST, currency, list(filters)),
        )  # fmt: skip

    ended = next(each for each in found["statuses"] if each["status"] == ENDED)
    bars = [
        bar(_said(cards, each), each["count"], ("status", each["status"]))
        for each in found["statuses"]
        if each is not ended
    ]
    bars += [
        bar(
            ": ".join((_said(cards, ended), _said(cards, each))),
            each["count"], ("status", ENDED), ("end_reason", each["reason"]),
        )
        for each in found["end_reasons"]
        if each["count"]
    ]  # fmt: skip
    return replace(
        card,
        figure=counted(reader, Noun.SUBSCRIPTION, total),
        range=reader.words("as of now"),
        said=[reader.words("as of now")],
        bars=bars,
        bars_label=reader.words("Status"),
        bars_heads=[reader.words("Percent"), reader.words("Subscriptions")],
    )


def _said(cards: Cards, told: Body) -> str:
    label = str(told["label"])
    return cards.reader.words(label)


def payments(cards: Cards, chart: Chart, answer: Body, currency: str) -> Card:
    """The failed-payment rate of each day; a day without payments is a gap."""
    found, kpi = _of(answer, currency), read_kpi(answer, currency)
    card = cards.card(chart, kpi, currency)
    if found is None or kpi is None or card.table is None:
        return card
    reader, total = cards.reader, found["total"]
    language = reader.language
    today = reader.reporting.date_of(reader.now)

    def row(told: Body) -> Row:
        day = date.fromisoformat(told["day"])
        shown = shown_day(day, language)
        if day == today:
            shown = reader.words("%(day)s, so far", day=shown)
        return Row(
            told["day"], shown, short_day(day, language), _cells(told, language), day == today
        )

    days = [
        ("created_from", kpi.window.first.isoformat()), ("created_to", kpi.window.last.isoformat()),
        ("type", "SUBSCRIPTION"),
    ]  # fmt: skip
    every = [*days, *(("status", each) for each in PAID_OR_FAILED)]
    all_href = _href(cards, PAYMENT_LIST, currency, every)
    return replace(
        card,
        figure=_percent(total["failed_percent"], language),
        said=[
            card.said[0],
            reader.words(
                "%(part)s of %(whole)s",
                part=shown_count(total["failed"]["count"], language),
                whole=counted(reader, Noun.PAYMENT, total["count"]),
            ),
            _rate_before(cards, kpi, found["previous"]["failed_percent"]),
        ],
        table=Table(
            day_label=reader.words("Day"),
            decimals=RATE_DECIMALS,
            heads=[
                Head(reader.words(each), None if number else 1)
                for number, each in enumerate(RATE_HEADS)
            ],
            rows=[row(each) for each in found["days"]],
            totals=[cell.shown for cell in _cells(total, language)],
        ),
        rows_href=_href(cards, PAYMENT_LIST, currency, [*days, ("status", "FAILED")]),
        rows_label=reader.words("See failed ones"),
        more_ways=[Way(reader.words("See all of them"), all_href)] if all_href else [],
    )


def _cells(told: Body, language: str) -> list[Cell]:
    rate = told["failed_percent"]
    counts = (told["failed"]["count"], told["paid"]["count"])
    return [
        Cell(None if rate is None else round(rate * 100), _percent(rate, language)),
        *(Cell(count, shown_count(count, language)) for count in counts),
    ]


OWN: Mapping[str, Own] = {BY_DAY: by_day, BY_STATUS: by_status, PAYMENTS: payments}
"""By the KPI's path: what makes its card."""


def _of(answer: Body, currency: str) -> Any:
    return next((each for each in answer["currencies"] if each["currency"] == currency), None)


def _any(found: Body) -> bool:
    """Whether anything ran or moved."""
    return bool(found["opening"]["count"] or any(line["total"]["count"] for line in found["lines"]))


def _emptied(kpi: Kpi) -> Kpi:
    return replace(kpi, totals=dict.fromkeys(kpi.totals, 0))


def _percent(rate: float | None, language: str) -> str:
    return "-" if rate is None else shown_share(round(rate * 100), 10_000, language)


def _rate_before(cards: Cards, kpi: Kpi, rate: float | None) -> str:
    reader, days = cards.reader, cards.reader.range(kpi.before)
    if rate is None:
        return reader.words("nothing in %(range)s to compare with", range=days)
    share = _percent(rate, reader.language)
    return reader.words("%(share)s in %(range)s", share=share, range=days)


def _href(
    cards: Cards, list_id: str, currency: str, filters: Sequence[tuple[str, str]]
) -> str | None:
    path = cards.list_paths.get(list_id)
    return None if path is None else f"{path}?{urlencode([*filters, ('currency', currency)])}"
