"""A subscription's life on real servers with the driven clock: a year of it in seconds."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest

from payops_contracts.topics import (
    PAYMENT_COMMANDS,
    SUBSCRIPTIONS_ON_TRANSACTIONS,
    SUBSCRIPTIONS_ON_UPSTREAM,
    UPSTREAM_PAYMENTS,
    UPSTREAM_SUBSCRIPTIONS,
    Subscription,
)
from payops_kernel.auth.principals import UserRole
from payops_kernel.clock import DrivenClock
from payops_kernel.messaging.topics import ensure_topics
from payops_kernel.mongo import Collection
from payops_kernel.testing import eventually
from payops_kernel.testing.callers import ClientOf
from payops_testing.kernel.talking import published, tell
from payops_testing.services import built, drop
from payops_testing.subscriptions.upstream import Json, paid_for, said_of, subscribed
from subscriptions import bootstrap as subscriptions
from subscriptions.settings import Settings
from transactions import bootstrap as transactions
from transactions.settings import Settings as TransactionSettings

START = datetime(2026, 1, 1, 9, tzinfo=UTC)
PATIENCE_SECONDS = 60.0
DAY = timedelta(days=1)

pytestmark = [pytest.mark.servers, pytest.mark.timeout(900)]


class World:
    """One subscription, the hub that plays it, and the clock of both services."""

    def __init__(
        self, kafka: str, client: httpx.AsyncClient, clock: DrivenClock, stored: Collection
    ) -> None:
        self.kafka, self.client, self.clock, self.stored = kafka, client, clock, stored
        self.id = f"SUB-{uuid4().hex[:12]}"

    async def tell(self, topic: str, *events: Json) -> None:
        await tell(self.kafka, topic, list(events))

    async def pay(self, kind: str, request: Json | None = None) -> None:
        """A payment of this instant, by a request or by itself."""
        named = {} if request is None else {"payment_request_id": request["payment_request_id"]}
        when = self.clock.now().isoformat()
        await self.tell(UPSTREAM_PAYMENTS.name, paid_for(kind, self.id, when, **named))

    async def commands(self, count: int) -> list[Json]:
        """What the hub was asked of it, once it was asked so often."""
        records = await published(self.kafka, PAYMENT_COMMANDS.name, self.id, count)
        return [orjson.loads(each.value) for each in records]

    async def until(self, **wanted: Any) -> Json:
        """The subscription as soon as it says all that."""
        seen: Json = {}

        async def there() -> bool:
            answer = await self.client.get(f"/v1/subscriptions/{self.id}")
            if answer.status_code != 200:
                return False
            seen.clear()
            seen.update(answer.json())
            flat = seen | seen["recurrence"]
            return all(flat[name] == value for name, value in wanted.items())

        try:
            await eventually(there, PATIENCE_SECONDS)
        except AssertionError:
            raise AssertionError(f"wanted {wanted}, it is {seen}") from None
        return dict(seen)

    async def waits(self, subject: str) -> None:
        """Until something waits for a subscription that is not known."""
        parked = {"_id": subject, "version": 0}
        await eventually(lambda: self.stored.find_one(parked), PATIENCE_SECONDS)

    def go_to(self, day: str) -> None:
        """Let time pass until midnight of a day."""
        self.clock.advance(datetime.fromisoformat(day).replace(tzinfo=UTC) - self.clock.now())


@pytest.fixture
async def world(kafka_address: str, mongo_uri: str, client_of: ClientOf) -> AsyncIterator[World]:
    await ensure_topics(kafka_address)
    own = f"subscribed_{uuid4().hex[:8]}_"
    clock = DrivenClock(START)
    paying = TransactionSettings(kafka=kafka_address, mongo=mongo_uri, database_prefix=own)
    subscribing = Settings(kafka=kafka_address, mongo=mongo_uri, database_prefix=own)
    services = (built(transactions, paying, clock), built(subscriptions, subscribing, clock))
    async with AsyncExitStack() as stack:
        for service in services:
            stack.push_async_callback(drop, service.runtime)
        apps = [service.http_app("test", "test") for service in services]
        for app in apps:
            await stack.enter_async_context(app.router.lifespan_context(app))
        client = await stack.enter_async_context(client_of(apps[1], UserRole.OPERATOR))
        stored = services[1].runtime.mongo.db["subscriptions"]
        yield World(kafka_address, client, clock, stored)


async def test_a_year_of_a_monthly_subscription_with_a_failure_and_a_cancellation(
    world: World,
) -> None:
    await world.tell(UPSTREAM_SUBSCRIPTIONS.name, subscribed(world.id))
    await world.until(status="CREATED", next_payment_on="2026-01-01")
    await world.pay("paid")
    await world.until(status="ACTIVE", next_payment_on="2026-02-01", payments_made=1)
    for month in range(2, 10):
        world.go_to(f"2026-{month:02d}-01")
        asked = await world.commands(month - 1)
        assert asked[-1]["data"]["period_on"] == f"2026-{month:02d}-01"
        await world.pay("paid", asked[-1]["data"])
        await world.until(payments_made=month, next_payment_on=f"2026-{month + 1:02d}-01")

    world.go_to("2026-10-01")
    october = (await world.commands(9))[-1]["data"]
    await world.pay("failed", october)
    held = await world.until(status="ON_HOLD", failures=1)
    assert held["failure"]["code"] == "insufficient_funds"
    assert held["retry_at"] == "2026-10-02T00:00:00Z"
    world.go_to("2026-10-02")
    again = (await world.commands(10))[-1]["data"]
    assert (again["attempt"], again["period_on"]) == (2, "2026-10-01")
    assert again["idempotency_key"] != october["idempotency_key"]
    await world.pay("paid", again)
    await world.until(status="ACTIVE", failures=0, next_payment_on="2026-11-01")

    answer = await _cancel(world, "renewal")
    assert answer.status_code == 200, answer.text
    assert answer.json()["effective_on"] == "2026-11-01"
    await world.until(next_payment_on=None)
    undone = await world.client.delete(
        f"/v1/subscriptions/{world.id}/cancellation", headers={"Idempotency-Key": uuid4().hex}
    )
    assert undone.status_code == 200, undone.text
    assert (await _cancel(world, "renewal")).status_code == 200
    refused = await _cancel(world, "now")
    assert (refused.status_code, refused.json()["code"]) == (409, "already_cancelled")
    world.go_to("2026-11-01")
    over = await world.until(status="NOT_ACTIVE", end_reason="CANCELLED")
    assert over["ended_at"] == "2026-11-01T00:00:00Z"
    assert (over["paid_minor"], over["payments_count"]) == (32300, 11)

    world.go_to("2027-01-01")
    told = [each["type"].split(".")[1:3] for each in await world.commands(14)]
    ends = [["subscription-end", kind] for kind in ("requested", "withdrawn", "requested")]
    assert told == [["subscription-payment", "requested"]] * 10 + [*ends, ends[0]]


async def test_what_is_told_first_waits_and_a_revoked_method_ends_it(world: World) -> None:
    first = {"first_payment_on": "2026-01-02"}
    revoked = said_of("payment-method-revoked", world.id, "2026-01-20T10:00:00Z")
    await world.tell(UPSTREAM_SUBSCRIPTIONS.name, revoked)
    await world.tell(UPSTREAM_SUBSCRIPTIONS.name, subscribed(world.id, **first))
    over = await world.until(status="NOT_ACTIVE", end_reason="PAYMENT_METHOD_REVOKED")
    assert over["payment_dates"] == []
    (end,) = await world.commands(1)
    assert (end["type"], end["data"]["reason"]) == (
        "payops.subscription-end.requested.v1", "PAYMENT_METHOD_REVOKED",
    )  # fmt: skip


async def _cancel(world: World, when: str) -> httpx.Response:
    return await world.client.post(
        f"/v1/subscriptions/{world.id}/cancellation",
        json={"at": when, "reason": "Moves abroad"},
        headers={"Idempotency-Key": uuid4().hex},
    )


BAD: dict[str, dict[str, Any]] = {
    "interval_count": {"interval_count": 0},
    "expires_on": {"expires_on": "2025-12-31"},
    "amount_minor": {"amount_minor": 0},
}


async def test_what_cannot_be_is_a_dead_letter_and_nothing_waits_behind_it(world: World) -> None:
    wrong = {f"{world.id}-{name}": more for name, more in BAD.items()}
    told = [subscribed(name, **more) for name, more in wrong.items()]
    await world.tell(UPSTREAM_SUBSCRIPTIONS.name, *told, subscribed(world.id))
    await world.until(status="CREATED")
    for event in told:
        letter = await _letter(world, SUBSCRIPTIONS_ON_UPSTREAM, event["subject"])
        assert json.loads(letter.value) == event
        assert ("payops-reason", b"wrong_schema") in letter.headers


async def test_a_payment_of_nobody_waits_a_day_and_one_in_another_currency_is_kept(
    world: World,
) -> None:
    when = "2026-01-01T10:00:00Z"
    lost = paid_for("paid", f"{world.id}-nobody", when)
    other = paid_for("paid", world.id, when, currency="EUR")
    await world.tell(UPSTREAM_SUBSCRIPTIONS.name, subscribed(world.id))
    await world.tell(UPSTREAM_PAYMENTS.name, lost, other)
    seen = await world.until(status="CREATED", flags=["OTHER_CURRENCY"])
    assert (seen["recurrence"]["payments_made"], seen["paid_minor"]) == (0, 0)
    (payment,) = seen["payments"]
    assert (payment["currency"], payment["counted"]) == ("EUR", False)
    await world.waits(lost["data"]["subscription_id"])
    world.clock.advance(timedelta(hours=25))
    letter = await _letter(world, SUBSCRIPTIONS_ON_TRANSACTIONS, lost["subject"])
    assert ("payops-reason", b"subject_unknown") in letter.headers


async def _letter(world: World, subscription: Subscription, subject: str) -> Any:
    (letter, *_) = await published(world.kafka, subscription.dead_letter_topic, subject, 1)
    return letter
