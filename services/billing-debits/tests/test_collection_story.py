"""A charge on its way through the attempts of a policy, on real servers with the driven clock."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from billing_debits import bootstrap
from billing_debits.settings import Settings
from payops_contracts.topics import DEBIT_COMMANDS, UPSTREAM_CHARGES, UPSTREAM_DEBIT_RESULTS
from payops_kernel.auth.principals import UserRole
from payops_kernel.clock import DrivenClock
from payops_kernel.messaging.topics import ensure_topics
from payops_kernel.mongo import connect
from payops_kernel.testing.callers import ClientOf
from payops_testing.billing_debits.builders import START
from payops_testing.billing_debits.upstream import (
    Json,
    published,
    raised,
    result,
    seen,
    tell,
)
from payops_testing.kernel.dropping import drop_database
from payops_testing.services import built

DAY = timedelta(days=1)


class Collection:
    """One charge that the service collects, its processor and its clock."""

    def __init__(self, settings: Settings, client: httpx.AsyncClient, clock: DrivenClock) -> None:
        self.settings = settings
        self.client = client
        self.clock = clock
        self.charge_id = f"CH-{uuid4().hex[:12]}"

    async def raise_charge(self) -> None:
        """Settlement raises it, without an attempt of its own."""
        said = raised(self.charge_id)
        del said["data"]["initial_attempt"]
        await tell(self.settings, UPSTREAM_CHARGES.name, [said])

    async def commands(self, count: int) -> list[Json]:
        """What the processor was asked, once it was asked so often."""
        records = await published(self.settings, DEBIT_COMMANDS.name, self.charge_id, count)
        return [Json(httpx.Response(200, content=each.value).json()["data"]) for each in records]

    async def answer(self, kind: str, debit_id: str, **more: Any) -> None:
        """The processor's word, at the present instant."""
        said = result(kind, self.charge_id, debit_id=debit_id, **more)
        said["time"] = self.clock.now().isoformat()
        await tell(self.settings, UPSTREAM_DEBIT_RESULTS.name, [said])

    async def is_now(self, status: str) -> Json:
        """The charge as soon as it has a status."""
        return await seen(self.client, self.charge_id, status)


@pytest.fixture
async def collection(
    kafka_address: str, mongo_uri: str, client_of: ClientOf, request: pytest.FixtureRequest
) -> AsyncIterator[Collection]:
    await ensure_topics(kafka_address)
    own = f"story_{uuid4().hex[:8]}_"
    policy = getattr(request, "param", "standard")
    settings = Settings(
        kafka=kafka_address,
        mongo=mongo_uri,
        database_prefix=own,
        retry_policy=policy,
        collection_mode="immediate",
    )
    clock = DrivenClock(START)
    app = built(bootstrap, settings, clock).http_app("test", "test")
    async with app.router.lifespan_context(app), client_of(app, UserRole.OPERATOR) as client:
        yield Collection(settings, client, clock)
    mongo = connect(mongo_uri, settings.database(bootstrap.SERVICE))
    await drop_database(mongo)
    mongo.close()


FAILURE = {"failure": {"code": "insufficient_funds", "message": "No money"}}


@pytest.mark.parametrize(
    ("collection", "delays"),
    [("standard", (1, 3, 7)), ("three-total", (1, 3))],
    indirect=["collection"],
)
async def test_every_delay_of_the_policy_is_waited_for_and_each_debit_asked_for_once(
    collection: Collection, delays: tuple[int, ...]
) -> None:
    await collection.raise_charge()
    for number, delay in enumerate(delays, start=1):
        await collection.is_now("SUBMITTED")
        asked = await collection.commands(number)
        assert len({each["idempotency_key"] for each in asked}) == len(asked) == number
        await collection.answer("failed", asked[-1]["debit_id"], **FAILURE)
        rejected = await collection.is_now("TEMP_REJECTED")
        due_at = (collection.clock.now() + delay * DAY).isoformat().replace("+00:00", "Z")
        assert rejected["retries"]["retry_count"] == f"{number} of {len(delays)}"
        assert rejected["retries"]["retry_due_at"] == due_at
        collection.clock.advance(delay * DAY)
    await collection.is_now("SUBMITTED")
    last = (await collection.commands(len(delays) + 1))[-1]
    await collection.answer("failed", last["debit_id"], **FAILURE)
    ended = await collection.is_now("PERMANENT_REJECTED")
    assert ended["retries"]["retry_count"] == f"{len(delays)} of {len(delays)}"
    assert ended["decision"]["why_not"] == "policy_used_up"
    assert (ended["overview"]["failed_reason"], ended["money"]["outstanding_minor"]) == (
        "failed", 103,
    )  # fmt: skip


