"""Which topics this service reads, and what takes them in: a table of contents."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from analytics.domain.payment_facts import PaymentFact
from analytics.domain.reporting_days import ReportingZone
from analytics.events import TRANSACTION_EVENTS, TransactionChanged
from analytics.store.payments import PaymentStore
from analytics.use_cases.record_payments import record_payments
from payops_kernel.errors import DeadLetter
from payops_kernel.messaging import Decoded, Record, SliceWork, event_decoder


@dataclass(frozen=True, slots=True)
class ObservedPayment:
    """One event as a fact, with the trace that led to it."""

    fact: PaymentFact
    traceparent: str | None


class PaymentFacts:
    """``payops.transactions`` → payment facts and their buckets. A kernel ``SliceHandler``."""

    def __init__(self, store: PaymentStore, zone: ReportingZone) -> None:
        self._store = store
        self._zone = zone
        self._decode: Callable[[Record], TransactionChanged] = event_decoder(TRANSACTION_EVENTS)

    def decode(self, record: Record) -> ObservedPayment:
        """The fact that a record tells; raises :class:`DeadLetter`."""
        event = self._decode(record)
        return ObservedPayment(payment_fact(event, record.partition, self._zone), event.traceparent)

    async def apply(self, work: SliceWork, events: Sequence[Decoded[ObservedPayment]]) -> None:
        """Take the slice's facts in, within its transaction; nothing is published."""
        facts = [item.event.fact for item in events if item.event is not None]
        await record_payments(self._store.within(work.session), facts)


def payment_fact(event: TransactionChanged, partition: int, zone: ReportingZone) -> PaymentFact:
    """A wire event in the domain's words; raises :class:`DeadLetter`."""
    data = event.data
    if event.subject != data.transaction_id:
        raise DeadLetter("subject and data.transaction_id differ", reason="wrong_schema")
    return PaymentFact(
        transaction_id=data.transaction_id,
        version=int(event.sequence),
        partition=partition,
        status=data.status.value,
        amount_minor=data.amount_minor,
        currency=data.currency,
        method=data.method,
        channel=data.channel,
        provider=data.provider,
        type=data.type.value,
        created_at=data.created_at,
        day=zone.day_of(data.created_at),
        total_refunded_minor=data.total_refunded_minor,
    )
