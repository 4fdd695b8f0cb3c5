"""Retries that are due, claimed and debited by a process of ours that collects charge by charge.

Beside it: raw transactions of the very documents that it writes: the charge and the row of its last
attempt anew, the row of the new one, the look for its result, and the due row, which goes.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from pymongo import DeleteOne

from bench.context import Bench
from bench.cpu import CpuMeter
from bench.folded import Write
from bench.measures.batches_pipeline import INSERTED_AT_ONCE, written
from bench.measures.charges_pipeline import SERVICE, UNTIL_NOTHING_IS_DUE, charge_events
from bench.measures.raw_transactions import RawTransactions
from bench.relay_lease import hold_relay
from bench.results import Figure, NotMeasured, Round
from bench.workload import Event
from billing_debits.bootstrap import bootstrap
from billing_debits.domain.charge import Charge
from billing_debits.domain.collecting import submit
from billing_debits.domain.folding import fold
from billing_debits.domain.policies import CollectionMode
from billing_debits.events import charge_fact
from billing_debits.publishing.charges import step_messages
from billing_debits.settings import Settings
from billing_debits.store.charges import COLLECTION, INDEXES, ChargeStore
from billing_debits.store.rows import ATTEMPTS, attempt_rows
from billing_debits.store.rows import INDEXES as ROW_INDEXES
from billing_debits.use_cases.collect import new_order
from billing_debits.use_cases.due_after_step import DEBIT_DUE, DueAfterStep
from payops_contracts.topics import BILLING_DEBITS_ON_CHARGES
from payops_kernel.clock import DrivenClock
from payops_kernel.due_rows import COLLECTION as DUE
from payops_kernel.due_rows import INDEXES as DUE_INDEXES
from payops_kernel.messaging import event_decoder
from payops_kernel.messaging.outbox import COLLECTION as OUTBOX
from payops_kernel.messaging.records import Record
from payops_kernel.messaging.topics import ensure_topics
from payops_kernel.mongo import Document, Mongo
from payops_kernel.ports import DueRow
from payops_kernel.runtime import Runtime

ALL_ARE_DUE = UNTIL_NOTHING_IS_DUE.replace(year=UNTIL_NOTHING_IS_DUE.year + 2)
COLLECTS = CollectionMode.IMMEDIATE
_decode = event_decoder(BILLING_DEBITS_ON_CHARGES.topic.events)


async def measure(bench: Bench) -> None:
    """Adds ``retries.due`` and ``raw.beside_due_retries``."""
    platform = bench.bed.platform
    await ensure_topics(platform.kafka)
    mongo = bench.bed.mongo(platform.database(SERVICE))
    await hold_relay(mongo)
    settings = Settings(
        kafka=platform.kafka, mongo=platform.mongo, collection_mode=COLLECTS,
        database_prefix=platform.settings["PAYOPS_DATABASE_PREFIX"],
    )  # fmt: skip
    charges = [_failed(each, settings) for each in charge_events("retry", bench.volumes.due_rows)]
    due = _due_rows(charges, settings)
    ours = await _ours(bench, mongo, settings, charges, due)
    raw = RawTransactions(bench, COLLECTION, INDEXES | ROW_INDEXES | DUE_INDEXES)
    await raw.drop()
    store = ChargeStore({COLLECTION: mongo.db[COLLECTION]})
    rows = {row["_id"]: row for each in charges for row in attempt_rows(each)}
    for name, documents in (
        (COLLECTION, [store.to_document(each) for each in charges]),
        (ATTEMPTS, list(rows.values())), (DUE, due),
    ):  # fmt: skip
        await raw.store(name, documents)
    writes = [_write(store, each, row, rows, settings)
              for each, row in zip(charges, due, strict=True)]  # fmt: skip
    raws = await raw.round(writes, *bench.raw_best)
    await raw.drop()
    beside = "raw transactions of retries that are due"
    bench.results.add(Figure.of_rounds("raw.beside_due_retries", beside, "charges/s", [raws]))
    title = "retries that are due, one by one"
    bench.results.add(Figure.of_rounds("retries.due", title, "charges/s", [ours]))
    bench.say(f"  {title}: {ours.rate:,.0f} beside {raws.rate:,.0f} charges/s")
    await mongo.client.drop_database(mongo.db.name)


def _failed(event: Event, settings: Settings) -> Charge:
    """A charge whose first attempt failed."""
    fact = charge_fact(_decode(Record("", 0, 0, 0, event.key, event.value, ())))
    return fold(None, fact, settings.rules(), fact.cause.occurred_at)


def _planned(charge: Charge, settings: Settings) -> list[Document]:
    """What its last step makes due, as it is stored."""
    clock = DrivenClock(ALL_ARE_DUE)
    due = DueAfterStep(clock, settings.rules, settings.answered_within)
    return [_stored(row) for row in due(charge)]


def _stored(row: DueRow) -> Document:
    return {
        "_id": f"{row.kind}/{row.key}", "kind": row.kind, "key": row.key, "due_at": row.due_at,
        "payload": dict(row.payload), "about": row.about,
    }  # fmt: skip


def _due_rows(charges: Sequence[Charge], settings: Settings) -> list[Document]:
    due = [row for each in charges for row in _planned(each, settings)]
    if len(due) != len(charges) or {row["kind"] for row in due} != {DEBIT_DUE}:
        raise NotMeasured(f"{len(charges)} failed charges have {len(due)} retries planned")
    return due


async def _ours(
    bench: Bench,
    mongo: Mongo,
    settings: Settings,
    charges: Sequence[Charge],
    due: Sequence[Document],
) -> Round:
    runtime = Runtime(SERVICE, settings, DrivenClock(ALL_ARE_DUE))
    bootstrap(settings, runtime)
    await runtime.worker.ensure()
    store = ChargeStore({COLLECTION: mongo.db[COLLECTION]})
    rows = [row for each in charges for row in attempt_rows(each)]
    for start in range(0, len(charges), INSERTED_AT_ONCE):
        end = start + INSERTED_AT_ONCE
        some = [store.to_document(each) for each in charges[start:end]]
        await mongo.db[COLLECTION].insert_many(some)
        await mongo.db[ATTEMPTS].insert_many(rows[start:end])
        await mongo.db[DUE].insert_many(list(due[start:end]))
    await mongo.db[DUE].delete_many({"kind": {"$ne": DEBIT_DUE}})
    meter = CpuMeter(bench.bed.server_pids)
    began = time.perf_counter()
    while await runtime.due.look():
        pass
    measured = Round(len(charges), time.perf_counter() - began, meter.taken())
    runtime.mongo.close()
    await _each_once(mongo, len(charges))
    await mongo.db[OUTBOX].delete_many({})
    return measured


async def _each_once(mongo: Mongo, count: int) -> None:
    """Every charge was debited, none twice."""
    second = await mongo.db[COLLECTION].count_documents(
        {"attempts": {"$size": 2}, "status": "SUBMITTED"}
    )
    debits = await mongo.db[ATTEMPTS].count_documents({"number": 2})
    left = await mongo.db[DUE].count_documents({"kind": DEBIT_DUE})
    if (second, debits, left) != (count, count, 0):
        raise NotMeasured(f"{second} charges with {debits} debits, {left} due rows left")


def _write(
    store: ChargeStore,
    charge: Charge,
    due: Document,
    stored: dict[str, Document],
    settings: Settings,
) -> Write:
    """What a retry writes."""
    submit(charge, new_order(), ALL_ARE_DUE)
    beside = [(ATTEMPTS, written(row, stored)) for row in attempt_rows(charge)]
    planned = [(DUE, row) for row in _planned(charge, settings)]
    gone = (DUE, DeleteOne({"_id": due["_id"]}))
    messages = tuple(step_messages(charge))
    return Write(store.to_document(charge), messages, (*beside, *planned, gone), by_id=True)