async def test_a_lost_result_is_an_exception_asked_for_under_the_same_key_and_resolved_late(
    collection: Collection,
) -> None:
    await collection.raise_charge()
    await collection.is_now("SUBMITTED")
    collection.clock.advance(DAY)
    lost = await collection.is_now("TEMP_REJECTED")
    assert lost["overview"]["failed_reason"] == "No result arrived in time"
    assert lost["retries"]["retry_count"] == "0 of 3"
    query = {"charge_id": collection.charge_id, "state": "OPEN"}
    (row,) = (await collection.client.get("/v1/debit-exceptions", params=query)).json()["items"]
    assert (row["kind"], row["amount"]) == ("RESULT_MISSING", "US$1.03")
    collection.clock.advance(DAY)
    await collection.is_now("SUBMITTED")
    first, again = await collection.commands(2)
    assert first["idempotency_key"] == again["idempotency_key"]
    assert (first["asked"], again["asked"]) == (1, 2)
    await collection.answer("succeeded", again["debit_id"])
    done = await collection.is_now("FINALIZED")
    assert done["overview"]["failed_reason"] == "Done"
    assert [each["resolved_at"] is None for each in done["exceptions"]] == [False]
    assert (await collection.client.get("/v1/debit-exceptions", params=query)).json()["total"] == 0


async def test_a_person_settles_a_lost_result_once_with_a_reason_and_by_name(
    collection: Collection,
) -> None:
    await collection.raise_charge()
    await collection.is_now("SUBMITTED")
    collection.clock.advance(DAY)
    (missing,) = (await collection.is_now("TEMP_REJECTED"))["exceptions"]
    path = f"/v1/debit-exceptions/{missing['exception_id']}"
    client = collection.client
    owned = await client.put(f"{path}/owner", json={"owner": "local:operator"})
    assert (owned.status_code, owned.json()["owner"]) == (200, "local:operator")
    unsaid = await client.post(
        f"{path}/resolution",
        json={"reason": "Asked the bank"},
        headers={"Idempotency-Key": uuid4().hex},
    )
    assert (unsaid.status_code, unsaid.json()["code"]) == (422, "result_wanted")
    key = {"Idempotency-Key": uuid4().hex}
    said = {"reason": "Asked the bank: declined", "succeeded": False}
    settled = await client.post(f"{path}/resolution", json=said, headers=key)
    assert settled.status_code == 200, settled.text
    assert settled.json()["charge_status"] == "TEMP_REJECTED"
    again = await client.post(f"{path}/resolution", json=said, headers=key)
    assert again.headers["Idempotency-Replayed"] == "true"
    other = {"Idempotency-Key": uuid4().hex}
    twice = await client.post(f"{path}/resolution", json=said, headers=other)
    assert (twice.status_code, twice.json()["code"]) == (409, "exception_not_open")
    detail = (await client.get(f"/v1/charges/{collection.charge_id}")).json()
    assert detail["retries"]["retry_count"] == "1 of 3"
    assert detail["exceptions"][0]["resolved_by"] == "local:operator"
    # Its retry was due at once, and may have been debited meanwhile.
    by_hand = [row["event"] for row in detail["history"] if row["actor"] == "local:operator"]
    assert by_hand == ["debit_failed", "exception_owned"]


async def test_a_reversed_debit_is_collected_again(collection: Collection) -> None:
    await collection.raise_charge()
    await collection.is_now("SUBMITTED")
    (first,) = await collection.commands(1)
    await collection.answer("succeeded", first["debit_id"])
    await collection.is_now("FINALIZED")
    collection.clock.advance(7 * DAY)
    await collection.answer("reversed", first["debit_id"], **FAILURE)
    await collection.is_now("SUBMITTED")
    (_, second) = await collection.commands(2)
    assert second["idempotency_key"] != first["idempotency_key"]
    await collection.answer("succeeded", second["debit_id"])
    done = await collection.is_now("FINALIZED")
    assert done["money"]["collected_minor"] == 103
    assert [each["status"] for each in done["attempts"]] == ["REVERSED", "FINALIZED"]
