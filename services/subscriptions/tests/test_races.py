"""On a real mongod: a cancellation beside a payment that falls due, and two processes at once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from payops_contracts.ids import SubscriptionId
from payops_kernel.auth.principals import UserRole
from payops_kernel.clock import DrivenClock
from payops_kernel.mongo import in_transaction
from payops_kernel.runtime import Runtime, Service
from payops_kernel.testing.callers import ClientOf
from payops_testing.services import built, service_on
from payops_testing.subscriptions.builders import UTC_RULES, a_subscription, payment, terms
from subscriptions import bootstrap
from subscriptions.settings import Settings
from subscriptions.store.subscriptions import COLLECTION, SubscriptionStore
from subscriptions.use_cases.step_when_due import STEP_DUE, DueAfterStep

COUNT = 40
DUE = datetime(2026, 2, 1, tzinfo=UTC)


@pytest.fixture
async def service(mongo_uri: str) -> AsyncIterator[Service[Runtime]]:
    """Subscriptions whose second payment falls due now."""
    async with service_on(mongo_uri, bootstrap, Settings(), DrivenClock(DUE)) as made:
        db, due = made.runtime.mongo.db, DueAfterStep(UTC_RULES)
        store = SubscriptionStore({COLLECTION: db[COLLECTION]}, UTC_RULES)
        every = [
            a_subscription(
                payment("2026-01-01 09:00", subscription_id=SubscriptionId(f"SUB-{number:02d}")),
                agreed=terms("2026-01-01", subscription_id=SubscriptionId(f"SUB-{number:02d}")),
            )
            for number in range(COUNT)
        ]
        await db[COLLECTION].insert_many([store.to_document(each) for each in every])
        rows = [row for each in every for row in due(each)]
        await in_transaction(
            made.runtime.mongo, lambda session: made.runtime.due.rows.schedule_many(rows, session)
        )
        yield made


async def commands(service: Service[Runtime]) -> Counter[tuple[str, str]]:
    """What the hub is asked, by subscription."""
    said: Counter[tuple[str, str]] = Counter()
    async for document in service.runtime.mongo.db["outbox"].find():
        for message in document["messages"]:
            if message["topic"] == "payops.payment-commands":
                event = orjson.loads(message["value"])
                said[event["subject"], event["type"]] += 1
    return said


async def stored(service: Service[Runtime]) -> dict[str, dict[str, Any]]:
    found = await service.runtime.mongo.db[COLLECTION].find().to_list(None)
    return {each["_id"]: each for each in found}


async def test_of_a_cancellation_and_a_payment_at_one_moment_exactly_one_wins(
    service: Service[Runtime], client_of: ClientOf
) -> None:
    async with client_of(service.http_app("test", "test"), UserRole.OPERATOR) as client:

        async def cancel(number: int) -> tuple[str, dict[str, Any]]:
            name = f"SUB-{number:02d}"
            answer = await client.post(
                f"/v1/subscriptions/{name}/cancellation",
                json={"at": "renewal", "reason": "Moves abroad"},
                headers={"Idempotency-Key": name},
            )
            assert answer.status_code == 200, answer.text
            return name, answer.json()

        first = [cancel(number) for number in range(0, COUNT, 2)]
        answers, *_ = await asyncio.gather(
            asyncio.gather(*first), service.runtime.due.look(), service.runtime.due.look()
        )
        answers += await asyncio.gather(*(cancel(number) for number in range(1, COUNT, 2)))
    while await service.runtime.due.look():
        pass
    rows, said = await stored(service), await commands(service)
    for name, answer in answers:
        asked = said[name, "payops.subscription-payment.requested.v1"]
        if asked:  # it was asked for before: the next renewal is meant, and the answer says so
            assert asked == 1
            assert answer["effective_on"] == "2026-03-01"
            assert any("is requested already" in each for each in answer["says"])
            assert rows[name]["status"] == "ACTIVE"
        else:
            assert answer["effective_on"] == "2026-02-01"
            assert rows[name]["status"] == "NOT_ACTIVE"
    outcomes = {row["status"] for row in rows.values()}
    assert "ACTIVE" in outcomes, "no payment was quicker: the race was none"


async def test_two_processes_ask_for_each_payment_once(service: Service[Runtime]) -> None:
    settings = service.runtime.settings
    assert isinstance(settings, Settings)
    other = built(bootstrap, settings, DrivenClock(DUE)).runtime
    while any(await asyncio.gather(service.runtime.due.look(), other.due.look())):
        pass
    other.mongo.close()
    said = await commands(service)
    assert said == {
        (f"SUB-{number:02d}", "payops.subscription-payment.requested.v1"): 1
        for number in range(COUNT)
    }
    due = await service.runtime.mongo.db["due"].find({"kind": STEP_DUE}).to_list(None)
    assert len(due) == COUNT


async def test_what_has_ended_and_what_cannot_be_read_stop_nobody(
    service: Service[Runtime], client_of: ClientOf
) -> None:
    db = service.runtime.mongo.db
    async with client_of(service.http_app("test", "test"), UserRole.OPERATOR) as client:
        ended = await client.post(
            "/v1/subscriptions/SUB-00/cancellation",
            json={"at": "now"},
            headers={"Idempotency-Key": "k"},
        )
    assert ended.status_code == 200, ended.text
    assert not await db["due"].find({"key": "SUB-00"}).to_list(None), "it has ended"
    # As a process that was slower would have left it, and one that nobody can read.
    late = {"_id": f"{STEP_DUE}/SUB-00", "kind": STEP_DUE, "key": "SUB-00", "due_at": DUE,
            "payload": {}}  # fmt: skip
    await db["due"].insert_one(late)
    await db[COLLECTION].update_one({"_id": "SUB-01"}, {"$unset": {"history": ""}})
    await service.runtime.due.look()
    said = await commands(service)
    asked = {name for name, kind in said if "payment" in kind}
    assert len(asked) == COUNT - 2
    assert not asked & {"SUB-00", "SUB-01"}
