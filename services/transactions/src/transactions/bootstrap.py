"""The only place that builds concrete things and joins them."""

from dataclasses import dataclass

from payops_contracts.topics import TRANSACTIONS_ON_PAYMENTS
from payops_kernel.runtime import Runtime, build_runtime
from transactions.consumers import payment_facts
from transactions.settings import Settings
from transactions.store.transactions import INDEXES, TransactionStore

SERVICE = "transactions"


@dataclass(frozen=True, slots=True)
class Service:
    """The parts that routes and tests reach for."""

    runtime: Runtime
    store: TransactionStore


def bootstrap(settings: Settings) -> Service:
    """Join the parts; nothing connects before the app starts."""
    runtime = build_runtime(SERVICE, settings)
    store = TransactionStore(runtime.mongo.db)
    runtime.worker.store(INDEXES)
    runtime.worker.consume(TRANSACTIONS_ON_PAYMENTS, payment_facts(store))
    return Service(runtime, store)
