"""Facts into subscriptions: checks first, then state, one row, one version.

A payment belongs to the period that its request names; one without a request to what is open or
owed, else to the period in which it was created. So the order of arrival moves no period.
"""

from datetime import datetime, timedelta
from typing import assert_never

from payops_contracts.payments import TransactionStatus
from payops_contracts.subscriptions import (
    EndReason,
    Interval,
    SubscriptionFlag,
    SubscriptionHistoryEvent,
)
from payops_kernel.errors import Park
from payops_kernel.facts import HistoryFull, IdentityContradiction
from subscriptions.domain.facts import PAID, CreatedFact, EndedFact, EndKind, Fact, PaymentFact
from subscriptions.domain.policies import MissedPeriods, Rules
from subscriptions.domain.requests import asked_period
from subscriptions.domain.subscription import (
    PAYMENTS_MAX,
    About,
    Ending,
    Owed,
    Payment,
    Subscription,
)

FAILED = TransactionStatus.FAILED
EARLY = timedelta(days=1)
"""A payment that is made so long before its period is that period's; none does so every day."""
DAILY_MAX = 2
"""Days between two payments, up to which one belongs to the day on which it is made."""
END_REASONS = {
    EndKind.REVOKED: EndReason.PAYMENT_METHOD_REVOKED,
    EndKind.ENDED: EndReason.ENDED_BY_PROVIDER,
}


def fold(subscription: Subscription | None, fact: Fact, rules: Rules) -> Subscription:
    """The subscription after a fact; unchanged when it has seen it.

    Raises :class:`IdentityContradiction` or :class:`HistoryFull` before changing anything, and
    ``Park`` for what is about a subscription that is not known yet.
    """
    if subscription is None:
        return _open(fact)
    subscription.step = subscription.contradiction = None
    if isinstance(fact, PaymentFact):
        _follow(subscription, fact, rules)
    elif subscription.has_seen(fact.cause):
        return subscription
    elif isinstance(fact, CreatedFact):
        _created_again(subscription, fact)
    elif isinstance(fact, EndedFact):
        _end(subscription, fact)
    else:
        assert_never(fact)
    return subscription


def _open(fact: Fact) -> Subscription:
    if not isinstance(fact, CreatedFact):
        raise Park(f"subscription '{fact.subscription_id}' is not known yet")
    subscription = Subscription(fact.terms)
    subscription.record(SubscriptionHistoryEvent.CREATED, fact.cause, None)
    return subscription


def _created_again(subscription: Subscription, fact: CreatedFact) -> None:
    said, known = fact.terms, subscription.terms
    if (said.amount_minor, said.currency) != (known.amount_minor, known.currency):
        raise IdentityContradiction(
            f"{said.amount_minor} {said.currency} for a subscription of "
            f"{known.amount_minor} {known.currency}"
        )
    note = "ignored: the subscription was known already"
    status = subscription.status
    subscription.record(SubscriptionHistoryEvent.CREATED, fact.cause, status, note=note)


def _end(subscription: Subscription, fact: EndedFact) -> None:
    event = SubscriptionHistoryEvent(fact.kind.value)
    before, about = subscription.status, About(detail=fact.reason)
    if subscription.ended is not None:
        note = "ignored: it had ended already"
        subscription.record(event, fact.cause, before, about, note=note)
        return
    close(subscription, Ending(fact.cause.occurred_at, END_REASONS[fact.kind], fact.reason))
    subscription.record(event, fact.cause, before, about)


def close(subscription: Subscription, ending: Ending) -> None:
    """It is Not Active: nothing is asked for any more, and nothing is to be cancelled."""
    subscription.ended = ending
    subscription.request = subscription.cancelling = None


def _follow(subscription: Subscription, fact: PaymentFact, rules: Rules) -> None:
    known = subscription.payments.get(fact.transaction_id)
    if known is not None and (fact.sequence <= known.sequence or _says(fact) == _of(known)):
        return
    if known is None and len(subscription.payments) >= PAYMENTS_MAX:
        raise HistoryFull(f"the subscription has {PAYMENTS_MAX} payments")
    counts = fact.currency == subscription.terms.currency
    period = _period(subscription, fact) if counts and known is None else None
    if known is not None:
        period = known.period
    payment = Payment(
        fact.transaction_id, fact.sequence, fact.status, fact.created_at, fact.amount_minor,
        fact.currency, fact.refunded_minor, fact.settled_at, fact.failure, period,
    )  # fmt: skip
    if not counts:
        _other_currency(subscription, fact, payment)
    elif fact.status in PAID and (known is None or not known.paid):
        _paid(subscription, fact, payment, rules)
    elif fact.status is FAILED and (known is None or known.status is not FAILED):
        _failed(subscription, fact, payment, rules)
    else:
        _changed(subscription, fact, payment, known)


def _says(fact: PaymentFact) -> tuple[object, ...]:
    return fact.status, fact.amount_minor, fact.currency, fact.refunded_minor, fact.failure


def _of(known: Payment) -> tuple[object, ...]:
    return known.status, known.amount_minor, known.currency, known.refunded_minor, known.failure


