"""What the gateway answers about KPIs beside the recount of the facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

import httpx

from payops_local.errors import PlatformError
from payops_local.platform import Platform
from payops_local.verifying.findings import Findings
from payops_local.verifying.kpis import (
    BY_STATUS,
    KPIS,
    OF_A_WINDOW,
    OF_SUBSCRIPTIONS,
    REASONS,
    TODAY,
    Kpi,
    Name,
    Numbers,
    Row,
    must_say,
    tally,
    with_others,
)
from payops_local.verifying.recount import NOTHING, Period, Recount, Sum, within_calendar, words

WINDOW_DAYS_MAX = 3_000
ANSWER_LIMIT_S = 30.0

Positions = dict[int, int]
"""Partition → first offset that is not in the numbers."""
Query = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class GatewayAnswer:
    """One answer of the gateway, and the query that it answers."""

    path: str
    query: Query
    body: Mapping[str, Any]

    @property
    def positions(self) -> Positions:
        """How much of the log is in its numbers."""
        rows = self.body["as_of"]["positions"]
        return {int(row["partition"]): int(row["next"]) for row in rows}

    @property
    def before(self) -> Period:
        """The period that it compares with."""
        told = self.body["previous"]
        until = told["until"]
        cut = None if until is None else datetime.fromisoformat(until)
        return Period(told["from"], told["to"], cut)


def cuts(answers: Sequence[GatewayAnswer]) -> frozenset[datetime]:
    """The instants up to which a day is counted in some answer."""
    return frozenset(it.before.until for it in answers if it.before.until is not None)


async def ask(platform: Platform, windows: Sequence[Query]) -> list[GatewayAnswer]:
    """Every KPI for every window, and today's where a window may be running; raises PlatformError
    when the gateway does not say.
    """
    asked: list[tuple[str, Query]] = [(kpi.path, query) for kpi in OF_A_WINDOW for query in windows]
    if any(query["window"] != "custom" for query in windows):
        asked.append((TODAY.path, {}))
    return await ask_each(platform, asked)


async def ask_each(platform: Platform, asked: Sequence[tuple[str, Query]]) -> list[GatewayAnswer]:
    """Every path with its query; raises PlatformError when the gateway does not say."""
    headers = {"Authorization": f"Bearer {platform.token('viewer')}"}
    answers: list[GatewayAnswer] = []
    async with httpx.AsyncClient(
        base_url=platform.gateway_url, headers=headers, timeout=ANSWER_LIMIT_S, trust_env=False
    ) as http:
        for path, query in asked:
            answers.append(GatewayAnswer(path, query, await _get(http, path, query)))
    return answers


async def _get(http: httpx.AsyncClient, path: str, query: Query) -> dict[str, Any]:
    try:
        response = await http.get(path, params=dict(query))
    except httpx.HTTPError as error:
        raise PlatformError(
            f"The gateway does not answer at {http.base_url}: start the platform, `./payops up`."
        ) from error
    if response.status_code != httpx.codes.OK:
        raise PlatformError(
            f"The gateway answers {path} with {response.status_code} ({response.text[:200]}): "
            "see its log with `./payops logs gateway`."
        )
    body: dict[str, Any] = response.json()
    return body


def windows(days: Sequence[str]) -> list[dict[str, str]]:
    """Year to date, month to date, and windows that together hold all the days."""
    return [{"window": "ytd"}, {"window": "mtd"}, *custom_windows(days)]


def custom_windows(days: Sequence[str]) -> list[dict[str, str]]:
    """Windows that together hold all the days."""
    return [{"window": "custom", "from": first, "to": last} for first, last in spans(days)]


def spans(days: Sequence[str]) -> Iterator[tuple[str, str]]:
    """First and last day of windows that hold all the days, none of them too long.

    Days that the KPIs cannot be asked about are left out.
    """
    asked = [day for day in days if within_calendar(day)]
    while asked:
        first = date.fromisoformat(asked[0])
        end = min(
            date.fromisoformat(asked[-1]), first + timedelta(days=WINDOW_DAYS_MAX - 1)
        ).isoformat()
        yield asked[0], end
        asked = [day for day in asked if day > end]


def compare_answer(answer: GatewayAnswer, recount: Recount, findings: Findings) -> None:
    """Name everything in the answer that the facts do not say."""
    kpi = KPIS[answer.path]
    window = Period(answer.body["window"]["from"], answer.body["window"]["to"])
    where = f"{answer.path} {window.first} to {window.last}"
    asked = (answer.query.get("from", window.first), answer.query.get("to", window.last))
    if window[:2] != asked:
        findings.differ(f"{where}: {asked[0]} to {asked[1]} was asked for")
    now = must_say(kpi, recount, window, by_day=kpi.by_day)
    if kpi is TODAY:
        for currency, total in recount.awaiting.items():
            now.setdefault(currency, {})["awaiting",] = total
        for currency, total in recount.awaited_payments.items():
            now.setdefault(currency, {})["awaited_payments",] = total
    before = must_say(kpi, recount, answer.before, by_day=False)
    rows: dict[str, Row] = {row["currency"]: row for row in answer.body["currencies"]}
    for currency in sorted(rows.keys() | now.keys() | before.keys()):
        expected = now.get(currency, {}), before.get(currency, {})
        if currency in rows:
            _compare_row(f"{where} {currency}", kpi, rows[currency], answer, expected, findings)
        else:
            _compare(f"{where} {currency}", {}, expected[0], findings)


def _compare_row(
    where: str,
    kpi: Kpi,
    row: Row,
    answer: GatewayAnswer,
    expected: tuple[Numbers, Numbers],
    findings: Findings,
) -> None:
    now, before = dict(kpi.now(row, answer.body)), dict(kpi.before(row))
    _compare(where, now, expected[0], findings)
    _compare(
        f"{where}, before,",
        {name: tally(told) for name, told in before.items()},
        expected[1],
        findings,
    )
    for name, told in before.items():
        compare_change(f"{where} {_shown(name)}", now[name], told, findings)
    if kpi in (BY_STATUS, REASONS):
        _compare_shares(where, row["statuses" if kpi is BY_STATUS else "reasons"], findings)
    if kpi is OF_SUBSCRIPTIONS:
        for told in (row["total"], row["previous"], *row["days"]):
            _compare_rate(where, told, findings)


def _compare_rate(where: str, told: Row, findings: Findings) -> None:
    """The rate of failed payments within a hundredth of a percent, and none of none."""
    said, failed, count = told["failed_percent"], int(told["failed"]["count"]), int(told["count"])
    if (said is not None) if not count else _is_off(said, Fraction(failed * 100, count)):
        findings.differ(f"{where} {told.get('day', '')}: {said} % failed, {failed} of {count}")


def _compare(where: str, said: Numbers, expected: Numbers, findings: Findings) -> None:
    expected = with_others(expected, said)
    for name in sorted(said.keys() | expected.keys(), key=str):
        has, should = said.get(name, NOTHING), expected.get(name, NOTHING)
        if has != should:
            findings.differ(f"{where} {_shown(name)}: {words(has)}, the facts say {words(should)}")


def _shown(name: Name) -> str:
    return " ".join(part or "(none)" for part in name if part != "is")


def compare_change(where: str, now: Sum, told: Row, findings: Findings) -> None:
    """Each change within a hundredth of a percent, and none where there was nothing before."""
    for field, has, had in (
        ("count_change_percent", now.payments, int(told["count"])),
        ("amount_change_percent", now.amount_minor, int(told["amount_minor"])),
    ):
        if field not in told:
            continue
        said, exact = told[field], Fraction((has - had) * 100, had) if had > 0 else None
        wrong = said is not None if exact is None else _is_off(said, exact)
        if wrong:
            findings.differ(f"{where}: {field} is {said}, from {had} to {has}")


def _is_off(said: float | None, exact: Fraction) -> bool:
    # A float of 17 digits has no hundredths past some size.
    return said is None or abs(Fraction(said) - exact) > max(Fraction(1, 100), abs(exact) / 10**15)


def _compare_shares(where: str, parts: Sequence[Mapping[str, Any]], findings: Findings) -> None:
    """Each share within a hundredth of a percent of the exact one, all of them 100.00."""
    count = sum(int(part["count"]) for part in parts)
    shares = [round(float(part["percentage"]) * 100) for part in parts]
    whole = 10_000 if count else 0
    if parts and sum(shares) != whole:
        findings.differ(f"{where}: the percentages add up to {sum(shares) / 100:.2f}")
    for part, share in zip(parts, shares, strict=True):
        exact = Fraction(int(part["count"]) * 10_000, count) if count else Fraction(0)
        if abs(share - exact) >= 1:
            name = part.get("status", part.get("reason"))
            findings.differ(f"{where} {name}: {part['percentage']} % of {count:,}")
