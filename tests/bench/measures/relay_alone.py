"""The relay alone: our service drains an outbox that was filled while its relay was paused."""

from __future__ import annotations

import time
from collections.abc import Sequence

from bench.backlog import stand_at_the_end
from bench.context import Bench
from bench.cpu import CpuMeter
from bench.folded import domain_messages
from bench.relay_lease import give_relay_back, hold_relay, relay_at_work
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
LIMIT_S = 120.0
LOOK_SECONDS = 0.003


async def measure(bench: Bench) -> None:
    """Adds ``relay.alone``: messages a second from the lease until the outbox is empty."""
    bed = bench.bed
    mongo = bed.mongo(bed.platform.database(SERVICE))
    await ensure_topics(bed.platform.kafka)
    await stand_at_the_end(bed.platform.kafka, TRANSACTIONS_ON_PAYMENTS, mongo)
    messages = domain_messages(payment_events("relay", DISTINCT_MESSAGES), mongo.db)
    rounds: list[Round] = []
    for _ in range(bench.volumes.rounds):
        await hold_relay(mongo)
        service = bed.service(SERVICE)
        await service.astart(LIMIT_S)
        await _fill(mongo, messages, bench.volumes.relay_messages)
        rounds.append(await _drain(bench, mongo, service))
        await service.astop()
        bench.say(f"  relay: {rounds[-1].rate:,.0f} messages/s")
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


async def _drain(bench: Bench, mongo: Mongo, service: PythonProcess) -> Round:
    count = bench.volumes.relay_messages

    async def at_work() -> bool:
        return await relay_at_work(mongo)

    async def empty() -> bool:
        return await mongo.db[COLLECTION].find_one({}, projection={"_id": 1}) is None

    meter = CpuMeter(bench.bed.server_pids | {"service": service.pid})
    await give_relay_back(mongo)
    # The relay looks for its lease five times a second; that wait is not its work.
    began = await until("the relay's start", at_work, LIMIT_S, LOOK_SECONDS)
    done = await until("the relay's end", empty, LIMIT_S, LOOK_SECONDS)
    return Round(
        count, max(done - began, time.get_clock_info("monotonic").resolution), meter.taken()
    )
