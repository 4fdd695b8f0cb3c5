"""Which topics this service reads, and what takes them in: a table of contents."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from analytics.domain.debit_facts import AttemptFact, ChargeFact
from analytics.domain.payment_facts import PaymentFact
from analytics.domain.reporting_days import ReportingZone
from analytics.events import (
    CHARGE_EVENTS,
    TRANSACTION_EVENTS,
    AttemptState,
    ChargeChanged,
    TransactionChanged,
)
from analytics.store.debits import DebitStore
from analytics.store.payments import PaymentStore
from analytics.use_cases.record_charges import record_charges
from analytics.use_cases.record_payments import record_payments
from payops_contracts.charges import AttemptStatus, Rail
from payops_contracts.rails import RETURNABLE
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


class ObservedCharge(NamedTuple):
    """One event as a fact, with the trace that led to it."""

    fact: ChargeFact
    traceparent: str | None


class ChargeFacts:
    """``payops.charges`` → charge facts and their buckets. A kernel ``SliceHandler``."""

    def __init__(self, store: DebitStore, zone: ReportingZone) -> None:
        self._store = store
        self._zone = zone
        self._decode: Callable[[Record], ChargeChanged] = event_decoder(CHARGE_EVENTS)

    def decode(self, record: Record) -> ObservedCharge:
        """The fact that a record tells; raises :class:`DeadLetter`."""
        event = self._decode(record)
        fact = charge_fact(event, record.partition, self._zone)
        return ObservedCharge(fact, event.get("traceparent"))

    async def apply(self, work: SliceWork, events: Sequence[Decoded[ObservedCharge]]) -> None:
        """Take the slice's facts in, within its transaction; nothing is published."""
        facts = [item.event.fact for item in events if item.event is not None]
        await record_charges(self._store.within(work.session), facts)


def charge_fact(event: ChargeChanged, partition: int, zone: ReportingZone) -> ChargeFact:
    """A wire event in the domain's words; raises :class:`DeadLetter`."""
    data = event["data"]
    charge_id, created_at, rail = data["charge_id"], data["created_at"], data["rail"]
    if event["subject"] != charge_id:
        raise DeadLetter("subject and data.charge_id differ", reason="wrong_schema")
    return ChargeFact(
        charge_id,
        int(event["sequence"]),
        partition,
        data["status"],
        data["amount_minor"],
        data["currency"],
        rail,
        data["tax_minor"],
        data["collected_minor"],
        data["mpass_number"],
        created_at,
        zone.day_of(created_at),
        data.get("next_retry_at"),
        len(data.get("exceptions", ())),
        tuple(_attempt_fact(each, rail, zone) for each in data.get("attempts", ())),
    )


def _attempt_fact(said: AttemptState, rail: Rail, zone: ReportingZone) -> AttemptFact:
    failure, succeeded_at = said.get("failure"), said.get("resolved_at")
    collected = said["status"] == AttemptStatus.FINALIZED and succeeded_at is not None
    until = succeeded_at + RETURNABLE[rail] if collected and succeeded_at else None
    return AttemptFact(
        said["debit_id"],
        said["number"],
        said["status"],
        said["submitted_at"],
        zone.day_of(said["submitted_at"]),
        said.get("batch_code"),
        None if failure is None else failure["code"],
        until,
        None if until is None else zone.day_of(until),
    )
