"""A debit batch of many charges in a process of ours: taken in, submitted, its results applied.

Beside each: raw transactions of the very documents that it writes. Charges are stored, and written
anew; so is the row of a debit that is answered, and the row of one that is asked for is new.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson
from pymongo import ReplaceOne

from bench.backlog import Pipeline
from bench.context import Bench
from bench.cpu import CpuMeter
from bench.folded import Write
from bench.measures.charges_pipeline import SERVICE, UNTIL_NOTHING_IS_DUE, charge_events
from bench.measures.raw_transactions import RawTransactions
from bench.relay_lease import hold_relay
from bench.results import Figure, NotMeasured, Round
from bench.workload import Event
from billing_debits.bootstrap import bootstrap
from billing_debits.domain.charge import Charge
from billing_debits.domain.collecting import submit, take_into
from billing_debits.domain.folding import fold
from billing_debits.events import charge_fact, result_fact
from billing_debits.publishing.charges import step_messages
from billing_debits.settings import Settings
from billing_debits.store.charges import COLLECTION, INDEXES, ChargeStore
from billing_debits.store.rows import ATTEMPTS, attempt_rows
from billing_debits.store.rows import INDEXES as ROW_INDEXES
from billing_debits.use_cases.build_batches import COLLECT, NEXT
from billing_debits.use_cases.collect import new_order
from payops_contracts.ids import BatchCode
from payops_contracts.topics import BILLING_DEBITS_ON_CHARGES, BILLING_DEBITS_ON_RESULTS
from payops_kernel.clock import DrivenClock
from payops_kernel.messaging import event_decoder
from payops_kernel.messaging.outbox import COLLECTION as OUTBOX
from payops_kernel.messaging.records import Record
from payops_kernel.messaging.topics import ensure_topics
from payops_kernel.mongo import Mongo, in_transaction
from payops_kernel.ports import DueRow
from payops_kernel.runtime import Runtime

NOW = UNTIL_NOTHING_IS_DUE + timedelta(days=365)
CODE = BatchCode("MB-250101-0600")
_charge_of = event_decoder(BILLING_DEBITS_ON_CHARGES.topic.events)
_result_of = event_decoder(BILLING_DEBITS_ON_RESULTS.topic.events)
RULES = Settings().rules()
WARM_EVENTS = 500
INSERTED_AT_ONCE = 5_000


async def measure(bench: Bench) -> None:
    """Adds ``batches.sealed``, ``batches.submitted``, ``batches.results``, a raw figure beside
    each."""
    await ensure_topics(bench.bed.platform.kafka)
    mongo = bench.bed.mongo(bench.bed.platform.database(SERVICE))
    await hold_relay(mongo)
    count = bench.volumes.pipeline_events
    charges = [_waiting(event) for event in charge_events("batch", count)]
    sealed, submitted = await _built(bench, mongo, charges)
    raw = RawTransactions(bench, COLLECTION, INDEXES | ROW_INDEXES)
    pairs = (
        ("sealed", "charges taken into a batch", sealed, _taken),
        ("submitted", "debits of a batch asked for", submitted, _submitted),
    )
    for name, title, ours, change in pairs:
        raws = [await _raw_round(bench, raw, charges, change)]
        _add(bench, name, title, ours, raws)
    results = await _results(bench, mongo)
    raws = [await _raw_round(bench, raw, charges, _answered)]
    _add(bench, "results", "results of debits in a batch", results, raws)
    await raw.drop()
    await mongo.client.drop_database(mongo.db.name)


def _add(bench: Bench, name: str, title: str, ours: Round, raws: list[Round]) -> None:
    beside = f"raw transactions of {title}"
    bench.results.add(Figure.of_rounds(f"raw.beside_{name}", beside, "charges/s", raws))
    bench.results.add(Figure.of_rounds(f"batches.{name}", title, "charges/s", [ours]))
    bench.say(f"  {title}: {ours.rate:,.0f} beside {raws[0].rate:,.0f} charges/s")


def _waiting(event: Event) -> Charge:
    """A charge that nobody has tried to collect."""
    said = orjson.loads(event.value)
    del said["data"]["initial_attempt"]
    record = Record("", 0, 0, 0, event.key, orjson.dumps(said), ())
    fact = charge_fact(_charge_of(record))
    return fold(None, fact, RULES, fact.cause.occurred_at)


async def _built(bench: Bench, mongo: Mongo, charges: Sequence[Charge]) -> tuple[Round, Round]:
    platform = bench.bed.platform
    settings = Settings(
        kafka=platform.kafka, mongo=platform.mongo,
        database_prefix=platform.settings["PAYOPS_DATABASE_PREFIX"],
    )  # fmt: skip
    runtime = Runtime(SERVICE, settings, DrivenClock(NOW))
    bootstrap(settings, runtime)
    await runtime.worker.ensure()
    store = ChargeStore({COLLECTION: mongo.db[COLLECTION]})
    for start in range(0, len(charges), INSERTED_AT_ONCE):
        some = charges[start : start + INSERTED_AT_ONCE]
        await mongo.db[COLLECTION].insert_many([store.to_document(each) for each in some])
    due = DueRow(COLLECT, NEXT, NOW, {})
    await in_transaction(
        runtime.mongo, lambda session: runtime.due.rows.schedule_many([due], session)
    )
    await runtime.due.look()
    rounds = [await _looked(bench, runtime, len(charges)) for _ in range(2)]
    (batch,) = await mongo.db["debit_batches"].find().to_list(None)
    if batch["status"] != "SUBMITTED" or batch["submitted"]["count"] != len(charges):
        raise NotMeasured(f"the batch is {batch['status']} with {batch.get('submitted')}")
    runtime.mongo.close()
    await mongo.db[OUTBOX].delete_many({})
    return rounds[0], rounds[1]


async def _looked(bench: Bench, runtime: Runtime, count: int) -> Round:
    """All that is due now: the pieces of one stage, each of which makes the next one due."""
    meter = CpuMeter(bench.bed.server_pids)
    began = time.perf_counter()
    await runtime.due.look()
    return Round(count, time.perf_counter() - began, meter.taken())


async def _results(bench: Bench, mongo: Mongo) -> Round:
    pipeline = Pipeline(bench, SERVICE, BILLING_DEBITS_ON_RESULTS, mongo)
    attempts = mongo.db[ATTEMPTS].find({}, {"charge_id": 1, "amount_minor": 1})
    events = [_result(str(row["charge_id"]), str(row["_id"]), int(row["amount_minor"]))
              async for row in attempts]  # fmt: skip
    await pipeline.start(events[:WARM_EVENTS])
    measured = await pipeline.round(events[WARM_EVENTS:])
    await pipeline.stop()
    return measured


def _result(charge_id: str, debit_id: str, amount: int) -> Event:
    said = {
        "specversion": "1.0",
        "id": f"{debit_id}-succeeded",
        "source": "https://processor.example",
        "type": "upstream.debit.succeeded.v1",
        "subject": charge_id,
        "time": NOW.isoformat(),
        "data": {
            "charge_id": charge_id,
            "debit_id": debit_id,
            "amount_minor": amount,
            "currency": "USD",
            "batch_code": CODE,
        },
    }
    return Event(charge_id.encode(), orjson.dumps(said))


Change = Callable[[Charge, datetime], None]


async def _raw_round(
    bench: Bench, raw: RawTransactions, charges: Sequence[Charge], change: Change
) -> Round:
    """The charges' next step, behind what lies there of them."""
    await raw.drop()
    store = ChargeStore({COLLECTION: bench.bed.mongo("bench_raw").db[COLLECTION]})
    rows = {row["_id"]: row for each in charges for row in attempt_rows(each)}
    await raw.store(COLLECTION, [store.to_document(each) for each in charges])
    await raw.store(ATTEMPTS, list(rows.values()))
    return await raw.round(list(_writes(store, charges, change, rows)), *bench.raw_best)


def _writes(
    store: ChargeStore, charges: Sequence[Charge], change: Change, stored: Collection[str]
) -> Iterable[Write]:
    """The document, the rows and the messages of each charge's next step."""
    for charge in charges:
        change(charge, NOW)
        beside = tuple((ATTEMPTS, written(row, stored)) for row in attempt_rows(charge))
        yield Write(store.to_document(charge), tuple(step_messages(charge)), beside, by_id=True)


def written(row: dict[str, Any], stored: Collection[str]) -> dict[str, Any] | ReplaceOne[Any]:
    """A new row, or one that is there already and written anew."""
    return ReplaceOne({"_id": row["_id"]}, row) if row["_id"] in stored else row


def _taken(charge: Charge, now: datetime) -> None:
    take_into(charge, CODE, now)


def _submitted(charge: Charge, now: datetime) -> None:
    submit(charge, new_order(CODE), now)


def _answered(charge: Charge, now: datetime) -> None:
    attempt = charge.attempts[-1]
    event = _result(charge.id, attempt.debit_id, charge.raised.amount_minor)
    fact = result_fact(_result_of(Record("", 0, 0, 0, event.key, event.value, ())))
    fold(charge, fact, RULES, now)
