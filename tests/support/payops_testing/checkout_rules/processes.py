"""Processes of checkout-rules as they run, on real servers and one database."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import orjson
from aiokafka import AIOKafkaProducer

from checkout_rules import bootstrap
from checkout_rules.domain.past import EPOCH, PastContext
from checkout_rules.settings import Settings
from payops_contracts.topics import TRANSACTIONS
from payops_kernel.auth.principals import UserRole
from payops_kernel.clock import DrivenClock
from payops_kernel.messaging.topics import ensure_topics
from payops_kernel.mongo import connect
from payops_kernel.testing import eventually
from payops_kernel.testing.callers import ClientOf
from payops_testing.analytics.builders import an_event
from payops_testing.checkout_rules.desk import NOON, Desk, House
from payops_testing.kernel.dropping import drop_database
from payops_testing.services import built

READY_SECONDS = 60.0


@asynccontextmanager
async def a_database(kafka: str, mongo: str) -> AsyncIterator[Settings]:
    """Settings of processes that share a database, which is dropped afterwards."""
    await ensure_topics(kafka)
    settings = Settings(
        kafka=kafka,
        mongo=mongo,
        database_prefix=f"rules_{uuid4().hex[:8]}_",
        zone="Europe/Rome",
        session_timeout_ms=6_000,
    )
    yield settings
    made = connect(mongo, settings.database(bootstrap.SERVICE))
    await drop_database(made)
    made.close()


@asynccontextmanager
async def running(
    settings: Settings,
    client_of: ClientOf,
    role: UserRole = UserRole.APPROVER,
    clock: DrivenClock | None = None,
) -> AsyncIterator[Desk]:
    """A process that is ready, and somebody at it; it is stopped in order."""
    service = built(bootstrap, settings, clock or DrivenClock(NOON))
    app = service.http_app("test", "test")
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(app.router.lifespan_context(app))
        client = await stack.enter_async_context(client_of(app, role))

        async def ready() -> bool:
            return (await client.get("/health/ready")).status_code == 200

        await eventually(ready, READY_SECONDS)
        yield Desk(House(service, app), client)


async def publish(kafka: str, told: Sequence[PastContext]) -> dict[int, int]:
    """Payments' states on ``payops.transactions``; the end of each partition after them."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka)
    await producer.start()
    try:
        sent = [
            await producer.send_and_wait(
                TRANSACTIONS.name, orjson.dumps(told_by(each)), each.transaction_id.encode()
            )
            for each in told
        ]
    finally:
        await producer.stop()
    return {record.partition: record.offset + 1 for record in sent}


def told_by(context: PastContext) -> dict[str, Any]:
    """An event that tells a payment's context."""
    event = an_event(
        context.transaction_id,
        context.sequence,
        created_at=(EPOCH + timedelta(milliseconds=context.at_ms)).isoformat(),
        amount_minor=context.amount_minor,
        currency=context.currency,
        channel=context.channel,
    )
    event["data"] |= {"type": context.type, "attributes": dict(context.attributes)}
    return event
