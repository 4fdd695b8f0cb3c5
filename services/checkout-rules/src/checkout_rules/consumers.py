"""Which topics this service reads, and what takes them in: a table of contents."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from checkout_rules.domain.past import PastContext, learned, milliseconds
from checkout_rules.events import TRANSACTION_EVENTS, TransactionChanged
from checkout_rules.store.contexts import ContextStore
from payops_kernel.errors import DeadLetter
from payops_kernel.faults import crash_point
from payops_kernel.messaging import Decoded, Record, SliceWork, event_decoder


class ToldContext(NamedTuple):
    """What an event tells of a payment's context, with the trace that led to it."""

    context: PastContext
    traceparent: str | None


class PaymentContexts:
    """``payops.transactions`` → contexts of the past. A kernel ``SliceHandler``."""

    def __init__(self, store: ContextStore) -> None:
        self._store = store
        self._decode: Callable[[Record], TransactionChanged] = event_decoder(TRANSACTION_EVENTS)

    def decode(self, record: Record) -> ToldContext:
        """The context that a record tells; raises :class:`DeadLetter`."""
        event = self._decode(record)
        data = event["data"]
        if event["subject"] != data["transaction_id"]:
            raise DeadLetter("subject and data.transaction_id differ", reason="wrong_schema")
        context = PastContext(
            data["transaction_id"], int(event["sequence"]), milliseconds(data["created_at"]),
            data["amount_minor"], data["currency"], data["channel"], data["type"],
            data.get("attributes") or {},
        )  # fmt: skip
        return ToldContext(context, event.get("traceparent"))

    async def apply(self, work: SliceWork, events: Sequence[Decoded[ToldContext]]) -> None:
        """Take the slice's contexts in, within its transaction; nothing is published."""
        told = [item.event.context for item in events if item.event is not None]
        known = await self._store.known({each.transaction_id for each in told}, work.session)
        crash_point("consumer.after_load")
        found = learned(told, known)
        crash_point("consumer.after_fold")
        await self._store.learn(found, events[0].record.partition, work.session)
