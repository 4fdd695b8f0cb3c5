"""Which topics this service reads, and what takes them in: a table of contents."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from analytics.domain.payment_facts import PaymentFact
from analytics.domain.reporting_days import ReportingZone
from analytics.events import TRANSACTION_EVENTS, TransactionChanged
from analytics.store.payments import PaymentStore
from analytics.use_cases.record_payments import record_payments
from payops_contracts.refunds import AWAITING_ANSWER
from payops_kernel.errors import DeadLetter
from payops_kernel.messaging import Decoded, Record, SliceWork, event_decoder


class ObservedPayment(NamedTuple):
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
        fact = payment_fact(event, record.partition, self._zone)
        return ObservedPayment(fact, event.get("traceparent"))

    def fact(self, record: Record) -> PaymentFact:
        """As :meth:`decode`, the fact alone."""
        return self.decode(record).fact

    async def apply(self, work: SliceWork, events: Sequence[Decoded[ObservedPayment]]) -> None:
        """Take the slice's facts in, within its transaction; nothing is published."""
        facts = [item.event.fact for item in events if item.event is not None]
        await record_payments(self._store.within(work.session), facts)


def payment_fact(event: TransactionChanged, partition: int, zone: ReportingZone) -> PaymentFact:
    """A wire event in the domain's words; raises :class:`DeadLetter`."""
    data = event["data"]
    transaction_id, created_at = data["transaction_id"], data["created_at"]
    if event["subject"] != transaction_id:
        raise DeadLetter("subject and data.transaction_id differ", reason="wrong_schema")
    failure = data.get("failure")
    awaiting = [
        refund["amount_minor"]
        for refund in data.get("refunds", ())
        if refund["status"] in AWAITING_ANSWER
    ]
    return PaymentFact(
        transaction_id,
        int(event["sequence"]),
        partition,
        data["status"],
        data["amount_minor"],
        data["currency"],
        data["method"],
        data["channel"],
        data["provider"],
        data["type"],
        created_at,
        zone.day_of(created_at),
        data["total_refunded_minor"],
        None if failure is None else failure["code"],
        len(awaiting),
        sum(awaiting),
    )