def _period(subscription: Subscription, fact: PaymentFact) -> int:
    request, owed = subscription.request, subscription.owed
    asked = asked_period(subscription, fact.request_id, fact.created_on)
    if asked is not None:
        return asked
    if request is not None:
        return request.period
    if owed is not None and fact.created_at >= owed.failed_at:
        return owed.period
    recurrence = subscription.terms.recurrence
    often = recurrence.interval is Interval.DAY and recurrence.every <= DAILY_MAX
    return recurrence.number_on(fact.created_on if often else fact.created_on + EARLY)


def _about(fact: PaymentFact, payment: Payment, amount_minor: int | None = None) -> About:
    failure = fact.failure
    return About(
        fact.transaction_id,
        payment.period,
        fact.amount_minor if amount_minor is None else amount_minor,
        fact.request_id,
        detail=None if failure is None else failure.message or failure.code,
    )


def _other_currency(subscription: Subscription, fact: PaymentFact, payment: Payment) -> None:
    before = subscription.status
    subscription.payments[fact.transaction_id] = payment
    subscription.flags.add(SubscriptionFlag.OTHER_CURRENCY)
    note = f"not counted: it is in {fact.currency}, and the subscription in "
    note += subscription.terms.currency
    event = SubscriptionHistoryEvent.PAYMENT_CHANGED
    subscription.record(event, fact.cause, before, About(fact.transaction_id), note=note)


def _paid(subscription: Subscription, fact: PaymentFact, payment: Payment, rules: Rules) -> None:
    before, note = subscription.status, None
    at = fact.settled_at or fact.cause.occurred_at
    twice = payment.period in subscription.paid_periods
    owed, ended = subscription.owed, subscription.ended
    was_owed = owed is not None and owed.period == payment.period
    subscription.payments[fact.transaction_id] = payment
    if ended is not None and (at > ended.at or (was_owed and ended.reason is EndReason.ABORTED)):
        subscription.flags.add(SubscriptionFlag.PAID_AFTER_END)
        note = "kept: it had ended already"
    if twice:
        subscription.flags.add(SubscriptionFlag.OVERPAID)
        note = "kept: the period was paid already"
    _answered(subscription, payment)
    if was_owed:
        subscription.owed, subscription.recovered_at = None, at
        if ended is None and rules.policy.missed_periods is MissedPeriods.SKIP:
            _miss_until(subscription, at, rules)
    event = SubscriptionHistoryEvent.PAYMENT_PAID
    subscription.record(event, fact.cause, before, _about(fact, payment), note=note)


def _miss_until(subscription: Subscription, at: datetime, rules: Rules) -> None:
    """Just what fell due until it was paid for: not more, where that became known late."""
    terms, zone = subscription.terms.recurrence, rules.zone
    while (missed := subscription.missed) and zone.start_of(missed[-1]) > at:
        if terms.day(subscription.next - 1) != missed.pop():
            return
        subscription.next -= 1
    while (day := terms.payable(subscription.next)) is not None and zone.start_of(day) <= at:
        missed.append(day)
        subscription.next += 1


def _failed(subscription: Subscription, fact: PaymentFact, payment: Payment, rules: Rules) -> None:
    before = subscription.status
    at = fact.settled_at or fact.cause.occurred_at
    note = _why_nothing_follows(subscription, payment)
    subscription.payments[fact.transaction_id] = payment
    _answered(subscription, payment)
    event = SubscriptionHistoryEvent.PAYMENT_FAILED
    period, owed = payment.period, subscription.owed
    if note is None and period is not None:
        last = Owed(period, 1, at, fact.failure)
        if owed is not None:  # the latest failure counts, not the one that was told last
            last = max(owed, last, key=lambda each: each.failed_at)
            last = last._replace(failures=owed.failures + 1)
        subscription.owed = last
        if last.failures >= rules.policy.failures_max:
            close(subscription, Ending(last.failed_at, EndReason.ABORTED))
    subscription.record(event, fact.cause, before, _about(fact, payment), note=note)


def _why_nothing_follows(subscription: Subscription, payment: Payment) -> str | None:
    owed, period = subscription.owed, payment.period
    if subscription.ended is not None:
        return "ignored: it had ended already"
    if period in subscription.paid_periods:
        return "ignored: the period is paid"
    if owed is not None and owed.period != period:
        return "ignored: another period is owed"
    others = subscription.payments.values()
    if any(each.paid and each.created_at > payment.created_at for each in others):
        return "ignored: it was paid for since"
    return None


def _answered(subscription: Subscription, payment: Payment) -> None:
    """What was asked for is answered, and its period is not asked for anew."""
    period, request = payment.period, subscription.request
    if request is not None and request.period == period:
        subscription.request = None
        subscription.flags.discard(SubscriptionFlag.UNANSWERED)
    if period is not None:
        subscription.next = max(subscription.next, period + 1)


def _changed(
    subscription: Subscription, fact: PaymentFact, payment: Payment, known: Payment | None
) -> None:
    before = subscription.status
    subscription.payments[fact.transaction_id] = payment
    refunded = fact.refunded_minor - (0 if known is None else known.refunded_minor)
    if refunded:
        event = SubscriptionHistoryEvent.PAYMENT_REFUNDED
    elif known is None:
        event = SubscriptionHistoryEvent.PAYMENT_PENDING
    else:
        event = SubscriptionHistoryEvent.PAYMENT_CHANGED
    about = _about(fact, payment, abs(refunded) or None)
    subscription.record(event, fact.cause, before, about)
