"""The only place that builds concrete things and joins them."""

from dataclasses import dataclass

from fastapi import APIRouter

from payops_contracts.topics import TRANSACTIONS_ON_PAYMENTS
from payops_kernel.http.cursors import CursorCodec
from payops_kernel.messaging import Parking
from payops_kernel.runtime import Runtime, build_runtime
from transactions.api.refunds import refund_routes
from transactions.api.transactions import transaction_routes
from transactions.consumers import payment_facts
from transactions.settings import Settings
from transactions.store.transaction_reads import MongoTransactionReads
from transactions.store.transaction_writes import REFUND_DUE, MongoTransactionWrites
from transactions.store.transactions import INDEXES, TransactionStore
from transactions.store.views import TRANSACTIONS_VIEW
from transactions.use_cases.ask_again import AskAgain
from transactions.use_cases.read_transactions import ReadTransactions
from transactions.use_cases.request_refund import RequestRefund

SERVICE = "transactions"


@dataclass(frozen=True, slots=True)
class Service:
    """The parts that routes and tests reach for."""

    runtime: Runtime
    routers: tuple[APIRouter, ...]


def bootstrap(settings: Settings) -> Service:
    """Join the parts; nothing connects before the app starts."""
    runtime = build_runtime(SERVICE, settings)
    db, worker, clock = runtime.mongo.db, runtime.worker, runtime.clock
    store = TransactionStore(db)
    writes = MongoTransactionWrites(db, worker.due.rows)
    parking = Parking(SERVICE, store.collection, worker.due, clock, worker.outbox)
    worker.store(INDEXES, views=[TRANSACTIONS_VIEW])
    worker.consume(TRANSACTIONS_ON_PAYMENTS, payment_facts(store, parking))
    worker.due.handle(REFUND_DUE, AskAgain(writes, worker.outbox, clock, worker.relay.wake))
    reads = ReadTransactions(MongoTransactionReads(db))
    return Service(
        runtime,
        (
            transaction_routes(reads, CursorCodec(settings.cursor_key)),
            refund_routes(reads, RequestRefund(runtime.commands, writes)),
        ),
    )
