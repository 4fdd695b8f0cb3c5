"""Payments of many subscriptions that fall due at once, in a process of ours: each asked for once.

Beside it: raw transactions of the very documents that it writes. Subscriptions and their due rows
are stored, and written anew; the messages are new.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from functools import partial

from pymongo import ReplaceOne

from bench.context import Bench
from bench.cpu import CpuMeter
from bench.folded import Write
from bench.measures.raw_transactions import RawTransactions
from bench.relay_lease import hold_relay
from bench.results import Figure, NotMeasured, Round
from payops_contracts.ids import SubscriptionId
from payops_contracts.subscriptions import BillingMode, Interval
from payops_kernel.clock import DrivenClock
from payops_kernel.due_rows import COLLECTION as DUE
from payops_kernel.due_rows import INDEXES as DUE_INDEXES
from payops_kernel.messaging.outbox import COLLECTION as OUTBOX
from payops_kernel.mongo import Mongo, in_transaction
from payops_kernel.runtime import Runtime
from subscriptions.bootstrap import SERVICE, bootstrap
from subscriptions.domain.billing import act
from subscriptions.domain.facts import Cause, CreatedFact, Customer, Terms
from subscriptions.domain.folding import fold
from subscriptions.domain.recurrence import Recurrence
from subscriptions.domain.subscription import Subscription
from subscriptions.publishing.subscriptions import StepMessages
from subscriptions.settings import Settings
from subscriptions.store.subscriptions import COLLECTION, INDEXES, SubscriptionStore
from subscriptions.use_cases.step_when_due import DueAfterStep

AGREED = datetime(2024, 12, 31, 9, tzinfo=UTC)
NOW = datetime(2025, 1, 1, 6, tzinfo=UTC)
RULES = Settings().rules()
STORED_AT_ONCE = 5_000


async def measure(bench: Bench) -> None:
    """Adds ``subscriptions.requested`` and the raw figure beside it."""
    mongo = bench.bed.mongo(bench.bed.platform.database(SERVICE))
    await hold_relay(mongo)
    agreed = [_agreed(number) for number in range(bench.volumes.pipeline_events)]
    ours = await _requested(bench, mongo, agreed)
    raw = RawTransactions(bench, COLLECTION, INDEXES | DUE_INDEXES)
    raws = [await _raw_round(bench, raw, agreed)]
    title = "payments of subscriptions asked for"
    beside = Figure.of_rounds(
        "raw.beside_requested", f"raw transactions of {title}", "payments/s", raws
    )
    bench.results.add(beside)
    bench.results.add(Figure.of_rounds("subscriptions.requested", title, "payments/s", [ours]))
    bench.say(f"  {title}: {ours.rate:,.0f} beside {raws[0].rate:,.0f} payments/s")
    await raw.drop()
    await mongo.client.drop_database(mongo.db.name)


def _agreed(number: int) -> Subscription:
    """A monthly subscription whose first payment is asked for on 1 January 2025."""
    terms = Terms(
        SubscriptionId(f"SUB-{number:07d}"),
        AGREED,
        Customer(f"user-{number % 5_000}", "Duong Le", "duong.le@example.com"),
        3230,
        "USD",
        "stripe",
        "credit-cards",
        BillingMode.HUB,
        Recurrence(Interval.MONTH, 1, date(2025, 1, 1)),
        first_is_ours=True,
        description="Membership, monthly",
    )
    cause = Cause("https://hub.example", f"evt-{number}", AGREED, digest=number)
    return fold(None, CreatedFact(cause, terms), RULES)


async def _requested(bench: Bench, mongo: Mongo, agreed: Sequence[Subscription]) -> Round:
    platform = bench.bed.platform
    settings = Settings(
        kafka=platform.kafka, mongo=platform.mongo,
        database_prefix=platform.settings["PAYOPS_DATABASE_PREFIX"],
    )  # fmt: skip
    runtime = Runtime(SERVICE, settings, DrivenClock(NOW))
    bootstrap(settings, runtime)
    await runtime.worker.ensure()
    store, due = SubscriptionStore({COLLECTION: mongo.db[COLLECTION]}, RULES), DueAfterStep(RULES)
    for start in range(0, len(agreed), STORED_AT_ONCE):
        some = agreed[start : start + STORED_AT_ONCE]
        await mongo.db[COLLECTION].insert_many([store.to_document(each) for each in some])
        rows = [row for each in some for row in due(each)]
        await in_transaction(runtime.mongo, partial(runtime.due.rows.schedule_many, rows))
    meter = CpuMeter(bench.bed.server_pids)
    began = time.perf_counter()
    await runtime.due.look()
    measured = Round(len(agreed), time.perf_counter() - began, meter.taken())
    asked = await mongo.db[COLLECTION].count_documents({"request.attempt": 1, "version": 2})
    if asked != len(agreed):
        raise NotMeasured(f"{asked} of {len(agreed)} payments were asked for")
    runtime.mongo.close()
    await mongo.db[OUTBOX].delete_many({})
    return measured


async def _raw_round(bench: Bench, raw: RawTransactions, agreed: Sequence[Subscription]) -> Round:
    await raw.drop()
    store = SubscriptionStore({COLLECTION: bench.bed.mongo("bench_raw").db[COLLECTION]}, RULES)
    due = DueAfterStep(RULES)
    await raw.store(COLLECTION, [store.to_document(each) for each in agreed])
    await raw.store(DUE, [_due_document(each, due) for each in agreed])
    return await raw.round(list(_writes(store, agreed, due)), *bench.raw_best)


def _writes(
    store: SubscriptionStore, agreed: Sequence[Subscription], due: DueAfterStep
) -> Iterable[Write]:
    says = StepMessages(RULES)
    for subscription in agreed:
        act(subscription, RULES, NOW)
        row = _due_document(subscription, due)
        moved = ((DUE, ReplaceOne({"_id": row["_id"]}, row)),)
        yield Write(store.to_document(subscription), tuple(says(subscription)), moved)


def _due_document(subscription: Subscription, due: DueAfterStep) -> dict[str, object]:
    """The row as the kernel stores it."""
    (row,) = due(subscription)
    return {
        "_id": f"{row.kind}/{row.key}",
        "kind": row.kind,
        "key": row.key,
        "due_at": row.due_at,
        "payload": {},
        "about": row.about,
    }
