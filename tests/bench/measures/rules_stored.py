"""A simulation of checkout rules on stored payments: from their rows, and packed in blocks.

50 rules of four conditions beside 50 others, by the job's own code, mongod's share included.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.context import Bench
from bench.cpu import CpuMeter
from bench.results import Figure, Round
from checkout_rules.domain.past import PastContext, learned
from checkout_rules.domain.rule_set import ActiveRule, RuleSet
from checkout_rules.store.contexts import BLOCKS, ContextStore
from checkout_rules.store.past import PastContexts
from checkout_rules.store.simulations import SimulationStore, SimulationWork
from checkout_rules.use_cases.ask_simulation import KIND
from payops_contracts.ids import TransactionId
from payops_kernel.jobs.job import job_of
from payops_kernel.jobs.store import Jobs
from payops_kernel.jobs.work import RunningJob
from payops_kernel.mongo import Mongo, Session, ensure_collections, in_transaction
from payops_kernel.runtime import GC_THRESHOLDS
from payops_kernel.zones import Zone
from payops_testing.checkout_rules.fifty_rules import contexts, fifty_rules

DATABASE = "bench_simulations"
DAYS = 30
START = datetime(2026, 3, 1, tzinfo=UTC)
START_S = int(START.timestamp())
SLICE = 1_000
VARIED = 20_000
PAYMENTS_MAX = 200_000


async def measure(bench: Bench) -> None:
    """Adds ``rules.from_rows``, ``rules.from_blocks`` and ``rules.kept``."""
    gc.set_threshold(*GC_THRESHOLDS)  # as a service has them
    mongo = bench.bed.mongo(DATABASE)
    await ensure_collections(mongo.db, {**PastContexts.indexes, **SimulationStore.indexes})
    count = min(bench.volumes.stored_payments, PAYMENTS_MAX)
    began = time.perf_counter()
    await _store(mongo, count)
    kept = Round(count, time.perf_counter() - began)
    bench.results.add(
        Figure.of_rounds("rules.kept", "contexts of payments kept, a slice each", "/s", [kept])
    )
    from_rows, from_blocks = [], []
    for _ in range(bench.volumes.rounds):
        await mongo.db[BLOCKS].delete_many({})
        from_rows.append(await _simulated(bench, mongo, count))
        from_blocks.append(await _simulated(bench, mongo, count))
    for key, title, rounds in (
        ("rules.from_rows", "simulated from stored rows, which are packed", from_rows),
        ("rules.from_blocks", "simulated from stored blocks", from_blocks),
    ):
        figure = Figure.of_rounds(key, f"checkout rules, {title}", "payments/s", rounds)
        bench.results.add(figure)
        bench.say(f"  {title}: {figure.value:,.0f} payments/s")
    await mongo.client.drop_database(DATABASE)


async def _simulated(bench: Bench, mongo: Mongo, count: int) -> Round:
    request = {
        "from": START.date().isoformat(),
        "to": (START.date() + timedelta(days=DAYS)).isoformat(),
        "changes": [],
        "without": [],
        "use_drafts": True,
    }
    past, found = PastContexts(mongo.db, mongo), SimulationStore(mongo.db)
    work = SimulationWork(_TwoRuleSets(), past, found, Zone("UTC"))
    queued = Jobs(mongo.db, "checkout-rules").queued(KIND, "bench", request)
    meter = CpuMeter(bench.bed.server_pids)
    began = time.perf_counter()
    result = await work.run(RunningJob(job_of(queued)))
    taken = Round(count, time.perf_counter() - began, meter.taken())
    if result["payments"] != count:
        raise AssertionError(f"{result['payments']} of {count} payments were simulated")
    return taken


class _TwoRuleSets:
    """Satisfies ``ReadsRuleSets``."""

    async def active(self) -> RuleSet:
        """The first fifty."""
        return fifty_rules()

    async def drafts(self) -> Sequence[ActiveRule]:
        """The other fifty in their place."""
        return fifty_rules(2, seed=9).rules


async def _store(mongo: Mongo, count: int) -> None:
    store, said = ContextStore(mongo.db), contexts(VARIED)
    for first in range(0, count, SLICE):
        told = [
            _payment(number, count, said[number % VARIED])
            for number in range(first, min(first + SLICE, count))
        ]

        async def slice_(session: Session, told: list[PastContext] = told) -> None:
            known = await store.known([each.transaction_id for each in told], session)
            await store.learn(learned(told, known), 0, session)

        await in_transaction(mongo, slice_)


def _payment(number: int, of: int, context: dict[str, Any]) -> PastContext:
    attributes = {
        "basket/quantity": context["basket"]["quantity"],
        **{name: context[name] for name in ("country", "product_category", "user_type")},
    }
    return PastContext(
        TransactionId(f"ORD-{number:09}"),
        1,
        (START_S + DAYS * 86_400 * number // of) * 1_000,
        context["amount_minor"],
        context["currency"],
        context["channel"],
        context["type"],
        attributes,
    )
