"""A service process with a database: whatever it uses is there because it uses it.

What a service asks for here brings along what it needs: its collections and indexes, its routes,
its work in the background. A ``bootstrap`` has nothing to remember, and routes have no order.
"""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import cached_property
from typing import Any, ParamSpec, Protocol, TypeVar

from payops_contracts.topics import Subscription, Topic
from payops_kernel.bulk.action import BulkAction
from payops_kernel.bulk.bulk import Bulk, BulkWork, Candidates, preview_indexes
from payops_kernel.clock import Clock, PlatformClock
from payops_kernel.commands import Commands
from payops_kernel.contradictions import Contradiction
from payops_kernel.ending import end
from payops_kernel.errors import Miswired, PayOpsError
from payops_kernel.exports.exports import Exports
from payops_kernel.exports.manifests import INDEXES as EXPORT_INDEXES
from payops_kernel.exports.routes import export_routes
from payops_kernel.http.cursors import CursorCodec
from payops_kernel.http.health import Report
from payops_kernel.http.paths import id_made_by
from payops_kernel.idempotency import INDEXES as IDEMPOTENCY_INDEXES
from payops_kernel.jobs.routes import job_list_routes, job_routes
from payops_kernel.jobs.runner import JobRunner
from payops_kernel.jobs.store import INDEXES as JOB_INDEXES
from payops_kernel.jobs.store import Jobs
from payops_kernel.lists.declared import DeclaredList
from payops_kernel.lists.reads import ListReads
from payops_kernel.lists.routes import list_routes
from payops_kernel.messaging import AggregateFold, Parking, event_decoder
from payops_kernel.messaging.aggregates import Versioned, no_contradiction
from payops_kernel.messaging.consumer import ConsumerLimits
from payops_kernel.messaging.relay_lag import RelayLag
from payops_kernel.messaging.slices import SliceHandler
from payops_kernel.mongo import Collections, IndexModel, connect
from payops_kernel.mongo.renewing import INDEXES as RENEWAL_INDEXES
from payops_kernel.mongo.renewing import Renewal, Renewing
from payops_kernel.platform_clock import follow, platform_database
from payops_kernel.process import Process, Service
from payops_kernel.repository import MongoRepository
from payops_kernel.restoring import Restoring, RestoringRules
from payops_kernel.restoring.marker import RestorationGate
from payops_kernel.restoring.work import INDEXES as RESTORING_INDEXES
from payops_kernel.settings import ServiceSettings
from payops_kernel.telemetry import Metrics
from payops_kernel.worker import Worker

__all__ = ["Runtime", "Service"]

# A slice makes tens of thousands of short-lived objects and hardly a cycle; Python's default of
# looking for cycles every 700 allocations took a third of the time of a slice.
GC_THRESHOLDS = (300_000, 20, 100)

A = TypeVar("A", bound=Versioned)
F = TypeVar("F")
S = TypeVar("S")
S_co = TypeVar("S_co", covariant=True)
P = ParamSpec("P")


class StoreClass(Protocol[P, S_co]):
    """A class of a service's ``store/``: it says which collections it uses, with which indexes."""

    @property
    def indexes(self) -> Mapping[str, Sequence[IndexModel]]:
        """By collection; none for one that is found by ``_id`` only."""
        ...

    def __call__(self, db: Collections, /, *args: P.args, **kwargs: P.kwargs) -> S_co:
        """The store on the service's database."""
        ...


