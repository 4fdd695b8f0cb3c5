"""The gateway's KPI answers beside a recount: what agrees, and one minor unit planted."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from payops_local.verifying import verification as verifying
from payops_local.verifying.answers import GatewayAnswer, compare_answer, cuts, spans, windows
from payops_local.verifying.batches import Counted
from payops_local.verifying.debits import Debits
from payops_local.verifying.findings import Findings
from payops_local.verifying.recount import Recount
from payops_local.verifying.rows import Rows
from payops_local.verifying.subscriptions import Subscriptions
from payops_local.verifying.verification import Verification
from payops_testing.local.stored_payments import (
    ZONE,
    fact,
    payment,
)


def recount_of(rows: list[dict[str, Any]], cuts: frozenset[datetime] = frozenset()) -> Recount:
    recount = Recount(ZoneInfo(ZONE), cuts)
    for row in rows:
        recount.add(fact(row))
    return recount


FIRST, LAST = "2025-10-01", "2025-10-02"
BEFORE, UNTIL = "2025-09-30", datetime(2025, 9, 30, 12, tzinfo=UTC)
QUERY = {"window": "custom", "from": FIRST, "to": LAST}


def tally(count: int, amount: int) -> dict[str, Any]:
    return {"count": count, "amount_minor": amount}


def before(count: int, amount: int, *changes: float | None) -> dict[str, Any]:
    counts, amounts = changes or (None, None)
    return tally(count, amount) | {
        "count_change_percent": counts,
        "amount_change_percent": amounts,
    }


def answer(path: str, row: dict[str, Any], **more: Any) -> GatewayAnswer:
    """An answer about USD on two days, beside the day before them up to noon."""
    body = {
        "window": {"name": "custom", "from": FIRST, "to": LAST},
        "previous": {"from": "2025-09-29", "to": BEFORE, "until": "2025-09-30T12:00:00Z"},
        "as_of": {"positions": [{"topic": "t", "partition": 0, "next": 4}]},
        "currencies": [{"currency": "USD", **row}],
        **more,
    }
    return GatewayAnswer(f"/v1/kpis/{path}", {} if path == "today" else QUERY, body)


def daily() -> GatewayAnswer:
    days = [{"day": FIRST, **tally(3, 56)}, {"day": LAST, **tally(0, 0)}]
    earlier = before(2, 28, 50, 100)
    return answer("daily-payments", {"total": tally(3, 56), "previous": earlier, "days": days})


def by_status() -> GatewayAnswer:
    rows = [
        ("CREATED", tally(0, 0), 0.0, before(0, 0)),
        ("PAID", tally(1, 14), 25.0, before(2, 28, -50, -50)),
        ("PARTIALLY_REFUNDED", tally(1, 21), 25.0, before(0, 0)),
        ("TOTALLY_REFUNDED", tally(1, 21), 25.0, before(0, 0)),
        ("FAILED", tally(1, 9), 25.0, before(1, 3, 0, 200)),
    ]
    statuses = [
        {"status": status, **total, "percentage": share, "previous": earlier}
        for status, total, share, earlier in rows
    ]
    earlier = before(3, 31, 33.33, 109.68)
    return answer(
        "payments-by-status", {"total": tally(4, 65), "previous": earlier, "statuses": statuses}
    )


def line(value: str | None, count: int, amount: int, earlier: dict[str, Any]) -> dict[str, Any]:
    return {
        "value": value,
        "is_others": value is None,
        "total": tally(count, amount),
        "previous": earlier,
        "counts": [count, 0],
        "amounts_minor": [amount, 0],
    }


def by_provider(*, others: bool = False) -> GatewayAnswer:
    lines = [
        line("stripe", 2, 35, before(1, 14, 100, 150)),
        line(None if others else "nexi", 1, 21, before(1, 14, 0, 50)),
    ]
    row = {"total": tally(3, 56), "previous": before(2, 28, 50, 100), "lines": lines}
    return answer("amount-by-provider", row, days=[FIRST, LAST])


def net() -> GatewayAnswer:
    now = {"count": 3, "refunded_count": 2, "gross_minor": 56, "refunded_minor": 22}
    now |= {"net_minor": 34}
    earlier = {"count": 2, "refunded_count": 0, "gross_minor": 28, "refunded_minor": 0}
    changes = {"gross": 100, "refunded": None, "net": 21.43}
    row = {
        "total": now,
        "previous": earlier
        | {"net_minor": 28}
        | {f"{name}_change_percent": change for name, change in changes.items()},
        "days": [{"day": FIRST, **now}, {"day": LAST, **dict.fromkeys(now, 0)}],
    }
    return answer("refunds-and-net", row)


def reasons() -> GatewayAnswer:
    why = {"reason": None, "is_others": False, **tally(1, 9), "percentage": 100.0}
    row = {
        "total": tally(1, 9),
        "previous": before(1, 3, 0, 200),
        "reasons": [
            why | {"previous": before(0, 0)},
            {"reason": "declined", "is_others": False, **tally(0, 0), "percentage": 0.0}
            | {"previous": before(1, 3, -100, -100)},
        ],
    }
    return answer("failure-reasons", row)


def subscription_payments() -> GatewayAnswer:
    now = tally(3, 44) | {"paid": tally(2, 35), "failed": tally(1, 9), "failed_percent": 33.33}
    none = tally(0, 0) | {"paid": tally(0, 0), "failed": tally(0, 0), "failed_percent": None}
    earlier = {"paid": tally(1, 14), "failed": tally(1, 3), "failed_percent": 50.0}
    row = {
        "total": now,
        "previous": before(2, 17, 50, 158.82) | earlier,
        "days": [{"day": FIRST, **now}, {"day": LAST, **none}],
    }
    return answer("subscription-payments", row)


def today() -> GatewayAnswer:
    row = {
        "payments": tally(4, 65) | {"previous": before(3, 31, 33.33, 109.68)},
        "paid": tally(3, 56) | {"previous": before(2, 28, 50, 100)},
        "failed": tally(1, 9) | {"previous": before(1, 3, 0, 200)},
        "refunds_awaiting": tally(3, 4) | {"payments": 2},
    }
    return answer("today", row)


def usd(*pairs: tuple[str, int]) -> Recount:
    return recount_of([row(number, *pair) for number, pair in enumerate(pairs)])


def row(number: int, status: str, amount: int, **changes: Any) -> dict[str, Any]:
    return {
        **{name: value for name, value in payment(number).items() if name != "refunds"},
        "status": status,
        "amount_minor": amount,
        "currency": "USD",
        "created_at": datetime(2025, 10, 1, 12, tzinfo=UTC),
        "total_refunded_minor": 0,
        "failure": {},
        **changes,
    }


def facts(paid_minor: int = 14) -> Recount:
    """What all the answers are about; what lies behind the cut is not in any of them."""
    asked = {"refunds": [{"amount_minor": 2}]}
    earlier, theirs = {"created_at": UNTIL - timedelta(minutes=1)}, {"type": "SUBSCRIPTION"}
    return recount_of(
        [
            row(0, "PAID", paid_minor, refunds=[{"amount_minor": 1}] * 2, **theirs),
            row(1, "PARTIALLY_REFUNDED", 21, total_refunded_minor=1, **asked, **theirs),
            row(2, "TOTALLY_REFUNDED", 21, total_refunded_minor=21),
            row(3, "FAILED", 9, **theirs),
            row(4, "PAID", 14, **earlier, **theirs),
            row(5, "PAID", 14, created_at=UNTIL - timedelta(days=1, hours=3)),
            row(6, "FAILED", 3, failure={"code": "declined"}, **earlier, **theirs),
            row(7, "PAID", 1_000, created_at=UNTIL),
            row(8, "PAID", 1_000, created_at=UNTIL - timedelta(days=9)),
        ],
        frozenset({UNTIL}),
    )


EVERY = [daily, by_status, by_provider, net, reasons, subscription_payments, today]
EURO = {
    "currency": "EUR",
    "total": tally(1, 1),
    "previous": before(0, 0),
    "days": [],
}


@pytest.mark.parametrize("made", EVERY)
def test_an_answer_that_agrees_has_no_difference(made: Callable[[], GatewayAnswer]) -> None:
    findings = Findings()
    compare_answer(made(), facts(), findings)
    assert findings.lines() == []
    assert made().positions == {0: 4}
    assert cuts([made()]) == {UNTIL}


def test_values_without_a_line_of_their_own_are_compared_together() -> None:
    findings = Findings()
    compare_answer(by_provider(others=True), facts(), findings)
    assert findings.lines() == []


@pytest.mark.parametrize("made", EVERY)
def test_one_minor_unit_of_one_payment_is_found_in_every_answer_that_it_is_in(
    made: Callable[[], GatewayAnswer],
) -> None:
    findings = Findings()
    compare_answer(made(), facts(15), findings)
    assert (findings.count > 0) == (made is not reasons)


def numbers_in(node: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where the numbers of an answer's currencies stand."""
    for key, each in node.items() if isinstance(node, dict) else enumerate(node):
        if isinstance(each, dict | list):
            yield from numbers_in(each, (*place, key))
        elif isinstance(each, int | float) and not isinstance(each, bool):
            yield (*place, key)


