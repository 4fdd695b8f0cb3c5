"""A payment with its subscription, and a subscription with its payments: each service's part,
under one deadline; one that is away is named."""

from typing import Any

import httpx
import orjson
import pytest

PAYMENT, SUBSCRIPTION = "/v1/transactions/ORD%2F1/picture", "/v1/subscriptions/SUB%2F1/picture"
TRANSACTION = {"overview": {"status": "PAID"}, "payment": {"subscription_id": "SUB/1"}}
SHORT = {
    "subscription_id": "SUB/1", "created_at": "2026-03-01T10:00:00Z", "status": "ACTIVE",
    "end_reason": None, "amount_minor": 999, "currency": "EUR",
}  # fmt: skip
DETAIL = SHORT | {
    "recurrence": {
        "interval": "MONTH", "interval_count": 3, "next_payment_on": None, "payments_left": 2,
    },
    "cancellation": {"effective_on": "2026-06-01", "by": "ben"},
    "payments": [], "history": [],
}  # fmt: skip
ROWS = {
    "items": [{"transaction_id": "ORD/1", "status": "PAID"}], "total": 1, "total_is_capped": False,
}  # fmt: skip


DECISION = {"transaction_id": "ORD/1", "rule": {"rule_id": "rule-1", "name": "R", "version": 2}}


def play(services: Any) -> None:
    services.play("checkout-rules", body=orjson.dumps({"items": [DECISION]}))
    services.play("transactions", body=orjson.dumps(TRANSACTION | ROWS))
    services.play("subscriptions", body=orjson.dumps(DETAIL))


def asked(services: Any) -> list[str]:
    return [each.url.partition("/v1")[2] for each in services.asked]


async def test_a_payment_has_its_subscription_in_short_in_the_callers_name(
    client: httpx.AsyncClient, services: Any
) -> None:
    play(services)
    answer = (await client.get(PAYMENT)).json()
    in_short = {"interval": "MONTH", "interval_count": 3, "next_payment_on": None}
    assert answer["transaction"]["overview"] == {"status": "PAID"}
    assert answer["subscription"] == SHORT | in_short | {"cancels_on": "2026-06-01"}
    assert (answer["checkout_decision"], answer["partial"]) == (DECISION, [])
    assert sorted(asked(services)) == [
        "/checkout-rules/decisions?transaction_id=ORD%2F1",
        "/subscriptions/SUB%2F1",
        "/transactions/ORD%2F1",
    ]
    token = client.headers["authorization"]
    assert {each.headers["authorization"] for each in services.asked} == {token}


async def test_a_subscription_has_its_payments_as_transactions_knows_them_asked_side_by_side(
    client: httpx.AsyncClient, services: Any
) -> None:
    play(services)
    answer = (await client.get(SUBSCRIPTION)).json()
    assert answer["subscription"]["status"] == "ACTIVE"
    assert (answer["payments"], answer["partial"]) == (ROWS["items"], [])
    query = "/transactions?subscription_id=SUB%2F1&limit=100"
    assert asked(services) == ["/subscriptions/SUB%2F1", query]


async def test_a_payment_of_no_subscription_or_of_an_unknown_one_has_none_and_nobody_is_missing(
    client: httpx.AsyncClient, services: Any
) -> None:
    alone = {"payment": {"subscription_id": None}}
    services.play("transactions", body=orjson.dumps(alone))
    answer = (await client.get(PAYMENT)).json()
    nothing: dict[str, Any] = {"subscription": None, "checkout_decision": None, "partial": []}
    assert answer == {"transaction": alone, **nothing}
    assert {each.service for each in services.asked} == {"transactions", "checkout-rules"}
    services.play("transactions", body=orjson.dumps(TRANSACTION))
    services.play("subscriptions", status=404)
    answer = (await client.get(PAYMENT)).json()
    assert (answer["subscription"], answer["partial"]) == (None, [])


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize(
    ("path", "away", "part", "without"),
    [
        (PAYMENT, "subscriptions", "subscription", None),
        (PAYMENT, "checkout-rules", "checkout_decision", None),
        (SUBSCRIPTION, "transactions", "payments", []),
    ],
)
async def test_a_service_that_is_away_costs_its_own_part_and_is_named(
    client: httpx.AsyncClient, services: Any, path: str, away: str, part: str, without: Any,
    late: bool,
) -> None:  # fmt: skip
    play(services)
    services.fail(away, late=late)
    answer = await client.get(path)
    assert (answer.status_code, answer.json()[part]) == (200, without)
    assert [each["service"] for each in answer.json()["partial"]] == [away]


@pytest.mark.parametrize(
    ("path", "of"), [(PAYMENT, "transactions"), (SUBSCRIPTION, "subscriptions")]
)
async def test_without_the_service_that_it_is_about_there_is_no_picture(
    client: httpx.AsyncClient, services: Any, path: str, of: str
) -> None:
    play(services)
    services.fail(of)
    answer = await client.get(path)
    assert (answer.status_code, answer.json()["service"]) == (503, of)
    services.play(of, status=404)
    assert (await client.get(path)).status_code == 404
