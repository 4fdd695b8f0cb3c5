"""Our transactions service, a real process, on a full topic: relay paused, then running.

The service is up and warm, is stopped by signal while the topic is filled, and goes on: the time
runs from there until its stored positions have reached the topic's end, and with the relay running
until its outbox is empty too. The raw transactions are measured again in turns with it: both write
beside the same number of stored payments, and a machine that slows down slows both.
"""

from __future__ import annotations

from bench.backlog import Pipeline
from bench.context import Bench
from bench.measures.raw_transactions import RawTransactions
from bench.relay_lease import give_relay_back, hold_relay
from bench.results import Figure, Round
from bench.workload import payment_events
from payops_contracts.topics import TRANSACTIONS_ON_PAYMENTS
from payops_kernel.messaging.topics import ensure_topics

SERVICE = "transactions"
WARM_EVENTS = 4_000


async def measure(bench: Bench) -> None:
    """Adds ``transactions.relay_paused`` and ``…_running``, each with ``raw.beside_relay_…``."""
    bed, volumes = bench.bed, bench.volumes
    await ensure_topics(bed.platform.kafka)
    mongo = bed.mongo(bed.platform.database(SERVICE))
    await hold_relay(mongo)
    pipeline = Pipeline(bench, SERVICE, TRANSACTIONS_ON_PAYMENTS, mongo)
    await pipeline.start(payment_events("warm", WARM_EVENTS))
    raw = RawTransactions(bench)

    async def in_turns(name: str, title: str, *, published: bool) -> None:
        raws: list[Round] = []
        ours: list[Round] = []
        for number in range(volumes.rounds):
            raws.append(await raw.round(raw.writes(), *bench.raw_best))
            events = payment_events(f"{name}{number}", volumes.pipeline_events)
            ours.append(await pipeline.round(events, published=published))
        beside = f"raw transactions, in turns with the pipeline, relay {name}"
        _add(bench, f"raw.beside_relay_{name}", beside, raws)
        _add(bench, f"transactions.relay_{name}", title, ours)

    await in_turns("paused", "transactions pipeline, relay paused", published=False)
    await give_relay_back(mongo)
    await pipeline.until_published()
    title = "transactions pipeline, relay running, until all is published"
    await in_turns("running", title, published=True)
    await pipeline.stop()
    await raw.drop()
    await mongo.client.drop_database(mongo.db.name)


def _add(bench: Bench, key: str, title: str, rounds: list[Round]) -> None:
    bench.results.add(Figure.of_rounds(key, title, "events/s", rounds))
