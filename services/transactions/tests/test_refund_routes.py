"""Refunds over HTTP on a real mongod: once, whatever the callers do; everything or nothing."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest

from payops_contracts.registry import validate
from payops_kernel.auth.principals import UserRole
from payops_kernel.clock import PlatformClock
from payops_kernel.mongo import Document, Mongo
from payops_kernel.runtime import Runtime, Service
from payops_kernel.testing.callers import ClientOf
from payops_testing.services import service_on
from payops_testing.transactions.builders import a_description, a_fact, folded
from transactions import bootstrap
from transactions.domain.facts import FactKind
from transactions.settings import Settings
from transactions.store.transactions import TransactionStore

BODY = {"amount_minor": 500, "reason": "Item returned"}


class Desk:
    """An operator at the routes, with a look into the database."""

    def __init__(
        self, service: Service[Runtime], client: httpx.AsyncClient, clock: PlatformClock
    ) -> None:
        self.clock = clock
        self.mongo: Mongo = service.runtime.mongo
        self.service = service
        self.client = client

    async def refund(
        self, body: Any = BODY, key: str | None = None, transaction_id: str = "t-1"
    ) -> httpx.Response:
        return await self.client.post(
            f"/v1/transactions/{transaction_id}/refunds",
            json=body,
            headers={"Idempotency-Key": key or uuid4().hex},
        )

    async def stored(self, transaction_id: str = "t-1") -> Document:
        found = await self.mongo.db["transactions"].find_one({"_id": transaction_id})
        assert found is not None
        return found

    async def published(self, topic: str) -> list[dict[str, Any]]:
        return [
            orjson.loads(message["value"])
            async for document in self.mongo.db["outbox"].find(sort=[("order", 1)])
            for message in document["messages"]
            if message["topic"] == topic
        ]


@pytest.fixture
async def desk(mongo_uri: str, client_of: ClientOf) -> AsyncIterator[Desk]:
    paid = folded(a_fact(FactKind.CREATED), a_fact(FactKind.PAID))
    flow = a_description(provider="flowpay", method="wire-transfer")
    unable = folded(a_fact(FactKind.PAID, transaction_id="t-2", description=flow))
    clock = PlatformClock()
    async with service_on(mongo_uri, bootstrap, Settings(), clock) as service:
        store = TransactionStore(service.runtime.mongo.db)
        await store.collection.insert_many([store.to_document(paid), store.to_document(unable)])
        async with client_of(service.http_app("test", "test"), UserRole.OPERATOR) as client:
            yield Desk(service, client, clock)


async def test_a_refund_is_reserved_commanded_audited_and_due_in_one_step(desk: Desk) -> None:
    answer = await desk.refund()
    assert answer.status_code == 202, answer.text
    assert answer.json()["available_minor"] == 700
    stored = await desk.stored()
    assert (stored["version"], stored["in_flight_minor"], stored["status"]) == (3, 500, "PAID")
    (event,) = await desk.published("payops.transactions")
    assert validate(event).type == "payops.transaction.refund-requested.v1"
    (command,) = await desk.published("payops.payment-commands")
    assert command["data"]["amount_minor"] == 500
    assert command["data"]["idempotency_key"] == stored["refunds"][0]["key"]
    (audit,) = await desk.published("payops.audit")
    assert audit["data"]["actor"]["id"] == "local:operator"
    assert audit["data"]["before"] == {"available_minor": 1200}
    validate(command)
    validate(audit)
    assert await desk.mongo.db["due"].count_documents({"kind": "refund-unanswered"}) == 1


async def test_a_refund_asked_for_under_another_remainder_than_was_shown_is_refused(
    desk: Desk,
) -> None:
    seen = BODY | {"available_minor": 1200}
    assert (await desk.refund(seen, key="first")).status_code == 202
    late = await desk.refund(seen, key="second")
    assert (late.status_code, late.json()["code"]) == (409, "refund_available_changed")
    assert late.json()["available_minor"] == 700
    assert late.json()["detail"].endswith("US$7.00 can be refunded now.")
    assert (await desk.stored())["in_flight_minor"] == 500
    doubled = await desk.refund(seen, key="first")
    assert (doubled.status_code, doubled.headers["Idempotency-Replayed"]) == (202, "true")
    assert (await desk.refund(BODY | {"available_minor": 700}, key="second")).status_code == 202


async def test_the_detail_says_when_upstream_is_asked_again_until_it_has_answered(
    desk: Desk,
) -> None:
    refund_id = (await desk.refund()).json()["refund_id"]
    detail = (await desk.client.get("/v1/transactions/t-1")).json()
    (planned,) = detail["planned"]
    asked, again = (
        datetime.fromisoformat(told)
        for told in (detail["refunds"][0]["requested_at"], planned.pop("at"))
    )
    assert again - asked == timedelta(minutes=15)
    assert planned == {
        "kind": "refund_asked_again",
        "refund_id": refund_id,
        "notice": None,
        "attempts": 0,
    }
    assert (detail["history"][0]["refund_id"], detail["history"][0]["applied"]) == (refund_id, True)
    refunds = {"refunds.0.status": "SUCCEEDED", "refunds.0.outcomes": []}
    await desk.mongo.db["transactions"].update_one({"_id": "t-1"}, {"$set": refunds})
    assert (await desk.client.get("/v1/transactions/t-1")).json()["planned"] == []


async def test_the_same_key_and_body_give_the_first_answer_again(desk: Desk) -> None:
    first, second = await desk.refund(key="k"), await desk.refund(key="k")
    assert second.json() == first.json()
    assert second.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert (await desk.stored())["in_flight_minor"] == 500


async def test_the_same_key_with_another_body_is_refused(desk: Desk) -> None:
    await desk.refund(key="k")
    other = await desk.refund({"amount_minor": 501, "reason": "Item returned"}, key="k")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_refusal_is_decided_anew_under_the_same_key(desk: Desk) -> None:
    refused = await desk.refund({"amount_minor": 1201, "reason": "too much"}, key="k")
    assert (refused.status_code, refused.json()["code"]) == (409, "refund_exceeds_remaining")
    assert await desk.mongo.db["outbox"].count_documents({}) == 0
    accepted = await desk.refund({"amount_minor": 500, "reason": "less"}, key="k")
    assert (accepted.status_code, accepted.headers.get("Idempotency-Replayed")) == (202, None)
    assert (await desk.stored())["in_flight_minor"] == 500


async def test_a_payment_that_came_meanwhile_is_found_under_the_same_key(desk: Desk) -> None:
    early = await desk.refund(key="k", transaction_id="t-9")
    assert (early.status_code, early.json()["code"]) == (404, "transaction_not_found")
    assert await desk.mongo.db["outbox"].count_documents({}) == 0
    came = folded(a_fact(FactKind.PAID, transaction_id="t-9"))
    store = TransactionStore(desk.mongo.db)
    await store.collection.insert_one(store.to_document(came))
    again = await desk.refund(key="k", transaction_id="t-9")
    assert again.status_code == 202, again.text
    assert (await desk.refund(key="k", transaction_id="t-9")).headers["Idempotency-Replayed"]


async def test_a_refusal_that_an_earlier_release_has_kept_is_decided_anew_too(desk: Desk) -> None:
    assert (await desk.refund(key="k")).status_code == 202
    records = desk.mongo.db["idempotency"]
    kept = {"status": 409, "refusal": {"code": "x", "title": "x"}, "body": b"{}", "body_hash": "x"}
    await records.update_one({}, {"$set": kept})
    again = await desk.refund(key="k")
    assert (again.status_code, again.headers.get("Idempotency-Replayed")) == (202, None)
    assert (await desk.refund(key="k")).headers["Idempotency-Replayed"] == "true"


async def test_a_hundred_concurrent_refunds_of_one_payment_refund_it_once(desk: Desk) -> None:
    whole = {"reason": "all of it"}
    answers = await asyncio.gather(*(desk.refund(whole) for _ in range(100)))
    assert sorted(answer.status_code for answer in answers) == [202] + [409] * 99
    stored = await desk.stored()
    assert (stored["in_flight_minor"], len(stored["refunds"])) == (1200, 1)
    assert len(await desk.published("payops.payment-commands")) == 1


async def test_concurrent_doubles_under_one_key_refund_once(desk: Desk) -> None:
    answers = await asyncio.gather(*(desk.refund(key="k") for _ in range(20)))
    assert {answer.status_code for answer in answers} <= {202, 409}
    assert {a.json()["code"] for a in answers if a.status_code == 409} <= {"request_still_running"}
    assert (await desk.refund(key="k")).status_code == 202
    assert (await desk.stored())["in_flight_minor"] == 500


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"amount_minor": 5, "currency": "EUR", "reason": "r"}, "refund_currency_differs"),
        ({"amount_minor": 0, "reason": "r"}, "invalid_request"),
        ({"amount_minor": -5, "reason": "r"}, "invalid_request"),
        ({"amount_minor": 1.5, "reason": "r"}, "invalid_request"),
        ({"amount_minor": 5}, "invalid_request"),
        ({"amount_minor": 5, "reason": "card 4111 1111 1111 1111"}, "invalid_request"),
        ({"amount_minor": 5, "reason": "r", "amout": 7}, "invalid_request"),
    ],
)
async def test_what_makes_no_sense_is_refused_with_its_code(
    desk: Desk, body: dict[str, Any], code: str
) -> None:
    answer = await desk.refund(body)
    assert answer.json()["code"] == code
    assert answer.status_code in {409, 422}
    assert (await desk.stored())["version"] == 2


async def test_a_key_is_required(desk: Desk) -> None:
    answer = await desk.client.post("/v1/transactions/t-1/refunds", json=BODY)
    assert answer.status_code in {400, 422}


async def test_a_pair_without_refunds_says_so_in_the_list_and_refuses(desk: Desk) -> None:
    answer = await desk.refund(transaction_id="t-2")
    assert answer.json()["code"] == "method_cannot_refund"
    detail = (await desk.client.get("/v1/transactions/t-2")).json()
    assert detail["actions"]["refund"]["allowed"] is False
    assert detail["actions"]["refund"]["reason"] == "Flowpay cannot refund Wire transfer payments."


async def test_an_unknown_transaction_is_not_found(desk: Desk) -> None:
    assert (await desk.refund(transaction_id="nope")).status_code == 404


async def test_a_viewer_may_not_refund(desk: Desk, client_of: ClientOf) -> None:
    app = desk.service.http_app("test", "test")
    async with client_of(app, UserRole.VIEWER) as viewer:
        answer = await viewer.post(
            "/v1/transactions/t-1/refunds", json=BODY, headers={"Idempotency-Key": "v"}
        )
    assert answer.status_code == 403


async def test_nobody_answered_so_the_same_is_asked_again_under_the_same_key(desk: Desk) -> None:
    await desk.refund()
    desk.clock.offset = timedelta(minutes=16)
    assert await desk.service.runtime.worker.due.look() == 1
    first, second = await desk.published("payops.payment-commands")
    assert second["data"]["attempt"] == 2
    assert second["data"]["idempotency_key"] == first["data"]["idempotency_key"]
    refunds = (await desk.client.get("/v1/transactions/t-1/refunds")).json()
    assert refunds["items"][0]["status"] == "UNKNOWN"
    assert refunds["in_flight_minor"] == 500
    assert await desk.mongo.db["due"].count_documents({}) == 1


async def test_asking_again_never_ends_before_an_answer(desk: Desk) -> None:
    await desk.refund()
    for days in range(10, 100, 10):
        desk.clock.offset = timedelta(days=days)
        assert await desk.service.runtime.worker.due.look() == 1
    commands = await desk.published("payops.payment-commands")
    assert [command["data"]["attempt"] for command in commands] == list(range(1, 11))
    assert len({command["data"]["idempotency_key"] for command in commands}) == 1
    assert (await desk.stored())["refunds"][0]["attempt"] == 10
