"""What each KPI says in an answer, and what the facts say that it must, by the same names.

A name is what a number is of: ``("total",)``, ``("is", "PAID")``, ``("is", "stripe")`` and, in an
answer by days, each of them with a day behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from payops_local.verifying.recount import (
    FAILED,
    NOTHING,
    PAID,
    Kind,
    Period,
    Recount,
    Sum,
    Tally,
)

Row = Mapping[str, Any]
"""A currency's part of an answer."""
Name = tuple[str | None, ...]
Numbers = dict[Name, Sum]
TOTAL: Name = ("total",)
SUBSCRIPTION = "SUBSCRIPTION"
"""The type of payments that belong to one."""
OTHERS: Name = ("others",)
"""All the values behind those that have a line of their own."""


@dataclass(frozen=True, slots=True)
class Kpi:
    """One KPI."""

    path: str
    now: Callable[[Row, Row], Iterable[tuple[Name, Sum]]]
    """What a currency's row of an answer says; the answer is given too."""
    before: Callable[[Row], Iterable[tuple[Name, Row]]]
    """What it says of the period before."""
    counts: Callable[[Kind, Tally], Iterable[tuple[Name, Sum]]]
    """What a kind of payments counts in."""
    by_day: bool = False


def must_say(kpi: Kpi, recount: Recount, period: Period, *, by_day: bool) -> dict[str, Numbers]:
    """Currency → what the facts say of a period."""
    numbers: dict[str, Numbers] = {}
    for kind, tally in recount.of(period):
        of = numbers.setdefault(kind.cell.currency, {})
        for name, total in kpi.counts(kind, tally):
            of[name] = total.plus(of.get(name, NOTHING))
            if by_day:
                on = (*name, kind.cell.day)
                of[on] = total.plus(of.get(on, NOTHING))
    return numbers


def with_others(expected: Numbers, said: Iterable[Name]) -> Numbers:
    """The expected numbers, with those of values that have no line of their own together."""
    names = set(said)
    if OTHERS not in names:
        return expected
    folded: Numbers = {}
    for name, total in expected.items():
        own = name[0] != "is" or name[:2] in names
        place = name if own else (*OTHERS, *name[2:])
        folded[place] = total.plus(folded.get(place, NOTHING))
    return folded


def tally(row: Row) -> Sum:
    """What a row says of payments and amount."""
    return Sum(int(row["count"]), int(row["amount_minor"]))


def _valued(row: Row, field: str) -> Name:
    return OTHERS if row.get("is_others") else ("is", row[field])


def _daily(row: Row, _: Row) -> Iterator[tuple[Name, Sum]]:
    yield TOTAL, tally(row["total"])
    for day in row["days"]:
        yield (*TOTAL, day["day"]), tally(day)


def _rows(list_name: str, field: str) -> Callable[[Row, Row], Iterator[tuple[Name, Sum]]]:
    def said(row: Row, _: Row) -> Iterator[tuple[Name, Sum]]:
        yield TOTAL, tally(row["total"])
        for each in row[list_name]:
            yield _valued(each, field), tally(each)

    return said


def _lines(row: Row, answer: Row) -> Iterator[tuple[Name, Sum]]:
    yield TOTAL, tally(row["total"])
    days: dict[str, Sum] = dict.fromkeys(answer["days"], NOTHING)
    for line in row["lines"]:
        yield _valued(line, "value"), tally(line["total"])
        on = zip(answer["days"], line["counts"], line["amounts_minor"], strict=True)
        for day, count, amount in on:
            one = Sum(int(count), int(amount))
            days[day] = one.plus(days[day])
            yield (*_valued(line, "value"), day), one
    for day, total in days.items():
        yield (*TOTAL, day), total


def _net_of(row: Row) -> Iterator[tuple[Name, Sum]]:
    yield ("gross",), Sum(int(row["count"]), int(row["gross_minor"]))
    yield ("refunded",), Sum(int(row["refunded_count"]), int(row["refunded_minor"]))
    yield ("net",), Sum(0, int(row["net_minor"]))


def _net(row: Row, _: Row) -> Iterator[tuple[Name, Sum]]:
    yield from _net_of(row["total"])
    for day in row["days"]:
        for name, total in _net_of(day):
            yield (*name, day["day"]), total


def _today(row: Row, _: Row) -> Iterator[tuple[Name, Sum]]:
    for name in ("payments", "paid", "failed"):
        yield (name,), tally(row[name])
    awaiting = row["refunds_awaiting"]
    yield ("awaiting",), tally(awaiting)
    yield ("awaited_payments",), Sum(int(awaiting["payments"]), int(awaiting["amount_minor"]))


def _rate_of(told: Row, *day: str) -> Iterator[tuple[Name, Sum]]:
    yield ("all", *day), tally(told)
    for name in ("paid", "failed"):
        yield (name, *day), tally(told[name])


