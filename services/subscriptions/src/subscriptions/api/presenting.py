"""Subscriptions as they go over the wire."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from payops_contracts.labels import (
    BILLING_MODE,
    METHOD,
    PROVIDER,
    SUBSCRIPTION_END_REASON,
    SUBSCRIPTION_EVENT,
    SUBSCRIPTION_INTERVAL,
    SUBSCRIPTION_STATUS,
    TRANSACTION_STATUS,
    label,
)
from payops_contracts.money import format_money
from payops_kernel.errors import PayOpsError
from subscriptions.domain.billing import retry_at
from subscriptions.domain.cancelling import (
    check_cancelled,
    check_not_cancelled,
    renewal_day,
    what_follows,
)
from subscriptions.domain.facts import Failure
from subscriptions.domain.outlook import outlook
from subscriptions.domain.policies import Rules
from subscriptions.domain.subscription import HistoryRow, Payment, Subscription
from subscriptions.domain.upcoming import coming_days

Shown = dict[str, Any]

DATES_SHOWN = 12
PAYMENTS_SHOWN = 100


def subscription_detail(it: Subscription, rules: Rules, now: datetime) -> Shown:
    """A ``SubscriptionDetail``, as it stands ``now``."""
    owed, cancellation = it.owed, it.cancelling
    return {
        **_overview(it),
        "recurrence": _recurrence(it),
        "payment_dates": payment_dates(it, rules, DATES_SHOWN),
        "failures": 0 if owed is None else owed.failures,
        "failures_max": rules.policy.failures_max,
        "failure": None if owed is None else _failure(owed.failure),
        "retry_at": retry_at(it, rules),
        "paid_minor": it.paid_minor,
        "refunded_minor": it.refunded_minor,
        "missed": it.missed,
        "flags": sorted(it.flags),
        "cancellation": None if cancellation is None else cancellation._asdict(),
        "whats_next": [
            {**each._asdict(), "on": rules.zone.date_of(each.at)} for each in outlook(it, rules)
        ],
        "cancelling": _cancelling(it, rules, now),
        "payments": payments_of(it, it.newest_first[:PAYMENTS_SHOWN]),
        "payments_count": len(it.payments),
        "history": [_history_row(it, row) for row in reversed(it.history)],
        "version": it.version,
    }


def _overview(it: Subscription) -> Shown:
    terms, ended = it.terms, it.ended
    reason = None if ended is None else ended.reason
    return {
        "subscription_id": it.id,
        "created_at": terms.created_at,
        "status": it.status,
        "status_label": SUBSCRIPTION_STATUS[it.status],
        "end_reason": reason,
        "end_reason_label": None if reason is None else SUBSCRIPTION_END_REASON[reason],
        "end_detail": None if ended is None else ended.detail,
        "started_at": it.started_at,
        "ended_at": None if ended is None else ended.at,
        "provider": terms.provider,
        "provider_label": label(PROVIDER, terms.provider),
        "method": terms.method,
        "method_label": label(METHOD, terms.method),
        "billing": terms.billing,
        "billing_label": BILLING_MODE[terms.billing],
        "description": terms.description,
        "user": terms.customer._asdict(),
        "amount_minor": terms.amount_minor,
        "currency": terms.currency,
        "amount": format_money(terms.amount_minor, terms.currency),
    }


def _recurrence(it: Subscription) -> Shown:
    terms = it.terms.recurrence
    return {
        "interval": terms.interval,
        "interval_label": SUBSCRIPTION_INTERVAL[terms.interval],
        "interval_count": terms.every,
        "anchor_on": terms.anchor,
        "payments_max": terms.payments_max,
        "expires_on": terms.expires_on,
        "next_payment_on": it.next_payment_on,
        "payments_made": it.payments_made,
        "payments_left": it.payments_left,
    }


def payment_dates(it: Subscription, rules: Rules, most: int) -> list[Shown]:
    """The next ``PaymentDateOut``s, so many at most."""
    return [{"period_on": day, "due_at": rules.zone.start_of(day)} for day in coming_days(it, most)]


def payments_of(it: Subscription, payments: list[Payment]) -> list[Shown]:
    """A ``SubscriptionPaymentOut`` each."""
    notes = {row.transaction_id: row.note for row in it.history}
    return [_payment(it, each, notes.get(each.transaction_id)) for each in payments]


def _payment(it: Subscription, each: Payment, note: str | None) -> Shown:
    return {
        "transaction_id": each.transaction_id,
        "created_at": each.created_at,
        "amount_minor": each.amount_minor,
        "currency": each.currency,
        "amount": format_money(each.amount_minor, each.currency),
        "status": each.status,
        "status_label": TRANSACTION_STATUS[each.status],
        "refunded_minor": each.refunded_minor,
        "period_on": it.day_of(each.period),
        "failure": _failure(each.failure),
        "counted": each.currency == it.terms.currency,
        "note": note,
    }


def _failure(failure: Failure | None) -> Shown | None:
    return None if failure is None else failure._asdict()


def _history_row(it: Subscription, row: HistoryRow) -> Shown:
    return {
        "occurred_at": row.at,
        "event": row.event,
        "event_label": label(SUBSCRIPTION_EVENT, row.event),
        "status": row.status,
        "status_label": SUBSCRIPTION_STATUS[row.status],
        "applied": row.applied,
        "note": row.note,
        "transaction_id": row.transaction_id,
        "period_on": it.day_of(row.period),
        "amount_minor": row.amount_minor,
        "actor": row.actor,
        "reason": row.detail,
    }


def _cancelling(it: Subscription, rules: Rules, now: datetime) -> Shown:
    renewal = _possible(lambda: renewal_day(it, rules, now))
    at_once = _possible(lambda: check_not_cancelled(it))
    day = renewal.pop("value")
    del at_once["value"]
    undo = _possible(lambda: check_cancelled(it))
    del undo["value"]
    return {
        **at_once,
        "at_renewal": {
            **renewal,
            "effective_on": day,
            "says": what_follows(it, rules, day) if renewal["allowed"] else [],
        },
        "now": {**at_once, "says": what_follows(it, rules, None) if at_once["allowed"] else []},
        "undo": undo,
    }


def _possible(attempt: Callable[[], object]) -> Shown:
    """Whether it raises no refusal, and what it gives."""
    try:
        return {"allowed": True, "why_not": None, "value": attempt()}
    except PayOpsError as refusal:
        return {"allowed": False, "why_not": str(refusal), "value": None}
