"""What the gateway answers about KPIs beside the recount of the facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import httpx

from payops_local.errors import PlatformError
from payops_local.platform import Platform
from payops_local.verifying.findings import Findings
from payops_local.verifying.recount import (
    NOTHING,
    Recount,
    Sum,
    Sums,
    within_calendar,
    words,
)

DAILY, BY_STATUS = "/v1/kpis/daily-payments", "/v1/kpis/payments-by-status"
WINDOW_DAYS_MAX = 3_000
ANSWER_LIMIT_S = 30.0

Positions = dict[int, int]
"""Partition → first offset that is not in the numbers."""


@dataclass(frozen=True, slots=True)
class GatewayAnswer:
    """One answer of the gateway, and the query that it answers."""

    path: str
    query: Mapping[str, str]
    body: Mapping[str, Any]

    @property
    def positions(self) -> Positions:
        """How much of the log is in its numbers."""
        rows = self.body["as_of"]["positions"]
        return {int(row["partition"]): int(row["next"]) for row in rows}


async def ask(platform: Platform, windows: Sequence[Mapping[str, str]]) -> list[GatewayAnswer]:
    """Both KPIs for every window; raises PlatformError when the gateway does not say."""
    headers = {"Authorization": f"Bearer {platform.token('viewer')}"}
    answers: list[GatewayAnswer] = []
    async with httpx.AsyncClient(
        base_url=platform.gateway_url, headers=headers, timeout=ANSWER_LIMIT_S, trust_env=False
    ) as http:
        for path in (DAILY, BY_STATUS):
            for query in windows:
                answers.append(GatewayAnswer(path, query, await _get(http, path, query)))
    return answers


async def _get(http: httpx.AsyncClient, path: str, query: Mapping[str, str]) -> dict[str, Any]:
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
    window = answer.body["window"]
    first, last = window["from"], window["to"]
    where = f"{answer.path} {first} to {last}"
    asked = (answer.query.get("from", first), answer.query.get("to", last))
    if (first, last) != asked:
        findings.differ(f"{where}: {asked[0]} to {asked[1]} was asked for")
    daily = answer.path == DAILY
    expected = recount.paid_by_day(first, last) if daily else recount.by_status(first, last)
    rows = {row["currency"]: row for row in answer.body["currencies"]}
    for currency in sorted(rows.keys() | expected.keys()):
        says = rows.get(currency, {"total": {"count": 0, "amount_minor": 0}})
        parts = says.get("days" if daily else "statuses", [])
        name = "day" if daily else "status"
        said = {part[name]: _sum(part) for part in parts}
        _compare_parts(f"{where} {currency}", said, expected.get(currency, {}), findings)
        total = _total(expected, currency)
        if _sum(says["total"]) != total:
            findings.differ(
                f"{where} {currency}: the total is {words(_sum(says['total']))}, "
                f"the facts say {words(total)}"
            )
        if not daily:
            _compare_shares(f"{where} {currency}", parts, findings)


def _compare_parts(
    where: str, said: Mapping[str, Sum], expected: Mapping[str, Sum], findings: Findings
) -> None:
    for name in sorted(said.keys() | expected.keys()):
        has, should = said.get(name, NOTHING), expected.get(name, NOTHING)
        if has != should:
            findings.differ(f"{where} {name}: {words(has)}, the facts say {words(should)}")


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
            findings.differ(f"{where} {part['status']}: {part['percentage']} % of {count:,}")


def _sum(row: Mapping[str, Any]) -> Sum:
    return Sum(int(row["count"]), int(row["amount_minor"]))


def _total(sums: Sums, currency: str) -> Sum:
    total = NOTHING
    for part in sums.get(currency, {}).values():
        total = total.plus(part)
    return total
