"""From Kafka to the lists and back to Kafka, on real servers: charges, results, bad input."""

import json
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from billing_debits import bootstrap
from billing_debits.settings import Settings
from payops_contracts.registry import validate
from payops_contracts.topics import (
    BILLING_DEBITS_ON_CHARGES,
    BILLING_DEBITS_ON_RESULTS,
    CHARGES,
    UPSTREAM_CHARGES,
    UPSTREAM_DEBIT_RESULTS,
)
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


@pytest.fixture
async def settings(kafka_address: str, mongo_uri: str) -> AsyncIterator[Settings]:
    await ensure_topics(kafka_address)
    own = f"intake_{uuid4().hex[:8]}_"
    made = Settings(
        kafka=kafka_address, mongo=mongo_uri, database_prefix=own, collection_mode="immediate"
    )
    yield made
    mongo = connect(mongo_uri, made.database(bootstrap.SERVICE))
    await drop_database(mongo)
    mongo.close()


@pytest.fixture
async def service(settings: Settings) -> AsyncIterator[FastAPI]:
    """The service as it runs."""
    app = built(bootstrap, settings, DrivenClock(START)).http_app("test", "test")
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def client(service: FastAPI, client_of: ClientOf) -> AsyncIterator[httpx.AsyncClient]:
    """A viewer at the service."""
    async with client_of(service, UserRole.VIEWER) as asking:
        yield asking


@pytest.fixture
def charge_id() -> str:
    """A charge that no other test has."""
    return f"CH-{uuid4().hex[:12]}"


async def test_a_charge_is_raised_rejected_and_collected_late_in_whatever_order_it_is_told(
    settings: Settings, client: httpx.AsyncClient, charge_id: str
) -> None:
    success = result("succeeded", charge_id) | {"time": "2026-03-01T12:00:00Z"}
    await tell(settings, UPSTREAM_DEBIT_RESULTS.name, [success, success])  # before it is known
    await tell(settings, UPSTREAM_CHARGES.name, [raised(charge_id)])
    detail = await seen(client, charge_id, "FINALIZED")
    assert detail["overview"]["failed_reason"] == "Done"
    assert detail["money"] == {
        "amount_minor": 103, "amount": "US$1.03", "currency": "USD", "rail": "CARD",
        "rail_label": "Card", "net_minor": 84, "tax_minor": 19, "collected_minor": 103,
        "outstanding_minor": 0, "owed_back_minor": 0, "returnable_minor": 103,
        "returnable_until": "2026-06-29T12:00:00Z",
    }  # fmt: skip
    assert [each["event"] for each in detail["history"]] == ["debit_succeeded", "charge_raised"]
    records = await published(settings, CHARGES.name, charge_id, 2)
    events = [validate(each.value) for each in records]
    assert [each.type for each in events] == [
        "payops.charge.raised.v1",
        "payops.charge.finalized.v1",
    ]
    assert [each.sequence for each in events] == ["000000000001", "000000000002"]


async def test_a_rejected_charge_is_found_by_what_people_have_in_hand_and_says_what_follows(
    settings: Settings, client: httpx.AsyncClient, charge_id: str
) -> None:
    await tell(settings, UPSTREAM_CHARGES.name, [raised(charge_id)])
    detail = await seen(client, charge_id, "TEMP_REJECTED")
    assert (detail["retries"]["retry_count"], detail["retries"]["retries_left"]) == ("1 of 3", 2)
    assert detail["decision"]["policy"] == "standard"
    assert detail["decision"]["rail_source"].startswith("Visa")
    rows: list[Json] = []
    for query in (
        {"q": f"mp-{charge_id}"[:-2]},
        {"q": f"BL-{charge_id}"},
        {"consumption_transaction_id": f"CT-{charge_id}"},
        {"charge_id": charge_id, "status": "TEMP_REJECTED", "type": "END_OF_BILLING_CYCLE"},
        {"billing_cycle_code": "20260301", "q": charge_id},
    ):
        rows = (await client.get("/v1/charges", params=query)).json()["items"]
        assert [row["charge_id"] for row in rows] == [charge_id], query
    (row,) = rows
    assert (row["amount"], row["retry_count"], row["failed_reason"]) == (
        "US$1.03", "1 of 3", "No money",
    )  # fmt: skip
    assert (row["status_label"], row["type_label"], row["batch_code"]) == (
        "Temp rejected", "End of Billing Cycle", None,
    )  # fmt: skip
    attempts = (await client.get("/v1/debit-attempts", params={"q": f"S-{charge_id}"})).json()
    (attempt,) = attempts["items"]
    assert (attempt["user_name"], attempt["failure_reason"], attempt["retry_count"]) == (
        "Duong Le", "No money", "1 of 3",
    )  # fmt: skip
    assert attempt["next_retry_at"] is not None
    moves = (await client.get(f"/v1/debit-attempts/S-{charge_id}")).json()
    assert moves["attempt"]["status"] == "TEMP_REJECTED"
    assert moves["next_retry_at"] == attempt["next_retry_at"]


BAD_CHARGES = {
    "amount_minor": -103,
    "billing_cycle_code": "20261301",
    "rail": "CHEQUE",
    "net_minor": 85,
    "tax_lines": [{"amount_minor": 104, "rate_ppm": 0}],
}


@pytest.mark.parametrize("field", sorted(BAD_CHARGES))
async def test_a_charge_that_cannot_be_is_a_dead_letter_and_nothing_waits_behind_it(
    settings: Settings, client: httpx.AsyncClient, charge_id: str, field: str
) -> None:
    wrong = raised(charge_id, **{field: BAD_CHARGES[field], "tax_minor": 19})
    good = raised(f"{charge_id}-good")
    await tell(settings, UPSTREAM_CHARGES.name, [wrong, good])
    await seen(client, f"{charge_id}-good", "TEMP_REJECTED")
    topic = BILLING_DEBITS_ON_CHARGES.dead_letter_topic
    (letter, *_) = await published(settings, topic, charge_id, 1)
    assert json.loads(letter.value) == wrong
    reasons = {name: value.decode() for name, value in letter.headers}
    assert "wrong_schema" in reasons.values()


async def test_another_amount_is_a_dead_letter_and_an_unknown_debit_a_row_of_the_history(
    settings: Settings, client: httpx.AsyncClient, charge_id: str
) -> None:
    await tell(settings, UPSTREAM_CHARGES.name, [raised(charge_id)])
    other = result("succeeded", charge_id, amount_minor=104)
    unknown = result("failed", charge_id, debit_id="nobody-asked")
    reversed_ = result("succeeded", charge_id) | {"time": "2026-03-01T13:00:00Z"}
    await tell(settings, UPSTREAM_DEBIT_RESULTS.name, [other, unknown, reversed_])
    detail = await seen(client, charge_id, "FINALIZED")
    notes = [each["note"] for each in detail["history"] if each["debit_id"] == "nobody-asked"]
    assert notes == ["ignored: no debit of this id was asked for"]
    topic = BILLING_DEBITS_ON_RESULTS.dead_letter_topic
    (letter, *_) = await published(settings, topic, charge_id, 1)
    assert json.loads(letter.value) == other
