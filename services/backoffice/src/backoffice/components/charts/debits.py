"""Cards of the KPIs of debits that are more than count and amount: rates, exposure, repeats."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from backoffice.components.charts.cards import Cards
from backoffice.components.charts.drawn import ONE_COLOUR, width
from backoffice.components.charts.kpis import Body, Kpi, Period, read_kpi
from backoffice.components.charts.nouns import Noun, counted
from backoffice.components.charts.reader import OTHERS
from backoffice.components.charts.shapes import Bar, Card, Cell, Head, Row, Table
from backoffice.formatting.instants import shown_day
from backoffice.formatting.ranges import short_day, shown_range
from backoffice.formatting.shares import shown_count, shown_share
from backoffice.words import word
from payops_contracts.money import format_money
from payops_contracts.pages import Chart, Measure

Own = Callable[[Cards, Chart, Body, str], Card]

EXPOSURE = "/v1/kpis/debit-exposure"
OF_NOW = frozenset({EXPOSURE})
"""KPIs as of now: they take no window."""
LIST = "debit-attempts"
NO_BATCH = word("Outside a batch")
NOTHING_RETURNABLE = word("Nothing that is collected can go back any more.")
NOTHING_REPEATED = word("No reason repeats that often in these days.")
RATE_DECIMALS = 2
HEADS = (
    word("Success rate"), word("Succeeded"), word("Failed"), word("Unanswered"), word("Debits"),
    word("Times"), word("Recovered"),
)  # fmt: skip
"""Of columns."""
REPEATED_FOR = {
    "member": word("Member %(value)s"),
    "batch": word("Batch %(value)s"),
    "day": "%(value)s",
}


def success(cards: Cards, chart: Chart, answer: Body, currency: str) -> Card:
    """The rate of each day; a day without debits is a gap."""
    found, kpi = _of(answer, currency), read_kpi(answer, currency)
    card = cards.card(chart, kpi, currency)
    if found is None or kpi is None or card.table is None:
        return card
    reader, language = cards.reader, cards.reader.language
    today = reader.reporting.date_of(reader.now)

    def row(told: Body) -> Row:
        day = date.fromisoformat(told["day"])
        shown = shown_day(day, language)
        if day == today:
            shown = reader.words("%(day)s, so far", day=shown)
        rate = told["success_percent"]
        cells = [
            Cell(None if rate is None else round(rate * 100), _rate(told, language)),
            *(
                Cell(told[each]["count"], shown_count(told[each]["count"], language))
                for each in ("succeeded", "failed", "open")
            ),
            Cell(told["count"], shown_count(told["count"], language)),
        ]
        return Row(told["day"], shown, short_day(day, language), cells, day == today)

    total = found["total"]
    heads = ("Success rate", "Succeeded", "Failed", "Unanswered", "Debits")
    return replace(
        card,
        figure=_rate(total, language),
        said=_rates_said(cards, kpi, found),
        table=Table(
            day_label=reader.words("Day"),
            decimals=RATE_DECIMALS,
            heads=[Head(reader.words(each), 1 if each is heads[0] else None) for each in heads],
            rows=[row(each) for each in found["days"]],
            totals=[
                _rate(total, language),
                *(
                    shown_count(total[each]["count"], language)
                    for each in ("succeeded", "failed", "open")
                ),
                shown_count(total["count"], language),
            ],
        ),
    )


def rates(by: str) -> Own:
    """The rate of each part; ``by`` is the filter of the debit history that takes its value."""

    def card_of(cards: Cards, chart: Chart, answer: Body, currency: str) -> Card:
        found, kpi = _of(answer, currency), read_kpi(answer, currency)
        card = cards.card(chart, kpi, currency)
        if found is None or kpi is None or not card.bars:
            return card
        measure = cards.address.of(chart).measure
        return replace(
            card,
            figure=_rate(found["total"], cards.reader.language, measure),
            said=_rates_said(cards, kpi, found),
            bars=[
                _rate_bar(cards, each, measure, currency, _rows_of(cards, kpi, currency, by, each))
                for each in found["parts"]
            ],
            bars_heads=[cards.reader.words(each) for each in ("Success rate", "Succeeded")],
        )

    return card_of


def _rate_bar(cards: Cards, told: Body, measure: Measure, currency: str, href: str | None) -> Bar:
    reader, part, whole = cards.reader, told["succeeded"][measure], told[measure]
    said = reader.words(
        "%(part)s of %(whole)s",
        part=reader.value(part, measure, currency),
        whole=reader.value(whole, measure, currency),
    )
    return Bar(
        label=_part_name(cards, told),
        colour=ONE_COLOUR,
        width=width(part, whole),
        figures=[_rate(told, reader.language, measure), said],
        href=href,
    )


def _part_name(cards: Cards, told: Body) -> str:
    if told["is_others"]:
        return cards.reader.words(OTHERS)
    if told["value"] is None:
        return cards.reader.words(NO_BATCH)
    is_number = told["label"] != told["value"]
    return cards.reader.reason(None, told["label"]) if is_number else str(told["label"])


def _rows_of(cards: Cards, kpi: Kpi, currency: str, by: str, told: Body) -> str | None:
    if told["value"] is None:
        return None  # no filter of the list finds what has none
    return _href(cards, currency, kpi.window, [(by, told["value"])])


def recovered(cards: Cards, chart: Chart, answer: Body, currency: str) -> Card:
    """What each retry brought, each a way to its debits."""
    found, kpi = _of(answer, currency), read_kpi(answer, currency)
    card = cards.card(chart, kpi, currency)
    if found is None or kpi is None or not card.bars:
        return card
    ways = {
        cards.reader.reason(None, each["label"]): _href(
            cards, currency, kpi.window,
            [("status", "FINALIZED"), ("number", str(int(each["value"]) + 1))],
        )
        for each in found["parts"]
    }  # fmt: skip
    return replace(
        card, bars=[replace(bar, href=ways.get(bar.label)) for bar in card.bars], rows_href=None
    )


def reasons(cards: Cards, chart: Chart, answer: Body, currency: str) -> Card:
    """Why debits fail, and how many of their charges were collected after all."""
    found, kpi = _of(answer, currency), read_kpi(answer, currency)
    card = cards.card(chart, kpi, currency)
    if found is None or kpi is None or not card.bars:
        return card
    reader, measure = cards.reader, cards.address.of(chart).measure
    whole = found["total"][measure]

    def bar(told: Body) -> Bar:
        back = shown_share(told["recovered"][measure], told[measure], reader.language)
        return Bar(
            label=_reason_name(cards, told),
            colour=ONE_COLOUR,
            width=width(told[measure], whole),
            figures=[
                reader.value(told[measure], measure, currency),
                reader.words("%(share)s recovered", share=back),
            ],
            href=_failed_href(cards, currency, kpi.window, told),
        )

    ranked = sorted(found["reasons"], key=lambda each: (each["is_others"], -each[measure]))
    return replace(
        card,
        bars=[bar(each) for each in ranked],
        bars_heads=[reader.words(each) for each in ("Debits", "Recovered")],
    )


def _reason_name(cards: Cards, told: Body) -> str:
    if told.get("is_others"):
        return cards.reader.words(OTHERS)
    return cards.reader.reason(told["reason"], told["label"])


def _failed_href(
    cards: Cards, currency: str, window: Period, told: Body, *more: tuple[str, str]
) -> str | None:
    if told["reason"] is None:
        return None
    failed = [("status", each) for each in ("TEMP_REJECTED", "PERMANENT_REJECTED")]
    return _href(cards, currency, window, [*failed, ("failure_code", told["reason"]), *more])


def exposure(cards: Cards, chart: Chart, answer: Body, currency: str) -> Card:
    """What may still go back, by rail, as of now."""
    reader, found = cards.reader, _of(answer, currency)
    card = replace(cards.fresh(chart, answer), windows=[], other=None)
    if found is None or not found["total"]["count"]:
        return replace(card, nothing=reader.words(NOTHING_RETURNABLE))
    total = found["total"]
    today = reader.reporting.date_of(reader.now)

    def bar(told: Body) -> Bar:
        days, rail = timedelta(days=told["returnable_days"]), told["label"]
        last = reader.words.many(
            "%(debits)s within %(num)s day", "%(debits)s within %(num)s days", days.days,
            debits=counted(reader, Noun.DEBIT, told["count"]),
        )  # fmt: skip
        finalized = [("status", "FINALIZED"), ("rail", told["rail"])]
        return Bar(
            label=reader.words(rail),
            colour=ONE_COLOUR,
            width=width(told["amount_minor"], total["amount_minor"]),
            figures=[format_money(told["amount_minor"], currency, reader.language), last],
            href=_href(cards, currency, Period(today - days, today, None), finalized),
        )

    return replace(
        card,
        figure=format_money(total["amount_minor"], currency, reader.language),
        said=[counted(reader, Noun.DEBIT, total["count"])],
        range=reader.words("as of now"),
        bars=[bar(each) for each in found["rails"] if each["count"]],
        bars_label=reader.words("Rail"),
        bars_heads=[reader.words(each) for each in ("Amount", "Debits")],
    )


def repeated(cards: Cards, chart: Chart, answer: Body, currency: str) -> Card:
    """Reasons that repeat for a member, a batch or a day, the most frequent first."""
    reader, found = cards.reader, _of(answer, currency)
    window = Period.of(answer["window"])
    card = replace(cards.fresh(chart, answer), range=reader.range(window))
    rows: Sequence[Body] = found["repeats"] if found else ()
    if not rows:
        return replace(card, nothing=reader.words(NOTHING_REPEATED))
    most = max(each["count"] for each in rows)
    return replace(
        card,
        figure=reader.words.many("%(num)s pattern", "%(num)s patterns", len(rows)),
        said=[reader.range(window)],
        bars=[_repeat_bar(cards, each, currency, most) for each in rows],
        bars_label=reader.words("Repeated for"),
        bars_heads=[reader.words(each) for each in ("Times", "Amount")],
    )


def _repeat_bar(cards: Cards, told: Body, currency: str, most: int) -> Bar:
    reader, language = cards.reader, cards.reader.language
    first, last = (date.fromisoformat(told[each]) for each in ("first_day", "last_day"))
    whose = told["value"]
    if told["of"] == "day":
        whose = shown_day(first, language)
    name = REPEATED_FOR[told["of"]]
    more = {"member": "mpass_number", "batch": "batch_code"}.get(told["of"])
    return Bar(
        label=": ".join(
            (reader.words(name, value=whose), _reason_name(cards, told))
        ),
        colour=ONE_COLOUR,
        width=width(told["count"], most),
        figures=[
            reader.words.many("%(num)s time", "%(num)s times", told["count"]),
            " · ".join(
                (
                    format_money(told["amount_minor"], currency, language),
                    shown_range(first, last, language, None),
                )
            ),
        ],
        href=_failed_href(
            cards, currency, Period(first, last, None), told,
            *([(more, told["value"])] if more else []),
        ),
    )  # fmt: skip


OWN: Mapping[str, Own] = {
    "/v1/kpis/debit-success": success,
    "/v1/kpis/debits-by-retry": rates("number"),
    "/v1/kpis/debits-by-batch": rates("batch_code"),
    "/v1/kpis/debits-recovered": recovered,
    "/v1/kpis/debits-by-failure-reason": reasons,
    EXPOSURE: exposure,
    "/v1/kpis/repeated-failures": repeated,
}
"""By the KPI's path: what makes its card."""


