"""The gateway's KPI answers beside a recount: what agrees, and one minor unit planted."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from payops_local.verifying import verification as verifying
from payops_local.verifying.answers import GatewayAnswer, compare_answer, spans, windows
from payops_local.verifying.findings import Findings
from payops_local.verifying.recount import Recount
from payops_local.verifying.rows import Rows
from payops_local.verifying.verification import Verification
from payops_testing.local.stored_payments import (
    ZONE,
    fact,
    payment,
)


def recount_of(rows: list[dict[str, Any]]) -> Recount:
    recount = Recount(ZoneInfo(ZONE))
    for row in rows:
        recount.add(fact(row))
    return recount


FIRST, LAST = "2025-10-01", "2025-10-02"


def daily() -> GatewayAnswer:
    body = {
        "window": {"name": "custom", "from": FIRST, "to": LAST},
        "as_of": {"positions": [{"topic": "t", "partition": 0, "next": 4}]},
        "currencies": [
            {
                "currency": "USD",
                "total": {"count": 3, "amount_minor": 56},
                "days": [
                    {"day": FIRST, "count": 3, "amount_minor": 56},
                    {"day": LAST, "count": 0, "amount_minor": 0},
                ],
            }
        ],
    }
    query = {"window": "custom", "from": FIRST, "to": LAST}
    return GatewayAnswer("/v1/kpis/daily-payments", query, body)


def by_status() -> GatewayAnswer:
    shares = {"CREATED": (0, 0, 0.0), "PAID": (2, 28 + 0, 66.67), "FAILED": (1, 14, 33.33)}
    body = dict(daily().body) | {
        "currencies": [
            {
                "currency": "USD",
                "total": {"count": 3, "amount_minor": 42},
                "statuses": [
                    {"status": name, "count": count, "amount_minor": amount, "percentage": share}
                    for name, (count, amount, share) in shares.items()
                ],
            }
        ]
    }
    return GatewayAnswer("/v1/kpis/payments-by-status", daily().query, body)


def usd(*pairs: tuple[str, int]) -> Recount:
    rows = []
    for number, (status, amount) in enumerate(pairs):
        rows.append(payment(number) | {"status": status, "amount_minor": amount, "currency": "USD"})
        rows[-1]["created_at"] = datetime(2025, 10, 1, 12, tzinfo=UTC)
    return recount_of(rows)


EURO = {"currency": "EUR", "total": {"count": 1, "amount_minor": 1}, "days": []}
DAILY_FACTS = usd(("PAID", 14), ("PARTIALLY_REFUNDED", 21), ("TOTALLY_REFUNDED", 21), ("FAILED", 9))
STATUS_FACTS = usd(("PAID", 14), ("PAID", 14), ("FAILED", 14))


@pytest.mark.parametrize(("answer", "facts"), [(daily(), DAILY_FACTS), (by_status(), STATUS_FACTS)])
def test_an_answer_that_agrees_has_no_difference(answer: GatewayAnswer, facts: Recount) -> None:
    findings = Findings()
    compare_answer(answer, facts, findings)
    assert findings.lines() == []
    assert answer.positions == {0: 4}


def planted(answer: GatewayAnswer, *path: Any, by: Any) -> GatewayAnswer:
    body = copy.deepcopy(dict(answer.body))
    place: Any = body
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] += by
    return GatewayAnswer(answer.path, answer.query, body)


@pytest.mark.parametrize(
    ("answer", "facts"),
    [
        (planted(daily(), "currencies", 0, "days", 0, "amount_minor", by=1), DAILY_FACTS),
        (planted(daily(), "currencies", 0, "days", 1, "count", by=1), DAILY_FACTS),
        (planted(daily(), "currencies", 0, "total", "amount_minor", by=-1), DAILY_FACTS),
        (planted(daily(), "currencies", by=[EURO]), DAILY_FACTS),
        (planted(by_status(), "currencies", 0, "statuses", 1, "amount_minor", by=1), STATUS_FACTS),
        (planted(by_status(), "currencies", 0, "statuses", 1, "percentage", by=0.01), STATUS_FACTS),
        (planted(daily(), "window", "to", by="9"), DAILY_FACTS),
        (daily(), usd(("PAID", 1))),
    ],
)  # fmt: skip
def test_an_answer_that_differs_is_named(answer: GatewayAnswer, facts: Recount) -> None:
    findings = Findings()
    compare_answer(answer, facts, findings)
    assert findings.count >= 1
    assert findings.named[0].startswith(answer.path)


def test_a_currency_that_the_gateway_leaves_out_is_named() -> None:
    answer = daily()
    empty = GatewayAnswer(answer.path, answer.query, {**answer.body, "currencies": []})
    findings = Findings()
    compare_answer(empty, DAILY_FACTS, findings)
    assert findings.count == 2


class Moving(Verification):
    """A platform whose newest day moves with every recount, and whose gateway answers for USD."""

    def __init__(self, failed_minor: int) -> None:
        self.findings = Findings()
        self._platform = None  # type: ignore[assignment]  # the ask below wants none
        self.asked: list[dict[str, str]] = []
        self._recounts = 0
        self._failed_minor = failed_minor

    async def _recount(self) -> tuple[Recount, dict[int, int]]:
        self._recounts += 1
        recount = usd(("PAID", 14), ("PAID", 14), ("FAILED", self._failed_minor))
        newest = payment(1) | {"created_at": datetime(2025, 10, 9, tzinfo=UTC)}
        for _ in range(self._recounts):
            recount.add(fact(newest))
        return recount, {0: self._recounts}

    async def ask(self, _platform: Any, windows: list[dict[str, str]]) -> list[GatewayAnswer]:
        self.asked += windows
        body = dict(by_status().body) | {"window": {"from": FIRST, "to": FIRST}}
        return [GatewayAnswer(by_status().path, window, body) for window in windows]


@pytest.mark.parametrize("planted_minor", [0, 1])
async def test_days_that_do_not_move_are_compared_while_payments_keep_arriving(
    monkeypatch: pytest.MonkeyPatch, planted_minor: int
) -> None:
    moving = Moving(14 - planted_minor)
    monkeypatch.setattr(verifying, "ask", moving.ask)
    recount, positions = await moving._recount()
    seen = verifying.Seen(Rows(recount), positions, 0)
    assert await moving.answers(seen) == 1
    assert moving.asked[-1] == {"window": "custom", "from": FIRST, "to": FIRST}
    assert (moving.findings.count > 0) == (planted_minor > 0)
    assert moving.findings.remarks[0].startswith("payments kept arriving")
    assert f"up to {FIRST}" in moving.findings.remarks[0]


@pytest.mark.parametrize("day", ["9999-12-31", "2201-01-02", "1969-12-30", "0001-01-01"])
def test_the_kpis_are_not_asked_about_a_day_that_they_do_not_have(day: str) -> None:
    assert list(spans(sorted([FIRST, day]))) == [(FIRST, FIRST)]
    assert list(spans([day])) == []


def test_windows_hold_every_day_and_none_is_too_long() -> None:
    assert list(spans([])) == []
    assert list(spans([FIRST])) == [(FIRST, FIRST)]
    assert list(spans(["2010-01-01", "2025-10-01"])) == [
        ("2010-01-01", "2018-03-19"),
        ("2025-10-01", "2025-10-01"),
    ]
    assert list(spans(["2010-01-01", "2025-10-01", "2199-01-05", "2200-12-31"])) == [
        ("2010-01-01", "2018-03-19"),
        ("2025-10-01", "2033-12-17"),
        ("2199-01-05", "2200-12-31"),
    ]
    assert [window["window"] for window in windows([FIRST])] == ["ytd", "mtd", "custom"]
