"""Retention that overtakes a running consumer, on a real broker: nothing is skipped in silence."""

from __future__ import annotations

from typing import Any

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from payops_kernel.clock import DrivenClock
from payops_kernel.messaging.positions import Positions
from payops_kernel.mongo import Mongo
from payops_kernel.testing import eventually
from payops_testing.kernel.toy_worker import PATIENCE_S, Stage, event, stage

READ, UNREAD, REMOVED = 3, 20, 12


async def _remove(on: Stage, tp: TopicPartition, before: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=on.kafka)
    await admin.start()
    try:
        await admin.delete_records({tp: RecordsToDelete(before_offset=before)})
    finally:
        await admin.close()


async def test_unread_records_that_are_removed_under_a_running_consumer_are_a_refusal(
    kafka_address: str, own_mongo: Mongo, driven_clock: DrivenClock
) -> None:
    on = await stage(kafka_address, own_mongo, driven_clock)
    await on.send(event(0, n) for n in range(READ))
    async with on.worker() as worker:
        await eventually(
            lambda: worker.report().events_total, PATIENCE_S, until=lambda seen: seen == READ
        )
        (consumer,) = worker.consumers
        kafka: Any = consumer.kafka
        stored = await Positions(
            own_mongo.db, on.subscription.group, on.subscription.topic.name
        ).load_all()
        (number,) = [number for number, place in stored.items() if place.last is not None]
        tp = TopicPartition(on.subscription.topic.name, number)
        kafka.pause(tp)  # as one that does not keep up
        await on.send(event(0, n) for n in range(READ, READ + UNREAD))
        await _remove(on, tp, READ + REMOVED)
        kafka.seek(tp, READ)  # drops what a fetch from before the pause has brought
        kafka.resume(tp)
        (told,) = await eventually(consumer.assignment.refusals, PATIENCE_S)
        assert f"{REMOVED} offsets were removed before they were read" in told
        assert worker.report().events_total == READ
    taken = await own_mongo.db["accounts"].find_one({"_id": "a0"})
    assert taken is not None
    assert taken["taken"] == list(range(READ))
