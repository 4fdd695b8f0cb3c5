"""The demo's approver: all ended cycles but the last are closed; what is refused stays."""

from __future__ import annotations

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
    asked: list[httpx.Request], down: bool = False, rows: list[dict[str, str]] = ROWS
) -> SeededUser:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/sign-in" and not down:
            return httpx.Response(200, json={"access_token": "t"})
        asked.append(request)
        if down:
            raise httpx.ConnectError("away")
        if request.method == "GET":
            return httpx.Response(200, json={"items": rows})
        return httpx.Response(409 if "20260201" in request.url.path else 200, json={})

    return SeededUser("http://gateway", UserRole.APPROVER, httpx.MockTransport(answer))


async def test_all_but_the_last_are_closed_and_what_is_refused_stays() -> None:
    asked: list[httpx.Request] = []
    assert await close_cycles(approver(asked)) == ["20260101", "20260301"]
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
    assert await close_cycles(approver(asked, rows=rows)) == []
    assert [each.method for each in asked] == ["GET"]


async def test_a_gateway_that_is_away_costs_the_closing_alone() -> None:
    assert await close_cycles(approver([], down=True)) == []