def _rates(row: Row, _: Row) -> Iterator[tuple[Name, Sum]]:
    yield from _rate_of(row["total"])
    for day in row["days"]:
        yield from _rate_of(day, day["day"])


def _before(list_name: str = "", field: str = "") -> Callable[[Row], Iterator[tuple[Name, Row]]]:
    def said(row: Row) -> Iterator[tuple[Name, Row]]:
        yield TOTAL, row["previous"]
        for each in row[list_name] if list_name else ():
            yield _valued(each, field), each["previous"]

    return said


def _today_before(row: Row) -> Iterator[tuple[Name, Row]]:
    for name in ("payments", "paid", "failed"):
        yield (name,), row[name]["previous"]


def _rates_before(row: Row) -> Iterator[tuple[Name, Row]]:
    yield ("all",), row["previous"]
    for name in ("paid", "failed"):
        yield (name,), row["previous"][name]


def _net_before(row: Row) -> Iterator[tuple[Name, Row]]:
    changes = row["previous"]
    for name, total in _net_of(changes):
        part = {"amount_change_percent": changes[f"{name[0]}_change_percent"]}
        yield name, {"count": total.payments, "amount_minor": total.amount_minor, **part}


def _paid(kind: Kind, tally: Tally) -> Iterator[tuple[Name, Sum]]:
    if kind.cell.status in PAID:
        yield TOTAL, tally.all


def _paid_by(value: Callable[[Kind], str]) -> Callable[[Kind, Tally], Iterator[tuple[Name, Sum]]]:
    def counts(kind: Kind, tally: Tally) -> Iterator[tuple[Name, Sum]]:
        if kind.cell.status in PAID:
            yield TOTAL, tally.all
            yield ("is", value(kind)), tally.all

    return counts


def _by_status(kind: Kind, tally: Tally) -> Iterator[tuple[Name, Sum]]:
    yield TOTAL, tally.all
    yield ("is", kind.cell.status), tally.all


def _failed(kind: Kind, tally: Tally) -> Iterator[tuple[Name, Sum]]:
    if kind.cell.status == FAILED:
        yield TOTAL, tally.all
        yield ("is", kind.failure_code), tally.all


def _gross_and_refunded(kind: Kind, tally: Tally) -> Iterator[tuple[Name, Sum]]:
    if kind.cell.status in PAID:
        yield ("gross",), tally.all
        yield ("refunded",), tally.refunded
        yield ("net",), Sum(0, tally.all.amount_minor - tally.refunded.amount_minor)


def _of_subscriptions(kind: Kind, tally: Tally) -> Iterator[tuple[Name, Sum]]:
    status = kind.cell.status
    if kind.type == SUBSCRIPTION and (status in PAID or status == FAILED):
        yield ("all",), tally.all
        yield ("failed" if status == FAILED else "paid",), tally.all


def _figures(kind: Kind, tally: Tally) -> Iterator[tuple[Name, Sum]]:
    yield ("payments",), tally.all
    if kind.cell.status in PAID:
        yield ("paid",), tally.all
    if kind.cell.status == FAILED:
        yield ("failed",), tally.all


DAILY = Kpi("/v1/kpis/daily-payments", _daily, _before(), _paid, by_day=True)
BY_STATUS = Kpi(
    "/v1/kpis/payments-by-status",
    _rows("statuses", "status"),
    _before("statuses", "status"),
    _by_status,
)
REASONS = Kpi(
    "/v1/kpis/failure-reasons", _rows("reasons", "reason"), _before("reasons", "reason"), _failed
)
NET = Kpi("/v1/kpis/refunds-and-net", _net, _net_before, _gross_and_refunded, by_day=True)
OF_SUBSCRIPTIONS = Kpi(
    "/v1/kpis/subscription-payments", _rates, _rates_before, _of_subscriptions, by_day=True
)
TODAY = Kpi("/v1/kpis/today", _today, _today_before, _figures)
VALUES: dict[str, Callable[[Kind], str]] = {
    "method": lambda kind: kind.cell.method,
    "channel": lambda kind: kind.cell.channel,
    "provider": lambda kind: kind.provider,
    "type": lambda kind: kind.type,
}
AMOUNT_BY = tuple(
    Kpi(
        f"/v1/kpis/amount-by-{name}",
        _lines,
        _before("lines", "value"),
        _paid_by(value),
        by_day=True,
    )
    for name, value in VALUES.items()
)
OF_A_WINDOW: Sequence[Kpi] = (DAILY, BY_STATUS, *AMOUNT_BY, NET, REASONS, OF_SUBSCRIPTIONS)
KPIS = {kpi.path: kpi for kpi in (*OF_A_WINDOW, TODAY)}