@pytest.mark.parametrize("made", EVERY)
def test_one_off_in_any_number_of_an_answer_is_named(made: Callable[[], GatewayAnswer]) -> None:
    places = list(numbers_in(made().body["currencies"]))
    assert len(places) >= 8
    for place in places:
        findings = Findings()
        compare_answer(planted(made(), "currencies", *place, by=1), facts(), findings)
        assert findings.count >= 1, place
        assert findings.named[0].startswith(made().path)


def planted(answer: GatewayAnswer, *path: Any, by: Any) -> GatewayAnswer:
    body = copy.deepcopy(dict(answer.body))
    place: Any = body
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] += by
    return GatewayAnswer(answer.path, answer.query, body)


@pytest.mark.parametrize(
    ("answer", "counted"),
    [
        (planted(daily(), "currencies", by=[EURO]), facts()),
        (planted(daily(), "window", "to", by="9"), facts()),
        (planted(daily(), "previous", "from", by="9"), facts()),
    ],
)
def test_an_answer_that_differs_is_named(answer: GatewayAnswer, counted: Recount) -> None:
    findings = Findings()
    compare_answer(answer, counted, findings)
    assert findings.count >= 1
    assert findings.named[0].startswith(answer.path)


def test_a_change_where_nothing_was_before_is_named() -> None:
    told = daily()
    body = copy.deepcopy(dict(told.body))
    body["previous"] = {"from": "2020-01-01", "to": "2020-01-01", "until": None}
    body["currencies"][0]["previous"] = before(0, 0, 0, 0)
    findings = Findings()
    compare_answer(GatewayAnswer(told.path, told.query, body), facts(), findings)
    assert findings.count == 2
    assert "count_change_percent is 0, from 0 to 3" in findings.named[0]


