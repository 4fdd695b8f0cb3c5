"""Our transactions service, a real process, on a full topic: relay paused, then running.

The service is up and warm, is stopped by signal while the topic is filled, and goes on: the time
runs from there until its stored positions have reached the topic's end, and with the relay running
until its outbox is empty too.
"""

from __future__ import annotations

from bench.backlog import Pipeline
from bench.context import Bench
from bench.relay_lease import give_relay_back, hold_relay
from bench.results import Figure
from bench.workload import payment_events
from payops_contracts.topics import TRANSACTIONS_ON_PAYMENTS
from payops_kernel.messaging.topics import ensure_topics

SERVICE = "transactions"
WARM_EVENTS = 4_000


async def measure(bench: Bench) -> None:
    """Adds ``transactions.relay_paused`` and ``transactions.relay_running``."""
    bed, volumes = bench.bed, bench.volumes
    await ensure_topics(bed.platform.kafka)
    mongo = bed.mongo(bed.platform.database(SERVICE))
    await hold_relay(mongo)
    pipeline = Pipeline(bench, SERVICE, TRANSACTIONS_ON_PAYMENTS, mongo)
    await pipeline.start(payment_events("warm", WARM_EVENTS))
    paused = [
        await pipeline.round(payment_events(f"paused{number}", volumes.pipeline_events))
        for number in range(volumes.rounds)
    ]
    bench.results.add(
        Figure.of_rounds(
            "transactions.relay_paused", "transactions pipeline, relay paused", "events/s", paused
        )
    )
    await give_relay_back(mongo)
    await pipeline.until_published()
    running = [
        await pipeline.round(
            payment_events(f"running{number}", volumes.pipeline_events), published=True
        )
        for number in range(volumes.rounds)
    ]
    bench.results.add(
        Figure.of_rounds(
            "transactions.relay_running",
            "transactions pipeline, relay running, until all is published",
            "events/s",
            running,
        )
    )
    await pipeline.stop()
    await mongo.client.drop_database(mongo.db.name)
