"""Which topics this service reads, and what takes them in: a table of contents."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Generic, NamedTuple

from analytics.domain.day_buckets import F
from analytics.domain.debit_facts import AttemptFact, ChargeFact
from analytics.domain.payment_facts import PaymentFact
from analytics.domain.reporting_days import ReportingZone
from analytics.domain.subscription_facts import SubscriptionFact, has_run
from analytics.events import (
    CHANGED_SUBSCRIPTIONS,
    CHARGE_EVENTS,
    TRANSACTION_EVENTS,
    AttemptState,
    ChargeChanged,
    SubscriptionChanged,
    TransactionChanged,
)
from analytics.store.day_buckets import DayStore
from analytics.store.debits import DebitStore
from analytics.store.payments import PaymentStore
from analytics.store.subscriptions import SubscriptionStore
from analytics.use_cases.record_facts import record_facts
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


class Observed(NamedTuple, Generic[F]):
    """One event as a fact, with the trace that led to it."""

    fact: F
    traceparent: str | None


class DayFacts(Generic[F]):
    """Events → facts and their buckets of days. A kernel ``SliceHandler``."""

    def __init__(self, store: DayStore[F], events: Any, fact_of: Callable[[Any, int], F]) -> None:
        """``fact_of`` makes a fact of a decoded event and its partition."""
        self._store = store
        self._fact_of = fact_of
        self._decode: Callable[[Record], Any] = event_decoder(events)

    def decode(self, record: Record) -> Observed[F]:
        """The fact that a record tells; raises :class:`DeadLetter`."""
        event = self._decode(record)
        return Observed(self._fact_of(event, record.partition), event.get("traceparent"))

    async def apply(self, work: SliceWork, events: Sequence[Decoded[Observed[F]]]) -> None:
        """Take the slice's facts in, within its transaction; nothing is published."""
        facts = [item.event.fact for item in events if item.event is not None]
        await record_facts(self._store.within(work.session), facts)


class ChargeFacts(DayFacts[ChargeFact]):
    """``payops.charges`` → charge facts."""

    def __init__(self, store: DebitStore, zone: ReportingZone) -> None:
        super().__init__(store, CHARGE_EVENTS, partial(charge_fact, zone=zone))


class SubscriptionFacts(DayFacts[SubscriptionFact]):
    """``payops.subscriptions`` → subscription facts."""

    def __init__(self, store: SubscriptionStore, zone: ReportingZone) -> None:
        super().__init__(store, CHANGED_SUBSCRIPTIONS, partial(subscription_fact, zone=zone))


def subscription_fact(
    event: SubscriptionChanged, partition: int, zone: ReportingZone
) -> SubscriptionFact:
    """A wire event in the domain's words; raises :class:`DeadLetter`."""
    data = event["data"]
    if event["subject"] != data["subscription_id"]:
        raise DeadLetter("subject and data.subscription_id differ", reason="wrong_schema")
    started_at, ended_at = data.get("started_at"), data.get("ended_at")
    ran = has_run(started_at, ended_at)
    return SubscriptionFact(
        data["subscription_id"],
        int(event["sequence"]),
        partition,
        data["status"],
        data["currency"],
        data["amount_minor"],
        data["recurrence"]["interval"],
        data["recurrence"]["interval_count"],
        data["created_at"],
        zone.day_of(data["created_at"]),
        data.get("end_reason"),
        started_at,
        ended_at,
        zone.day_of(started_at) if ran and started_at else None,
        zone.day_of(ended_at) if ran and ended_at else None,
    )


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
