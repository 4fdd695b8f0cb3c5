"""What the gateway answers about debits beside the recount of the facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from payops_local.verifying.debits import Debits
from payops_local.verifying.findings import Findings
from payops_local.verifying.recount import within_calendar

Row = Mapping[str, Any]
Name = tuple[str | None, ...]
"""Part and word, and in an answer by days the day."""
Numbers = dict[Name, tuple[int, int]]
Said = Callable[[Row, Row], Iterator[tuple[Name, tuple[int, int]]]]

MONEY = {"charged": "charged", "collected": "collected", "outstanding": "owed", "tax": "tax"}
LINES_MAX = 50
"""Values that have a line of their own."""
EXPOSURE, REPEATED = "/v1/kpis/debit-exposure", "/v1/kpis/repeated-failures"
REPEATS_MAX = 100
"""Repeated failures of each kind that are told."""


def _tally(told: Row) -> tuple[int, int]:
    return int(told["count"]), int(told["amount_minor"])


def _money(row: Row, answer: Row) -> Iterator[tuple[Name, tuple[int, int]]]:
    for line in row["lines"]:
        part = MONEY[line["value"]]
        yield (part, None), _tally(line["total"])
        on = zip(answer["days"], line["counts"], line["amounts_minor"], strict=True)
        for day, count, amount in on:
            yield (part, None, day), (count, amount)


def _outcomes(told: Row, by: str, *word: str | None) -> Iterator[tuple[Name, tuple[int, int]]]:
    yield (f"{by}_attempts", *word), _tally(told)
    for outcome in ("succeeded", "failed", "reversed"):
        yield (f"{by}_{outcome}", *word), _tally(told[outcome])


def _days(row: Row, _: Row) -> Iterator[tuple[Name, tuple[int, int]]]:
    for each in row["days"]:
        yield from _outcomes(each, "number", None, each["day"])


def _parts(by: str) -> Said:
    def said(row: Row, _: Row) -> Iterator[tuple[Name, tuple[int, int]]]:
        for each in row["parts"]:
            if not each["is_others"]:
                yield from _outcomes(each, by, each["value"])

    return said


def _reasons(row: Row, _: Row) -> Iterator[tuple[Name, tuple[int, int]]]:
    for each in row["reasons"]:
        if not each["is_others"]:
            yield ("reason", each["reason"]), _tally(each)
            yield ("reason_recovered", each["reason"]), _tally(each["recovered"])


def _recovered(row: Row, _: Row) -> Iterator[tuple[Name, tuple[int, int]]]:
    for each in row["parts"]:
        yield (RECOVERED, each["value"]), _tally(each)


RECOVERED = "recovered"
OF_A_WINDOW: dict[str, Said] = {
    "/v1/kpis/debits-by-day": _money,
    "/v1/kpis/debit-success": _days,
    "/v1/kpis/debits-by-retry": _parts("number"),
    "/v1/kpis/debits-by-batch": _parts("batch"),
    "/v1/kpis/debits-by-failure-reason": _reasons,
    "/v1/kpis/debits-recovered": _recovered,
}
_OUTCOMES = ("attempts", "succeeded", "failed", "reversed")
SAYS: dict[str, set[tuple[str | None, int]]] = {
    "/v1/kpis/debits-by-day": {(part, length) for part in MONEY.values() for length in (2, 3)},
    "/v1/kpis/debit-success": {(f"number_{each}", 3) for each in _OUTCOMES},
    "/v1/kpis/debits-by-retry": {(f"number_{each}", 2) for each in _OUTCOMES},
    "/v1/kpis/debits-by-batch": {(f"batch_{each}", 2) for each in _OUTCOMES},
    "/v1/kpis/debits-by-failure-reason": {("reason", 2), ("reason_recovered", 2)},
    "/v1/kpis/debits-recovered": {(RECOVERED, 2)},
}
"""By path: the parts that it tells, by the length of their names; 3 is by day."""


def days_of(debits: Debits) -> list[str]:
    """Every day that a charge or an attempt counts on, in order."""
    counted = {day for _, day, _, part, _ in debits.counts if part != "returnable"}
    return sorted(day for day in counted if within_calendar(day))


def compare_debit_answer(path: str, body: Row, debits: Debits, findings: Findings) -> None:
    """Name everything in an answer that the facts do not say."""
    if path == EXPOSURE:
        _compare_exposure(body, debits, findings)
    elif path == REPEATED:
        _compare_repeated(body, debits, findings)
    else:
        _compare_window(path, body, debits, findings)


def _compare_window(path: str, body: Row, debits: Debits, findings: Findings) -> None:
    """Name everything in an answer about a window that the facts do not say."""
    first, last = body["window"]["from"], body["window"]["to"]
    expected = _must_say(debits, first, last)
    rows = {row["currency"]: row for row in body["currencies"]}
    for currency in sorted(rows.keys() | expected.keys()):
        said = dict(OF_A_WINDOW[path](rows[currency], body)) if currency in rows else {}
        of = expected.get(currency, {})
        must = {name: of[name] for name in of if (name[0], len(name)) in SAYS[path]}
        _compare(f"{path} {first} to {last} {currency}", said, must, findings)


def _compare_exposure(body: Row, debits: Debits, findings: Findings) -> None:
    """Name what may go back as of the answer's instant, where the facts say otherwise."""
    at = datetime.fromisoformat(body["at"])
    expected: Counter[tuple[str, str]] = Counter()
    for (until, currency, rail), amount in debits.returnable.items():
        if until > at:
            expected[currency, rail] += amount
    said = {
        (row["currency"], each["rail"]): int(each["amount_minor"])
        for row in body["currencies"]
        for each in row["rails"]
    }
    for name in sorted(said.keys() | expected.keys()):
        if said.get(name, 0) != expected[name]:
            findings.differ(
                f"{EXPOSURE} {' '.join(name)}: {said.get(name, 0)} minor units, "
                f"the facts say {expected[name]}"
            )


