"""Wire events in the domain's own words."""

from payops_contracts.descriptions import Failure as ToldFailure
from payops_contracts.descriptions import User
from payops_contracts.ids import SubscriptionId
from payops_contracts.payments import TransactionEvent, TransactionStatus
from payops_contracts.subscription_facts import (
    PaymentMethodRevokedV1,
    SubscriptionCreatedData,
    SubscriptionCreatedV1,
    SubscriptionEndedByProviderV1,
    UpstreamSubscriptionEvent,
)
from payops_kernel.contradictions import digester
from payops_kernel.errors import DeadLetter
from payops_kernel.facts import cause_of
from payops_kernel.one_line import one_line
from payops_kernel.zones import Zone
from subscriptions.domain.facts import (
    Cause,
    CreatedFact,
    Customer,
    EndedFact,
    EndKind,
    Fact,
    Failure,
    PaymentFact,
    Terms,
)
from subscriptions.domain.recurrence import Recurrence

_digest = digester(UpstreamSubscriptionEvent)
_ENDS = {
    PaymentMethodRevokedV1: EndKind.REVOKED,
    SubscriptionEndedByProviderV1: EndKind.ENDED,
}
TRANSACTIONS = "/payops/transactions"


class Facts:
    """Facts out of events; days are those of the billing zone."""

    def __init__(self, zone: Zone) -> None:
        self._zone = zone

    def upstream(self, event: UpstreamSubscriptionEvent) -> Fact:
        """What an event of ``upstream.subscriptions`` states; ``DeadLetter`` when it could never
        be paid."""
        cause = cause_of(event, _digest(event))
        if isinstance(event, SubscriptionCreatedV1):
            return CreatedFact(cause, self._terms(event.data))
        data = event.data
        reason = data.reason and (one_line(data.reason) or None)
        return EndedFact(cause, data.subscription_id, _ENDS[type(event)], reason)

    def _terms(self, data: SubscriptionCreatedData) -> Terms:
        try:
            anchor = data.first_payment_on or self._zone.date_of(data.created_at)
        except OverflowError:
            raise DeadLetter(
                "the day of created_at lies outside the calendar", reason="outside_the_calendar"
            ) from None
        if data.expires_on is not None and data.expires_on < anchor:
            raise DeadLetter("expires_on lies before the first payment", reason="wrong_schema")
        recurrence = Recurrence(
            data.interval, data.interval_count, anchor, data.payments_max, data.expires_on
        )
        return Terms(
            data.subscription_id,
            data.created_at,
            _customer(data.user),
            data.amount_minor,
            data.currency,
            data.provider,
            data.method,
            data.billing,
            recurrence,
            data.first_payment_on is not None,
            data.description and (one_line(data.description) or None),
        )

    def payment(self, event: TransactionEvent) -> PaymentFact:
        """What an event of ``payops.transactions`` says to its subscription, if it has one."""
        data, change = event.data, event.data.change
        named = data.subscription_id
        failed = data.status is TransactionStatus.FAILED
        try:
            created_on = self._zone.date_of(data.created_at)
        except OverflowError:
            raise DeadLetter(
                "the day of created_at lies outside the calendar", reason="outside_the_calendar"
            ) from None
        return PaymentFact(
            Cause(
                TRANSACTIONS, event.id, change.occurred_at, event.traceparent, event.correlationid
            ),
            None if named is None else SubscriptionId(named),
            data.transaction_id,
            event.version,
            data.status,
            data.created_at,
            created_on,
            data.amount_minor,
            data.currency,
            data.total_refunded_minor,
            data.failed_at if failed else data.paid_at,
            _failure(data.failure) if failed else None,
            data.payment_request_id,
        )


def _customer(user: User) -> Customer:
    return Customer(user.id, user.name and (one_line(user.name) or None), user.email, user.phone)


def _failure(told: ToldFailure | None) -> Failure | None:
    if told is None:
        return None
    return Failure(told.code, told.message and (one_line(told.message) or None))
