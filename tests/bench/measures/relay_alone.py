"""The relay alone: our service drains an outbox that was filled while it was stopped by signal.

The raw publish of the same messages is measured in turns with it, so that a machine that slows
down slows both.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from bench.backlog import stand_at_the_end
from bench.context import Bench
from bench.cpu import CpuMeter
from bench.folded import domain_messages
from bench.measures.raw_kafka import RawPublish
from bench.results import Figure, Round
from bench.waiting import until
from bench.workload import payment_events
from payops_contracts.topics import TRANSACTIONS_ON_PAYMENTS, all_topics
from payops_kernel.messaging import OutgoingMessage
from payops_kernel.messaging.outbox import COLLECTION, Outbox
from payops_kernel.messaging.topics import ensure_topics
from payops_kernel.mongo import Mongo, Session, in_transaction
from payops_local.supervising.python_process import PythonProcess

SERVICE = "transactions"
A_TRANSACTION = 1_000
DISTINCT_MESSAGES = 20_000
WARM_MESSAGES = 2_000
LIMIT_S = 120.0
LOOK_SECONDS = 0.01
RAW_TOPIC = "bench.raw.turns"


async def measure(bench: Bench) -> None:
    """Adds ``relay.alone``: messages a second until the outbox is empty.

    And ``raw.produce_in_turns``.
    """
    bed = bench.bed
    mongo = bed.mongo(bed.platform.database(SERVICE))
    await ensure_topics(bed.platform.kafka)
    await stand_at_the_end(bed.platform.kafka, TRANSACTIONS_ON_PAYMENTS, mongo)
    messages = domain_messages(payment_events("relay", DISTINCT_MESSAGES), mongo.db)
    raw = RawPublish(bench, RAW_TOPIC, messages, bench.volumes.relay_messages)
    service = bed.service(SERVICE)
    await service.astart(LIMIT_S)
    await _fill(mongo, messages, WARM_MESSAGES)
    await _until_empty(mongo)
    rounds: list[Round] = []
    raw_rounds: list[Round] = []
    for _ in range(bench.volumes.rounds):
        raw_rounds.append(await raw.round())
        rounds.append(await _round(bench, mongo, service, messages))
        bench.say(f"  relay: {rounds[-1].rate:,.0f} messages/s")
    await service.astop()
    title = "aiokafka produce, the same messages in batches, in turns with the relay"
    bench.results.add(Figure.of_rounds("raw.produce_in_turns", title, "messages/s", raw_rounds))
    title = "relay alone: a full outbox to Kafka, acknowledged and deleted"
    bench.results.add(Figure.of_rounds("relay.alone", title, "messages/s", rounds))
    await mongo.client.drop_database(mongo.db.name)


async def _fill(mongo: Mongo, messages: Sequence[OutgoingMessage], count: int) -> None:
    outbox = Outbox(mongo.db, {topic.name: topic.message_bytes_max for topic in all_topics()})
    for start in range(0, count, A_TRANSACTION):
        at = start % len(messages)
        chunk = messages[at : at + A_TRANSACTION]

        async def body(session: Session, chunk: Sequence[OutgoingMessage] = chunk) -> None:
            await outbox.write(chunk, session)

        await in_transaction(mongo, body)


async def _round(
    bench: Bench, mongo: Mongo, service: PythonProcess, messages: Sequence[OutgoingMessage]
) -> Round:
    count = bench.volumes.relay_messages
    service.pause()
    try:
        await _fill(mongo, messages, count)
        meter = CpuMeter(bench.bed.server_pids | {"service": service.pid})
    finally:
        service.resume()
    began = time.monotonic()
    done = await _until_empty(mongo)
    return Round(count, done - began, meter.taken())


async def _until_empty(mongo: Mongo) -> float:
    async def empty() -> bool:
        return await mongo.db[COLLECTION].find_one({}, projection={"_id": 1}) is None

    return await until("the relay's end", empty, LIMIT_S, LOOK_SECONDS)
