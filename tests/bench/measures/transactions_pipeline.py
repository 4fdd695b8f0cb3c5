"""Our transactions service, a real process, on a full topic: relay paused, then running.

The service is up and warm, is stopped by signal while the topic is filled, and goes on: the time
runs from there until its stored positions have reached the topic's end, and with the relay running
until its outbox is empty too. The raw transactions are measured again in turns with it, so that a
machine that slows down slows both.
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
    """Adds ``transactions.relay_paused``, ``…relay_running``, ``raw.transactions_in_turns``."""
    bed, volumes = bench.bed, bench.volumes
    await ensure_topics(bed.platform.kafka)
    mongo = bed.mongo(bed.platform.database(SERVICE))
    await hold_relay(mongo)
    pipeline = Pipeline(bench, SERVICE, TRANSACTIONS_ON_PAYMENTS, mongo)
    await pipeline.start(payment_events("warm", WARM_EVENTS))
    raw = RawTransactions(bench)
    raw_rounds: list[Round] = []

    async def in_turns(name: str, *, published: bool) -> list[Round]:
        rounds: list[Round] = []
        for number in range(volumes.rounds):
            raw_rounds.append(await raw.round(*bench.raw_best))
            events = payment_events(f"{name}{number}", volumes.pipeline_events)
            rounds.append(await pipeline.round(events, published=published))
        return rounds

    paused = await in_turns("paused", published=False)
    await give_relay_back(mongo)
    await pipeline.until_published()
    running = await in_turns("running", published=True)
    _add(bench, "raw.transactions_in_turns", "raw transactions, in turns with", raw_rounds)
    _add(bench, "transactions.relay_paused", "transactions pipeline, relay paused", paused)
    title = "transactions pipeline, relay running, until all is published"
    _add(bench, "transactions.relay_running", title, running)
    await pipeline.stop()
    await raw.drop()
    await mongo.client.drop_database(mongo.db.name)


def _add(bench: Bench, key: str, title: str, rounds: list[Round]) -> None:
    bench.results.add(Figure.of_rounds(key, title, "events/s", rounds))