class Runtime(Process):
    """The parts of one process, and what a service's ``bootstrap`` joins them with."""

    def __init__(self, name: str, settings: ServiceSettings, clock: Clock | None = None) -> None:
        """Connect nothing yet. ``clock`` is for tests; without one it is the platform's."""
        self.metrics = Metrics()
        super().__init__(name, settings, self.metrics.registry)
        gc.set_threshold(*GC_THRESHOLDS)
        self.mongo = connect(settings.mongo, settings.database(name))
        self.ends.callback(self.mongo.close)  # last: what ran beside may have things to write
        self.clock = clock or PlatformClock()
        self.gate = RestorationGate(self.mongo)
        self.worker = Worker(
            name, self.mongo, settings.kafka, self.metrics, self.tracing, self.clock,
            ConsumerLimits(session_timeout_ms=settings.session_timeout_ms), self.gate.closed,
        )  # fmt: skip
        self.due = self.worker.due
        """Work that is due: ``handle`` and ``call`` name what does a kind of it."""
        self.relay_lag = RelayLag(self.mongo, self.metrics)
        self.commands = Commands(
            self.mongo, self.worker.works, lambda: self.relay_lag.refusal, self.gate.closed
        )
        self.worker.store({**IDEMPOTENCY_INDEXES, **RESTORING_INDEXES})
        self.cursors = CursorCodec(settings.cursor_key)
        self._own_ids = ""
        self._parking: dict[str, Parking] = {}
        self._subscriptions: list[Subscription] = []
        self._restored: list[RestoringRules] = []
        self._add_checks()

    def store(self, kind: StoreClass[P, S], *args: P.args, **kwargs: P.kwargs) -> S:
        """A store of the service, given the collections that it declares and no others.

        They and their indexes are made before the work begins.
        """
        self.worker.store(kind.indexes)
        return kind({name: self.mongo.db[name] for name in kind.indexes}, *args, **kwargs)

    def consume(
        self,
        subscription: Subscription,
        into: MongoRepository[A],
        *,
        fact: Callable[[Any], F],
        key: Callable[[F], str | None],
        fold: Callable[[A | None, F], A],
        contradiction: Callable[[A], Contradiction | None] = no_contradiction,
    ) -> None:
        """Fold a topic's events into aggregates, as ``AggregateFold`` does; what is early parks."""
        topic = subscription.topic
        if into.name not in self._parking:
            self._parking[into.name] = Parking(
                subscription.group, into.store.collection, self.due, self.clock,
                self.worker.dead_letters,
            )  # fmt: skip
        handler = AggregateFold(
            topic.name,
            event_decoder(topic.events, topic),
            into,
            self.due.rows,
            fact=fact,
            key=key,
            fold=fold,
            contradiction=contradiction,
            parking=self._parking[into.name],
        )
        self.consume_slices(subscription, handler)

    def consume_slices(self, subscription: Subscription, handler: SliceHandler[Any]) -> None:
        """Take a topic in by a handler of one's own: for what is no aggregate."""
        self._subscriptions.append(subscription)
        self.worker.consume(subscription, handler)

    def admit_topic(self, topic: Topic) -> None:
        """Let messages be published to a topic that ``contracts/`` does not name."""
        self.worker.outbox.admit(topic)

    def add_list(self, declared: DeclaredList) -> ListReads:
        """Serve a list: its pages, its exports, its read-only view ``<name>_view``.

        Raises ``Miswired`` for rows that no store has declared.
        """
        self._expect_declared(declared.collection, declared.name)
        reads = ListReads(self.mongo.db, declared)
        self.exports.resources[declared.name] = declared.export
        self._routers.append(list_routes(declared, reads, self.exports, self.cursors))
        view = declared.view(f"{declared.name.replace('-', '_')}_view")
        self.worker.store({}, views=[view])
        return reads

    @cached_property
    def jobs(self) -> JobRunner:
        """The service's jobs: submitted here, run in the worker role, looked at by HTTP."""
        self.worker.store(JOB_INDEXES)
        runner = JobRunner(Jobs(self.mongo.db, self.name))
        self.worker.run_in_background(runner.run)
        self._routers.append(job_routes(runner, self.commands, self.cursors, self._own_ids))
        if not self._own_ids:
            self._routers.append(job_list_routes(runner.jobs, self.cursors))
        return runner

    def among_others(self) -> None:
        """Say, before anything else, that ids of other services' making pass through here.

        Of jobs and exports it answers for its own, and lists and describes none: whoever passes
        the others' on does.
        """
        self._own_ids = id_made_by(self.name)

    def bulk(self, action: BulkAction, candidates: Candidates, **options: int) -> Bulk:
        """Let an action be done with many rows of a list, by jobs; ``bulk_routes`` serves it.

        ``options`` are those of :class:`~payops_kernel.bulk.bulk.BulkWork`. Raises ``Miswired``
        for rows that no store has declared.
        """
        self._expect_declared(candidates.collection, action.kind)
        self.worker.store(preview_indexes(type(action)))
        works, jobs = self.worker.works, self.jobs.jobs
        self.jobs.handle(action.kind, BulkWork(self.mongo, works, jobs, action, **options))
        return Bulk(self.mongo.db, self.jobs, action, candidates)

    @cached_property
    def exports(self) -> Exports:
        """Files of the service's lists; swept in the worker role."""
        self.worker.store(EXPORT_INDEXES)
        exports = Exports(self.mongo, self.jobs, self.commands, self.zone)
        self.worker.run_in_background(exports.sweep)
        self._routers.append(export_routes(exports.manifests, self._own_ids))
        return exports

    def renew(self, renewal: Renewal) -> None:
        """Make stored fields anew, once, while the work goes on."""
        self.worker.store(RENEWAL_INDEXES)
        self.worker.run_in_background(Renewing(self.mongo.db, renewal).run)

    def restore(
        self, kind: StoreClass[P, RestoringRules], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """After a restore from backup read all topics again, and say every state again.

        Once for each kind of aggregate.
        """
        worker, kafka = self.worker, self.settings.kafka
        self._restored.append(self.store(kind, *args, **kwargs))
        if len(self._restored) == 1:
            restoring = Restoring(
                self.mongo, kafka, self._subscriptions, worker.outbox, self.clock,
                self._restored, worker.relay.wake,
            )  # fmt: skip
            worker.run_in_background(restoring.run)

    def prepare(self, step: Callable[[], Awaitable[None]]) -> None:
        """A step between the collections and the first record; safe to run again.

        It is tried until the servers answer. A ``PayOpsError`` of it ends the process, which says
        why.
        """

        async def prepared() -> None:
            try:
                await step()
            except PayOpsError as refusal:
                if not refusal.retryable:
                    self.health.give_up(str(refusal))
                raise

        self.worker.prepare(prepared)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The worker, in a process that has its role, and what every process follows."""
        await self.gate.renew()  # before the first request: a restored database takes none
        beside = [asyncio.create_task(self.relay_lag.run()), asyncio.create_task(self.gate.run())]
        if isinstance(self.clock, PlatformClock):
            platform = platform_database(self.mongo, self.settings.database_prefix)
            beside.append(asyncio.create_task(follow(self.clock, platform, self.name)))
        if self.settings.role.consumes:
            await self.worker.start()
        async with super().running():
            try:
                yield
            finally:
                await end(beside)
                if self.settings.role.consumes:
                    await self.worker.stop()

    def _expect_declared(self, collection: str, of: str) -> None:
        if collection not in {*self.worker.indexes, *(each.name for each in self.worker.views)}:
            raise Miswired(f"no store declares the rows of {of}")

    def _add_checks(self) -> None:
        async def mongo_answers() -> Report:
            await self.mongo.ping()
            return Report()

        self.health.add("MongoDB", mongo_answers)
        # Reads go on, so the process stays ready.
        self.health.add("relay lag", lambda: Report(notices=self.relay_lag.notices()))
        self.health.add("restoration", lambda: Report(notices=self.gate.notices()))
        if self.settings.role.consumes:
            self.health.add("worker", self.worker.report)
