"""A KPI's answer in one currency, whatever its shape on the wire: lines over days, or ranked parts.

The KPIs answer in three shapes: ``days`` of one line, ``lines`` of many, and parts of a whole
(``statuses``, ``reasons``, ``parts``). What a part has on top of count and amount is left alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from backoffice.words import word
from payops_contracts.pages import Measure

Body = Mapping[str, Any]

CHANGES = {Measure.COUNT: "count_change_percent", Measure.AMOUNT: "amount_change_percent"}
NET_LINES = {
    "gross_minor": word("Paid"),
    "refunded_minor": word("Refunded"),
    "net_minor": word("Net"),
}
"""The lines of refunds and net, in their order."""
NET_CHANGE = "net_change_percent"
PARTS = {"statuses": "status", "reasons": "reason", "parts": "value"}
"""Lists of parts of a whole, and the field that tells them apart."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line over the days, or one part of a whole."""

    value: str | None
    """As filters take it; None when there is none."""
    label: str
    """As the service names it; empty of a line that is the whole."""
    is_others: bool
    totals: Mapping[Measure, int]
    by_day: Mapping[Measure, Sequence[int]]
    percentage: float | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """Days, both included; the last one up to ``until`` while it is running."""

    first: date
    last: date
    until: datetime | None

    @classmethod
    def of(cls, said: Body) -> "Period":
        """Out of an answer."""
        until = said.get("until")
        return cls(
            date.fromisoformat(said["from"]),
            date.fromisoformat(said["to"]),
            datetime.fromisoformat(until) if until else None,
        )


@dataclass(frozen=True, slots=True)
class Kpi:
    """What a chart shows."""

    window: Period
    before: Period
    zone: str
    as_of: str | None
    verified_at: str | None
    """The instant of the last recount, when it agreed."""
    days: Sequence[str]
    lines: Sequence[Line]
    totals: Mapping[Measure, int]
    changes: Mapping[Measure, float | None]
    """In percent against the period before."""
    is_net: bool = False
    """Whether the total is a difference: what its last line is, made of those before it."""


def currencies_of(answer: Body) -> list[str]:
    """The currencies in an answer, the one with the most payments first."""
    found = {each["currency"]: int(each["total"]["count"]) for each in answer["currencies"]}
    return sorted(found, key=lambda currency: (-found[currency], currency))


def read_kpi(answer: Body, currency: str) -> Kpi | None:
    """The answer in a currency; None when nothing was paid in it."""
    found = next((each for each in answer["currencies"] if each["currency"] == currency), None)
    if found is None:
        return None
    verified = answer.get("verified")
    return Kpi(
        window=Period.of(answer["window"]),
        before=Period.of(answer["previous"]),
        zone=answer["zone"],
        as_of=answer["as_of"]["at"],
        verified_at=verified["verified_at"] if verified and verified["agreed"] else None,
        days=answer.get("days") or [each["day"] for each in found.get("days", ())],
        lines=_lines(found),
        totals=_totals(found["total"]),
        changes={each: found["previous"].get(name) for each, name in _changes(found).items()},
        is_net="net_minor" in found["total"],
    )


def _changes(found: Body) -> Mapping[Measure, str]:
    if "net_minor" in found["total"]:
        return {Measure.AMOUNT: NET_CHANGE, Measure.COUNT: NET_CHANGE}
    return CHANGES


def _totals(said: Body) -> dict[Measure, int]:
    amount = said.get("amount_minor", said.get("net_minor", 0))
    return {Measure.COUNT: said["count"], Measure.AMOUNT: amount}


def _lines(found: Body) -> list[Line]:
    if "lines" in found:
        return [_line(each) for each in found["lines"]]
    for name in PARTS:
        if name in found:
            return [_part(each, name) for each in found[name]]
    if "net_minor" in found["total"]:
        return [_net_line(name, label, found) for name, label in NET_LINES.items()]
    return [
        Line(
            None, "", False, _totals(found["total"]),
            {each: [day[each] for day in found["days"]] for each in Measure},
        )
    ]  # fmt: skip


def _line(said: Body) -> Line:
    by_day = {Measure.COUNT: said["counts"], Measure.AMOUNT: said["amounts_minor"]}
    return Line(said["value"], said["label"], said["is_others"], _totals(said["total"]), by_day)


def _part(said: Body, name: str) -> Line:
    value = said[PARTS[name]]
    others = said.get("is_others", False)
    return Line(value, said["label"], others, _totals(said), {}, said.get("percentage"))


def _net_line(name: str, label: str, found: Body) -> Line:
    amounts = [day[name] for day in found["days"]]
    return Line(
        None, label, False,
        {Measure.AMOUNT: found["total"][name], Measure.COUNT: found["total"]["count"]},
        {Measure.AMOUNT: amounts, Measure.COUNT: [day["count"] for day in found["days"]]},
    )  # fmt: skip
