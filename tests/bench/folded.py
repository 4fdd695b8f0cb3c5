"""What our transactions service writes for given events, made ahead with its own code.

The raw limit writes these very documents, so that it is the limit of this job and no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pymongo import DeleteOne, ReplaceOne

from bench.workload import Event
from payops_contracts import envelope
from payops_contracts.topics import TRANSACTIONS_ON_PAYMENTS
from payops_kernel.messaging import OutgoingMessage, event_decoder
from payops_kernel.messaging.records import Record
from payops_kernel.mongo import Database
from payops_kernel.ports import Headers
from transactions.domain.folding import fold
from transactions.domain.transaction import Transaction
from transactions.events import fact_of
from transactions.publishing import step_message
from transactions.store.transactions import TransactionStore

HEADERS: Headers = getattr(envelope, "STRUCTURED_HEADERS", ())
"""Earlier commits, which this may measure beside the present one, publish without."""


@dataclass(frozen=True, slots=True)
class Write:
    """One event's effect: the aggregate's document after it, and what it says to the world."""

    document: dict[str, Any]
    messages: tuple[OutgoingMessage, ...]
    beside: tuple[tuple[str, dict[str, Any] | ReplaceOne[Any] | DeleteOne], ...] = ()
    """What else it writes, by collection: new rows, rows written anew, rows that go."""

    by_id: bool = False
    """Whether a document is written anew by its ``_id`` alone, as repositories do."""

    @property
    def opens(self) -> bool:
        """Whether the document is new."""
        return bool(self.document["version"] == 1)


def writes_of(events: Sequence[Event], db: Database) -> list[Write]:
    """The write behind each event, in order; ``db`` is not touched."""
    store = TransactionStore(db)
    decode = event_decoder(TRANSACTIONS_ON_PAYMENTS.topic.events)
    known: dict[str, Transaction] = {}
    writes: list[Write] = []
    for offset, event in enumerate(events):
        fact = fact_of(decode(Record("", 0, offset, 0, event.key, event.value, ())))
        key = fact.transaction_id
        known[key] = aggregate = fold(known.get(key), fact)
        step = aggregate.step
        messages = () if step is None else (step_message(aggregate, step),)
        writes.append(Write(store.to_document(aggregate), messages))
    return writes


def domain_messages(events: Sequence[Event], db: Database) -> list[OutgoingMessage]:
    """The domain events that the upstream events lead to, in order."""
    return [message for write in writes_of(events, db) for message in write.messages]


def published(messages: Iterable[OutgoingMessage]) -> list[Event]:
    """Domain events as they stand in the log, with the headers that the relay gives them."""
    return [Event(each.key or b"", each.value or b"", HEADERS) for each in messages]
