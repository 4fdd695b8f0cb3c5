"""Our analytics service, a real process, on a topic full of domain events."""

from __future__ import annotations

from bench.backlog import Pipeline
from bench.context import Bench
from bench.folded import domain_messages, published
from bench.results import Figure
from bench.workload import Event, payment_events
from payops_contracts.topics import ANALYTICS_ON_TRANSACTIONS
from payops_kernel.messaging.topics import ensure_topics
from payops_kernel.mongo import Database

SERVICE = "analytics"
WARM_EVENTS = 4_000


async def measure(bench: Bench) -> None:
    """Adds ``analytics.pipeline``."""
    bed, volumes = bench.bed, bench.volumes
    await ensure_topics(bed.platform.kafka)
    mongo = bed.mongo(bed.platform.database(SERVICE))
    pipeline = Pipeline(bench, SERVICE, ANALYTICS_ON_TRANSACTIONS, mongo)
    await pipeline.start(_events("warm", WARM_EVENTS, mongo.db))
    rounds = [
        await pipeline.round(_events(f"facts{number}", volumes.pipeline_events, mongo.db))
        for number in range(volumes.rounds)
    ]
    bench.results.add(
        Figure.of_rounds("analytics.pipeline", "analytics pipeline", "events/s", rounds)
    )
    await pipeline.stop()
    await mongo.client.drop_database(mongo.db.name)


def _events(prefix: str, count: int, db: Database) -> list[Event]:
    return published(domain_messages(payment_events(prefix, count), db))
