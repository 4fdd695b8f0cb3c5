"""What the gateway answers about subscriptions beside the recount of the facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from payops_local.verifying.answers import compare_change
from payops_local.verifying.findings import Findings
from payops_local.verifying.recount import NOTHING, Sum, within_calendar, words
from payops_local.verifying.subscriptions import Subscriptions

Row = Mapping[str, Any]
Name = tuple[str, ...]
Numbers = dict[Name, Sum]

BY_DAY, BY_STATUS = "/v1/kpis/subscriptions-by-day", "/v1/kpis/subscriptions-by-status"
OF_A_WINDOW = (BY_DAY,)
NOW, BEFORE = "now", "before"


def days_of(seen: Subscriptions) -> list[str]:
    """Every day on which a subscription started or ended, in order."""
    counted = {day for _, day, _, part, _ in seen.counts if part in {"started", "ended"}}
    return sorted(day for day in counted if within_calendar(day))


def compare_subscription_answer(
    path: str, body: Row, seen: Subscriptions, findings: Findings
) -> None:
    """Name everything in an answer that the facts do not say."""
    rows = {row["currency"]: row for row in body["currencies"]}
    for currency in sorted(rows.keys() | {cell[0] for cell in seen.counts}):
        if path == BY_DAY:
            _compare_days(body, rows.get(currency), currency, seen, findings)
        else:
            _compare_standing(rows.get(currency), currency, seen, findings)


def _compare_days(
    body: Row, row: Row | None, currency: str, seen: Subscriptions, findings: Findings
) -> None:
    window, previous = body["window"], body["previous"]
    where = f"{BY_DAY} {window['from']} to {window['to']} {currency}"
    moves = _moves(seen, currency)
    expected = _period(moves, window["from"], window["to"], NOW)
    active = expected["opening", NOW]
    for day in body["days"]:
        new, churned = (moves.get((part, day), NOTHING) for part in ("started", "ended"))
        active = _less(active.plus(new), churned)
        expected |= {("active", day): active, ("new", day): new, ("churned", day): churned}
    # A period before that is cut within a day is told by instants, which are not kept here.
    if previous["until"] is None:
        expected |= _period(moves, previous["from"], previous["to"], BEFORE)
    if row is None:
        if any(total != NOTHING for total in expected.values()):
            findings.differ(f"{where}: it is not told")
        return
    said = {name: total for name, total in _said(row, body["days"]) if name in expected}
    _compare(where, said, expected, findings)
    for name in ("total", "previous"):
        if row[name] != row["lines"][0][name]:
            findings.differ(f"{where}: {name} is not what is active")
    for line in row["lines"]:
        compare_change(
            f"{where} {line['value']}", _tally(line["total"]), line["previous"], findings
        )
    _compare_churn(f"{where} churn_percent", row["churn_percent"], expected, NOW, findings)
    if previous["until"] is None:
        told = row["previous_churn_percent"]
        _compare_churn(f"{where} previous_churn_percent", told, expected, BEFORE, findings)


def _moves(seen: Subscriptions, currency: str) -> dict[tuple[str, str], Sum]:
    """What started and ended of a currency, by part and day."""
    moves: dict[tuple[str, str], Sum] = {}
    for cell, count in seen.counts.items():
        of, day, _, part, _ = cell
        if of == currency and part in {"started", "ended"}:
            one = Sum(count, seen.amounts[cell])
            moves[part, day] = one.plus(moves.get((part, day), NOTHING))
    return moves


def _period(moves: Mapping[tuple[str, str], Sum], first: str, last: str, when: str) -> Numbers:
    """What ran before the first of these days and after the last, started and ended."""
    sums = dict.fromkeys(("opening", "active", "new", "churned"), NOTHING)
    for (part, day), total in moves.items():
        signed = total if part == "started" else _less(NOTHING, total)
        if day < first:
            sums["opening"] = signed.plus(sums["opening"])
        elif day <= last:
            name = "new" if part == "started" else "churned"
            sums[name] = total.plus(sums[name])
        if day <= last:
            sums["active"] = signed.plus(sums["active"])
    return {(name, when): total for name, total in sums.items()}


def _less(one: Sum, other: Sum) -> Sum:
    return Sum(one.payments - other.payments, one.amount_minor - other.amount_minor)


def _said(row: Row, days: list[str]) -> Iterator[tuple[Name, Sum]]:
    yield ("opening", NOW), _tally(row["opening"])
    for line in row["lines"]:
        yield (line["value"], NOW), _tally(line["total"])
        yield (line["value"], BEFORE), _tally(line["previous"])
        for day, count, amount in zip(days, line["counts"], line["amounts_minor"], strict=True):
            yield (line["value"], day), Sum(int(count), int(amount))


def _compare_standing(
    row: Row | None, currency: str, seen: Subscriptions, findings: Findings
) -> None:
    where = f"{BY_STATUS} {currency}"
    expected: Numbers = {}
    for cell, count in seen.counts.items():
        of, _, _, part, word = cell
        if of == currency and part in {"standing", "end_reason"} and word is not None:
            one = Sum(count, seen.amounts[cell])
            names = [(part, word)] + ([("total",)] if part == "standing" else [])
            for name in names:
                expected[name] = one.plus(expected.get(name, NOTHING))
    said: Numbers = {}
    if row is not None:
        said = {("standing", each["status"]): _tally(each) for each in row["statuses"]}
        said |= {("end_reason", each["reason"]): _tally(each) for each in row["end_reasons"]}
        said["total",] = _tally(row["total"])
    _compare(where, said, expected, findings)
    shares = [round(each["percentage"] * 100) for each in row["statuses"]] if row else []
    if sum(shares) != (10_000 if expected and row else 0):
        findings.differ(f"{where}: the percentages add up to {sum(shares) / 100:.2f}")


def _compare(where: str, said: Numbers, expected: Numbers, findings: Findings) -> None:
    for name in sorted(said.keys() | expected.keys()):
        has, should = said.get(name, NOTHING), expected.get(name, NOTHING)
        if has != should:
            findings.differ(
                f"{where} {' '.join(name)}: {words(has)}, the facts say {words(should)}".replace(
                    "payments", "subscriptions"
                )
            )


def _compare_churn(
    where: str, told: float | None, expected: Numbers, when: str, findings: Findings
) -> None:
    opening, churned = expected["opening", when].payments, expected["churned", when].payments
    exact = Fraction(churned * 100, opening) if opening else None
    if exact is None or told is None:
        agrees = told is None and exact is None
    else:
        agrees = abs(Fraction(told) - exact) <= Fraction(1, 100)
    if not agrees:
        findings.differ(f"{where} is {told}: {churned} of {opening} ended")


def _tally(told: Row) -> Sum:
    return Sum(int(told["count"]), int(told["amount_minor"]))
