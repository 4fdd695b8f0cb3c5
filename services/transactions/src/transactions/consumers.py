"""Which topics this service reads, and what folds them: a table of contents."""

from collections.abc import Callable, Sequence
from typing import Any, get_args

from payops_contracts.provider_catalogue import ProviderCatalogueChangedV1
from payops_contracts.topics import TRANSACTIONS_ON_CATALOGUE, TRANSACTIONS_ON_PAYMENTS
from payops_kernel.messaging import Decoded, Record, SliceWork, event_decoder
from payops_kernel.repository import MongoRepository
from payops_kernel.runtime import Runtime
from transactions.domain.folding import fold
from transactions.domain.transaction import Transaction
from transactions.events import fact_of
from transactions.store.catalogue import CatalogueStore


def consume(runtime: Runtime, transactions: MongoRepository[Transaction]) -> None:
    """``upstream.payments`` → transactions."""
    runtime.consume(
        TRANSACTIONS_ON_PAYMENTS,
        transactions,
        fact=fact_of,
        key=lambda fact: fact.transaction_id,
        fold=fold,
        contradiction=lambda transaction: transaction.contradiction,
    )


class CatalogueEvents:
    """The catalogue's events among those of ``payops.checkout-rules``. A ``SliceHandler``."""

    def __init__(self, store: CatalogueStore) -> None:
        self._store = store
        self._type = get_args(ProviderCatalogueChangedV1.model_fields["type"].annotation)[0]
        topic = TRANSACTIONS_ON_CATALOGUE.topic
        self._decode: Callable[[Record], Any] = event_decoder(topic.events, topic)

    def decode(self, record: Record) -> ProviderCatalogueChangedV1 | None:
        """None for an event about rules, which is not parsed; raises ``DeadLetter``."""
        if self._type.encode() not in (record.value or b""):
            return None
        event = self._decode(record)
        return event if isinstance(event, ProviderCatalogueChangedV1) else None

    async def apply(
        self, work: SliceWork, events: Sequence[Decoded[ProviderCatalogueChangedV1 | None]]
    ) -> None:
        """Keep the newest within the slice's transaction, if it is newer than what is kept."""
        changed = [item.event for item in events if item.event is not None]
        if changed:
            await self._store.keep(max(changed, key=lambda event: event.version), work.session)


def consume_catalogue(runtime: Runtime, store: CatalogueStore) -> None:
    """``payops.checkout-rules`` → which pairs have refunds."""
    runtime.consume_slices(TRANSACTIONS_ON_CATALOGUE, CatalogueEvents(store))