def test_a_currency_that_the_gateway_leaves_out_is_named() -> None:
    answer = daily()
    empty = GatewayAnswer(answer.path, answer.query, {**answer.body, "currencies": []})
    findings = Findings()
    compare_answer(empty, facts(), findings)
    assert findings.count == 2


class Moving(Verification):
    """A platform whose newest day moves with every recount, and whose gateway answers for USD."""

    def __init__(self, failed_minor: int) -> None:
        self.findings = Findings()
        self._platform = None  # type: ignore[assignment]  # the ask below wants none
        self.asked: list[dict[str, str]] = []
        self._recounts = 0
        self._failed_minor = failed_minor

    async def _recount(self, _: Any = None) -> tuple[Recount, dict[int, int]]:
        self._recounts += 1
        recount = usd(("PAID", 14), ("PAID", 14), ("FAILED", self._failed_minor))
        newest = payment(1) | {"created_at": datetime(2025, 10, 9, tzinfo=UTC)}
        for _ in range(self._recounts):
            recount.add(fact(newest))
        return recount, {0: self._recounts}

    async def ask(self, _platform: Any, windows: list[dict[str, str]]) -> list[GatewayAnswer]:
        self.asked += windows
        statuses = [
            {"status": "PAID", **tally(2, 28), "percentage": 66.67, "previous": before(0, 0)},
            {"status": "FAILED", **tally(1, 14), "percentage": 33.33, "previous": before(0, 0)},
        ]
        told = answer(
            "payments-by-status",
            {"total": tally(3, 42), "previous": before(0, 0), "statuses": statuses},
            window={"from": FIRST, "to": FIRST},
            previous={"from": BEFORE, "to": BEFORE, "until": None},
        )
        return [GatewayAnswer(told.path, window, told.body) for window in windows]


@pytest.mark.parametrize("planted_minor", [0, 1])
async def test_days_that_do_not_move_are_compared_while_payments_keep_arriving(
    monkeypatch: pytest.MonkeyPatch, planted_minor: int
) -> None:
    moving = Moving(14 - planted_minor)
    monkeypatch.setattr(verifying, "ask", moving.ask)
    recount, positions = await moving._recount()
    seen = verifying.Seen(
        Rows(recount),
        positions,
        0,
        Debits(ZoneInfo(ZONE)),
        {},
        0,
        Counted(),
        Subscriptions(ZoneInfo(ZONE)),
        {},
        0,
        {},
    )
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
