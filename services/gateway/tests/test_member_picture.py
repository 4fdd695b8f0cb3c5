"""A member's whole picture: every service's part, under one deadline; one that is away is named."""

from typing import Any

import httpx
import orjson
import pytest

PATH = "/v1/members/MP%2F1/picture"
PARTS = ("charges", "attempts", "payments", "subscriptions")
COUNTED = {"from": 1, "to": 1, "previous": None, "next": None, "total_is_capped": False}


def page(*items: dict[str, Any]) -> dict[str, Any]:
    """A page of a list."""
    return {"items": items, **COUNTED, "total": len(items)}


MEMBER = {"user": {"id": "user-1"}, "charges": [{"charge_id": "CH-1"}, {"charge_id": "CH-2"}]}


def play(services: Any) -> None:
    """Every service knows of the member; billing-debits answers every question alike."""
    debits = MEMBER | page({"charge_id": "CH-1"})
    services.play("billing-debits", body=orjson.dumps(debits))
    services.play("transactions", body=orjson.dumps(page({"transaction_id": "ORD-1"})))
    services.play("subscriptions", body=orjson.dumps(page({"subscription_id": "SUB-1"})))


async def test_all_that_services_know_of_a_member_is_asked_in_the_callers_name(
    client: httpx.AsyncClient, services: Any
) -> None:
    play(services)
    answer = (await client.get(PATH)).json()
    assert answer["member"]["user"] == {"id": "user-1"}
    found = {name: (answer[name]["items"], answer[name]["missing"]) for name in PARTS}
    assert found == {
        "charges": ([{"charge_id": "CH-1"}], None),
        "attempts": ([{"charge_id": "CH-1"}], None),
        "payments": ([{"transaction_id": "ORD-1"}], None),
        "subscriptions": ([{"subscription_id": "SUB-1"}], None),
    }
    assert [each.url.partition("/v1")[2] for each in services.asked] == [
        "/members/MP%2F1",
        "/charges?charge_id=CH-1&charge_id=CH-2&limit=50",
        "/debit-attempts?charge_id=CH-1&charge_id=CH-2&limit=50",
        "/transactions?customer=user-1&limit=50",
        "/subscriptions?customer=user-1&limit=50",
    ]
    token = client.headers["authorization"]
    assert {each.headers["authorization"] for each in services.asked} == {token}


@pytest.mark.parametrize("late", [False, True])
async def test_a_service_that_is_away_costs_its_own_part_and_is_named(
    client: httpx.AsyncClient, services: Any, late: bool
) -> None:
    play(services)
    services.fail("transactions", late=late)
    answer = (await client.get(PATH)).json()
    missing = {name: answer[name]["missing"] for name in PARTS}
    assert missing["payments"]["service"] == "transactions"
    assert (missing["charges"], missing["attempts"]) == (None, None)


async def test_without_the_service_that_knows_members_there_is_no_picture(
    client: httpx.AsyncClient, services: Any
) -> None:
    services.fail("billing-debits")
    answer = await client.get(PATH)
    assert (answer.status_code, answer.json()["service"]) == (503, "billing-debits")
    services.play("billing-debits", status=404)
    assert (await client.get(PATH)).status_code == 404
