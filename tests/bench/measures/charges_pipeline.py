"""Our billing-debits service, a real process, on a topic full of charges that settlement raised.

Beside it, in turns: raw transactions of the very documents that it writes: the charge, the row of
settlement's own attempt, what is due.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import orjson

from bench.backlog import Pipeline
from bench.context import Bench
from bench.folded import Write
from bench.measures.raw_transactions import RawTransactions
from bench.relay_lease import hold_relay
from bench.results import Figure, Round
from bench.workload import Event, instant
from billing_debits.domain.folding import fold
from billing_debits.events import charge_fact
from billing_debits.publishing.charges import step_messages
from billing_debits.settings import Settings
from billing_debits.store.charges import COLLECTION, INDEXES, ChargeStore
from billing_debits.store.rows import ATTEMPTS, attempt_rows
from billing_debits.store.rows import INDEXES as ROW_INDEXES
from billing_debits.use_cases.due_after_step import DueAfterStep
from payops_contracts.topics import BILLING_DEBITS_ON_CHARGES
from payops_kernel.clock import DrivenClock
from payops_kernel.due_rows import COLLECTION as DUE
from payops_kernel.due_rows import INDEXES as DUE_INDEXES
from payops_kernel.messaging import event_decoder
from payops_kernel.messaging.records import Record
from payops_kernel.messaging.topics import ensure_topics
from payops_kernel.mongo import Database

SERVICE = "billing-debits"
WARM_EVENTS = 4_000
UNTIL_NOTHING_IS_DUE = datetime(2125, 1, 1, tzinfo=UTC)
"""Retries are planned and none is made: the intake is measured alone."""


async def measure(bench: Bench) -> None:
    """Adds ``charges.pipeline`` and ``raw.beside_charges``."""
    bed, volumes = bench.bed, bench.volumes
    await ensure_topics(bed.platform.kafka)
    mongo = bed.mongo(bed.platform.database(SERVICE))
    await hold_relay(mongo)
    pipeline = Pipeline(bench, SERVICE, BILLING_DEBITS_ON_CHARGES, mongo)
    await pipeline.start(charge_events("warm", WARM_EVENTS))
    raw = RawTransactions(bench, COLLECTION, INDEXES | ROW_INDEXES | DUE_INDEXES)
    raws: list[Round] = []
    ours: list[Round] = []
    for number in range(volumes.rounds):
        made = charge_events(f"raw{number}", volumes.transaction_events)
        raws.append(await raw.round(charge_writes(made, mongo.db), *bench.raw_best))
        events = charge_events(f"charges{number}", volumes.pipeline_events)
        ours.append(await pipeline.round(events))
    beside = "raw transactions of charges, in turns with the pipeline"
    bench.results.add(Figure.of_rounds("raw.beside_charges", beside, "events/s", raws))
    title = "charges pipeline, relay paused"
    bench.results.add(Figure.of_rounds("charges.pipeline", title, "events/s", ours))
    await pipeline.stop()
    await raw.drop()
    await mongo.client.drop_database(mongo.db.name)


def charge_events(prefix: str, count: int) -> list[Event]:
    """Charges as settlement raises them, each with its own first attempt that failed."""
    chance = random.Random(prefix)
    return [_raised(f"{prefix}-{number:08d}", chance) for number in range(count)]


def _raised(charge_id: str, chance: random.Random) -> Event:
    created = UNTIL_NOTHING_IS_DUE + timedelta(seconds=chance.randrange(86_400 * 180))
    at = instant(created)
    amount = chance.randrange(100, 50_000)
    event = {
        "specversion": "1.0",
        "id": f"{charge_id}-raised",
        "source": "https://settlement.example",
        "type": "upstream.charge.raised.v1",
        "subject": charge_id,
        "time": at,
        "data": {
            "charge_id": charge_id,
            "created_at": at,
            "mpass_number": f"MP-{chance.randrange(100_000)}",
            "user": {"id": f"user-{chance.randrange(100_000)}", "name": "Ada Example"},
            "billing_code": f"BL-{charge_id}",
            "billing_cycle_code": f"{created:%Y%m}01",
            "type": "END_OF_BILLING_CYCLE",
            "amount_minor": amount,
            "currency": "USD",
            "rail": "ACH",
            "tax_rate_ppm": 220_000,
            "initial_attempt": {
                "at": at,
                "outcome": "FAILED",
                "failure": {"code": "R01", "message": "Insufficient funds"},
            },
        },
    }
    return Event(charge_id.encode(), orjson.dumps(event))


def charge_writes(events: Sequence[Event], db: Database) -> list[Write]:
    """The write behind each event, in order; ``db`` is not touched."""
    store, rules = ChargeStore({COLLECTION: db[COLLECTION]}), Settings().rules()
    clock = DrivenClock(UNTIL_NOTHING_IS_DUE)
    due = DueAfterStep(clock, lambda: rules, timedelta(days=1))
    decode = event_decoder(BILLING_DEBITS_ON_CHARGES.topic.events)
    writes = []
    for offset, event in enumerate(events):
        fact = charge_fact(decode(Record("", 0, offset, 0, event.key, event.value, ())))
        charge = fold(None, fact, rules, fact.cause.occurred_at)
        beside = [(ATTEMPTS, row) for row in attempt_rows(charge)]
        for row in due(charge):
            made = {"_id": f"{row.kind}/{row.key}", "kind": row.kind, "key": row.key}
            beside.append((DUE, made | {"due_at": row.due_at, "payload": {}, "about": row.about}))
        writes.append(Write(store.to_document(charge), tuple(step_messages(charge)), tuple(beside)))
    return writes