def _of(answer: Body, currency: str) -> Any:
    return next((each for each in answer["currencies"] if each["currency"] == currency), None)


def _rate(told: Body, language: str, measure: Measure = Measure.COUNT) -> str:
    return shown_share(told["succeeded"][measure], told[measure], language)


def _rates_said(cards: Cards, kpi: Kpi, found: Body) -> list[str]:
    """The days, what became of the debits, and the rate of the period before."""
    reader, total, before = cards.reader, found["total"], found["previous"]
    said = reader.words(
        "%(debits)s, %(answered)s answered",
        debits=counted(reader, Noun.DEBIT, total["count"]),
        answered=shown_count(total["count"] - total["open"]["count"], reader.language),
    )
    days = reader.range(kpi.before)
    rate = before["success_percent"]
    if rate is None:
        compared = reader.words("nothing in %(range)s to compare with", range=days)
    else:
        share = shown_share(round(rate * 100), 10_000, reader.language)
        compared = reader.words("%(share)s in %(range)s", share=share, range=days)
    return [reader.range(kpi.window), said, compared]


def _href(
    cards: Cards, currency: str, window: Period, filters: Sequence[tuple[str, str]]
) -> str | None:
    path = cards.list_paths.get(LIST)
    if path is None:
        return None
    days = [
        ("submitted_from", window.first.isoformat()), ("submitted_to", window.last.isoformat())
    ]  # fmt: skip
    return f"{path}?{urlencode([*days, ('currency', currency), *filters])}"
