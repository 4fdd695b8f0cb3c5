"""A worker on a real broker and a real mongod: in through the consumer, out through the relay."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions

from payops_kernel.clock import DrivenClock
from payops_kernel.messaging import partitions
from payops_kernel.messaging.relay import Relay
from payops_kernel.messaging.watch import ConsumerWatch
from payops_kernel.mongo import Mongo
from payops_kernel.telemetry import Metrics, Tracing
from payops_kernel.testing import eventually
from payops_kernel.worker import Worker
from payops_testing.kernel.toy_worker import ACCOUNTS, PATIENCE_S, drained, event, stage

ROUNDS = 40
GROWN = 6
GROWN_WITHIN_S = 10.0
POISON = b'{"account": "a0", "n": '


async def test_every_event_sent_twice_is_applied_and_published_once_and_in_order(
    kafka_address: str, own_mongo: Mongo, driven_clock: DrivenClock
) -> None:
    on = await stage(kafka_address, own_mongo, driven_clock)
    await on.send(event(a, n) for n in range(ROUNDS) for a in range(ACCOUNTS) for _ in range(2))
    async with on.worker() as worker:
        await drained(worker)
    found = await on.published(on.said.name, ACCOUNTS * ROUNDS)
    for account in range(ACCOUNTS):
        name = f"a{account}"
        said = [(value or b"").decode() for key, value in found if key == name.encode()]
        assert said == [f"{name}:{version}" for version in range(1, ROUNDS + 1)]
        document = await own_mongo.db["accounts"].find_one({"_id": name})
        assert document == {"_id": name, "version": ROUNDS, "taken": list(range(ROUNDS))}


async def test_poison_becomes_a_dead_letter_byte_for_byte_and_holds_nobody_up(
    kafka_address: str, own_mongo: Mongo, driven_clock: DrivenClock
) -> None:
    on = await stage(kafka_address, own_mongo, driven_clock)
    await on.send([event(0, 0), ("a0", POISON), event(0, 1), event(1, 0)])
    async with on.worker() as worker:
        await drained(worker)
    assert await on.published(on.subscription.dead_letter_topic, 1) == [(b"a0", POISON)]
    assert len(await on.published(on.said.name, 3)) == 3


async def test_a_worker_goes_on_where_the_one_before_it_stopped(
    kafka_address: str, own_mongo: Mongo, driven_clock: DrivenClock
) -> None:
    on = await stage(kafka_address, own_mongo, driven_clock)
    await on.send(event(a, 0) for a in range(ACCOUNTS))
    async with on.worker() as worker:
        await drained(worker)
    await on.send(event(a, 1) for a in range(ACCOUNTS))
    async with on.worker() as worker:
        await drained(worker)
        assert worker.report().events_total == ACCOUNTS
    assert len(await on.published(on.said.name, 2 * ACCOUNTS)) == 2 * ACCOUNTS


async def grow(kafka: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        await admin.create_partitions({topic: NewPartitions(GROWN)})
    finally:
        await admin.close()


async def test_two_workers_share_the_partitions_of_a_topic_that_grew_and_the_group_says_so(
    kafka_address: str, own_mongo: Mongo, driven_clock: DrivenClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(partitions, "ADMIN_TIMEOUT_MS", int(PATIENCE_S * 1000))
    on = await stage(kafka_address, own_mongo, driven_clock)
    topic, group = on.subscription.topic.name, on.subscription.broker_group

    async def group_holds(numbers: Iterable[int]) -> None:
        await eventually(  # None while it shares them out once more
            lambda: partitions.partitions_held(kafka_address, group, topic),
            PATIENCE_S,
            until=lambda seen: seen == frozenset(numbers),
        )

    async with on.worker() as one, on.worker() as two:

        def held() -> list[set[int]]:
            return [set(worker.consumers[0].assignment.held) for worker in (one, two)]

        await eventually(held, PATIENCE_S, until=all)
        await grow(kafka_address, topic)
        await eventually(
            lambda: sorted(number for each in held() for number in each),
            GROWN_WITHIN_S,
            until=lambda seen: seen == list(range(GROWN)),
        )
        rows = [worker.report().consumers[0] for worker in (one, two)]
        assert [row.held for row in rows] == [len(each) for each in held()]
        await group_holds(range(GROWN))
        await eventually(
            lambda: [worker.report().consumers[0].partitions for worker in (one, two)],
            until=lambda seen: seen == [GROWN, GROWN],
        )
        await on.send(event(a, 0) for a in range(ACCOUNTS))
        await eventually(
            lambda: sum(worker.report().events_total for worker in (one, two)),
            PATIENCE_S,
            until=lambda seen: seen == ACCOUNTS,
        )
        # Here, and not after both have ended: the one that relays may be the first to end.
        assert len(await on.published(on.said.name, ACCOUNTS)) == ACCOUNTS
    await group_holds(())


async def test_work_beside_that_ends_by_an_error_makes_the_process_not_ready(
    kafka_address: str, own_mongo: Mongo, driven_clock: DrivenClock
) -> None:
    async def broken() -> None:
        raise KeyError("a defect")

    worker = Worker("test", own_mongo, kafka_address, Metrics(), Tracing("test"), driven_clock)
    worker.run_in_background(broken)
    await worker.start()
    try:
        (reason,) = await eventually(
            lambda: [r for r in worker.report().reasons if "broken" in r], PATIENCE_S, until=bool
        )
    finally:
        await worker.stop()
    assert "ended (KeyError): restart the process." in reason


@pytest.mark.parametrize("loop", [Relay, ConsumerWatch])
async def test_a_relay_or_a_watch_that_ends_by_an_error_makes_the_process_not_ready(
    loop: type, kafka_address: str, own_mongo: Mongo, driven_clock: DrivenClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    async def broken(_self: object) -> None:
        raise KeyError("a defect")

    monkeypatch.setattr(loop, "run", broken)
    on = await stage(kafka_address, own_mongo, driven_clock)
    async with on.worker() as worker:
        (reason,) = await eventually(
            lambda: [r for r in worker.report().reasons if "broken" in r], PATIENCE_S, until=bool
        )
    assert "ended (KeyError): restart the process." in reason
