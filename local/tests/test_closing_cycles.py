"""The demo's approver: all ended cycles but the last are closed; what is refused stays."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from payops_kernel.auth.principals import UserRole
from payops_local.simulator.closing import close_cycles
from payops_local.simulator.seeded_user import SeededUser

ROWS = [
    {"billing_cycle_code": code}
    for code in ("20260301", "20260301", "20260101", "20260201", "20260401")
]


def approver(
    asked: list[httpx.Request],
    troubles: frozenset[int] = frozenset(),
    rows: list[dict[str, str]] = ROWS,
) -> SeededUser:
    """Requests with these numbers come to nothing: odd ones reach nobody, even ones fail there."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/sign-in":
            return httpx.Response(200, json={"access_token": "t"})
        asked.append(request)
        if (number := len(asked)) in troubles and number % 2:
            raise httpx.ConnectError("away")
        if number in troubles:
            return httpx.Response(503)
        if request.method == "GET":
            return httpx.Response(200, json={"items": rows})
        return httpx.Response(409 if "20260201" in request.url.path else 200, json={})

    return SeededUser("http://gateway", UserRole.APPROVER, httpx.MockTransport(answer))


async def test_all_but_the_last_are_closed_and_what_is_refused_stays() -> None:
    asked: list[httpx.Request] = []
    assert await close_cycles(approver(asked), asyncio.Event()) == ["20260101", "20260301"]
    first, *posts = asked
    assert dict(first.url.params) == {"status": "ENDED", "limit": "200"}
    assert [each.url.path.split("/")[3] for each in posts] == ["20260101", "20260201", "20260301"]
    assert {each.headers["authorization"] for each in asked} == {"Bearer t"}
    assert len({each.headers["idempotency-key"] for each in posts}) == len(posts)


@pytest.mark.parametrize("rows", [[], ROWS[:1]])
async def test_a_single_ended_cycle_is_left_to_whoever_looks(
    rows: list[dict[str, str]],
) -> None:
    asked: list[httpx.Request] = []
    assert await close_cycles(approver(asked, rows=rows), asyncio.Event()) == []
    assert [each.method for each in asked] == ["GET"]


@pytest.mark.parametrize("troubles", [{1}, {1, 2, 3}, {3}, {2}])
async def test_while_somebody_is_away_it_is_asked_for_again(troubles: set[int]) -> None:
    asked: list[httpx.Request] = []
    one = approver(asked, troubles=frozenset(troubles))
    assert await close_cycles(one, asyncio.Event()) == ["20260101", "20260301"]


async def test_nobody_waits_for_a_gateway_that_is_away_when_it_is_time_to_stop() -> None:
    stopping = asyncio.Event()
    stopping.set()
    assert await close_cycles(approver([], troubles=frozenset({1})), stopping) == []