def _must_say(debits: Debits, first: str, last: str) -> dict[str, Numbers]:
    """Currency → what the facts say of days: by part and word, and by day."""
    numbers: dict[str, Numbers] = {}
    for cell, count in debits.counts.items():
        currency, day, _, part, word = cell
        if not first <= day <= last:
            continue
        amount = debits.amounts[cell]
        of = numbers.setdefault(currency, {})
        for name in ((part, word), (part, None, day)):
            has = of.get(name, (0, 0))
            of[name] = (has[0] + count, has[1] + amount)
    for of in numbers.values():
        of.update(_kept(of))
    return numbers


def _kept(of: Numbers) -> Numbers:
    """By retry what succeeded and did not go back."""
    kept: Numbers = {}
    for name, (count, amount) in of.items():
        if name[0] == "number_succeeded" and len(name) == 2 and name[1] != "1":
            back = of.get(("number_reversed", name[1]), (0, 0))
            if (left := (count - back[0], amount - back[1])) != (0, 0):
                kept[RECOVERED, str(int(name[1] or 0) - 1)] = left
    return kept


def _compare_repeated(body: Row, debits: Debits, findings: Findings) -> None:
    """Name every repeated failure that the facts do not have, or have otherwise."""
    first, last, least = body["window"]["from"], body["window"]["to"], int(body["at_least"])
    expected: Numbers = {}
    for failed, (count, amount) in debits.failures.items():
        if not first <= failed.day <= last:
            continue
        for of in ("member", "batch", "day"):
            value = getattr(failed, of)
            if value is not None:
                name = (failed.currency, of, value, failed.code)
                has = expected.get(name, (0, 0))
                expected[name] = (has[0] + count, has[1] + amount)
    expected = {name: told for name, told in expected.items() if told[0] >= least}
    said: Numbers = {
        (row["currency"], each["of"], each["value"], each["reason"]): _tally(each)
        for row in body["currencies"]
        for each in row["repeats"]
    }
    full = {of for _, of, *_ in said if sum(1 for name in said if name[1] == of) >= REPEATS_MAX}
    must = {name: told for name, told in expected.items() if name in said or name[1] not in full}
    _compare(f"{REPEATED} {first} to {last}", said, must, findings)


def _compare(where: str, said: Numbers, expected: Numbers, findings: Findings) -> None:
    for name in sorted(said.keys() | expected.keys(), key=str):
        has, should = said.get(name, (0, 0)), expected.get(name, (0, 0))
        if has != should and not (name not in said and _folded(name, said)):
            findings.differ(
                f"{where} {' '.join(part or '(none)' for part in name)}: {has[0]} of {has[1]} "
                f"minor units, the facts say {should[0]} of {should[1]}"
            )


def _folded(name: Name, said: Numbers) -> bool:
    """Whether a value may be among the others, behind the fifty that have a line of their own."""
    return sum(1 for each in said if each[0] == name[0]) >= LINES_MAX
