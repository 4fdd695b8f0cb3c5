"""What happened to a subscription, as moments."""

from collections.abc import Mapping
from typing import Any

from backoffice.components.timeline import Moment
from backoffice.formatting.chips import SUBSCRIPTION, TRANSACTION, UNKNOWN, Family, Look
from backoffice.formatting.instants import read_instant, shown_day
from backoffice.pages.subscriptions.next_steps import day_of
from backoffice.pages.subscriptions.reading import Detail
from backoffice.words import Words, word
from payops_contracts.labels import SUBSCRIPTION_EVENT, SUBSCRIPTION_STATUS, label
from payops_contracts.money import format_money
from payops_contracts.payments import TransactionStatus
from payops_contracts.subscriptions import SubscriptionHistoryEvent as Event
from payops_contracts.subscriptions import SubscriptionStatus

ENDED = SUBSCRIPTION[SubscriptionStatus.NOT_ACTIVE]
ASKED = Look(Family.MOVING, "send")
LOOKS: Mapping[str, Look] = {
    Event.CREATED: SUBSCRIPTION[SubscriptionStatus.CREATED],
    Event.PAYMENT_REQUESTED: ASKED,
    Event.PAYMENT_ASKED_AGAIN: ASKED,
    Event.PAYMENT_PENDING: TRANSACTION[TransactionStatus.CREATED],
    Event.PAYMENT_PAID: TRANSACTION[TransactionStatus.PAID],
    Event.PAYMENT_FAILED: TRANSACTION[TransactionStatus.FAILED],
    Event.PAYMENT_REFUNDED: TRANSACTION[TransactionStatus.TOTALLY_REFUNDED],
    Event.PAYMENT_CHANGED: Look(Family.OFF, "pencil"),
    Event.PERIOD_MISSED: SUBSCRIPTION[SubscriptionStatus.ON_HOLD],
    Event.CANCELLATION_REQUESTED: Look(Family.CARE, "calendar-clock"),
    Event.CANCELLATION_WITHDRAWN: SUBSCRIPTION[SubscriptionStatus.ACTIVE],
    Event.CANCELLED: ENDED,
    Event.EXPIRED: ENDED,
    Event.ABORTED: ENDED,
    Event.PAYMENT_METHOD_REVOKED: ENDED,
    Event.ENDED_BY_PROVIDER: ENDED,
    Event.EVENT_CONTRADICTED: Look(Family.CARE, "triangle-alert"),
}
UPSTREAM, SYSTEM, ASKED_FOR = word("upstream"), word("system"), word("Asked for")
BY_ITSELF = frozenset(
    {
        Event.PAYMENT_REQUESTED, Event.PAYMENT_ASKED_AGAIN, Event.PERIOD_MISSED, Event.EXPIRED,
        Event.ABORTED, Event.CANCELLED,
    }
)  # fmt: skip
"""What the service does; of the rest upstream tells, or a person is its actor."""
UNMOVED = frozenset(
    {
        Event.PAYMENT_REQUESTED, Event.PAYMENT_ASKED_AGAIN, Event.PAYMENT_PENDING,
        Event.PAYMENT_FAILED,
    }
)  # fmt: skip
"""They are about an amount that was not paid."""


EVENTS_SHOWN = 200
"""A daily subscription has more in some months; its payments are paged."""


def moments(detail: Detail, words: Words) -> list[Moment]:
    """The events of a subscription, newest first; of many the newest, and how many there are."""
    rows, currency = detail["history"], detail["currency"]
    shown = [_moment(row, currency, words) for row in rows[:EVENTS_SHOWN]]
    older = len(rows) - len(shown)
    if older:
        at = read_instant(rows[EVENTS_SHOWN]["occurred_at"])
        said = words.many(
            "%(num)s older event is not shown", "%(num)s older events are not shown", older
        )
        shown.append(Moment(at=at, what=said))
    return shown


def _moment(row: Mapping[str, Any], currency: str, words: Words) -> Moment:
    minor, event = row["amount_minor"], row["event"]
    said = label(SUBSCRIPTION_EVENT, event)
    return Moment(
        at=read_instant(row["occurred_at"]),
        what=words(said),
        look=LOOKS.get(event, UNKNOWN),
        amount=None if minor is None else format_money(minor, currency, words.language),
        amount_note=words(ASKED_FOR) if event in UNMOVED else None,
        more=[part for part in _more(row, words) if part],
        minor=not row["applied"] and event != Event.EVENT_CONTRADICTED,
    )


def _more(row: Mapping[str, Any], words: Words) -> list[str]:
    period, reason, note = row["period_on"], row["reason"], row["note"] or ""
    status = label(SUBSCRIPTION_STATUS, row["status"])
    by = SYSTEM if row["event"] in BY_ITSELF else UPSTREAM
    day = "" if period is None else shown_day(day_of(period), words.language)
    return [
        words(status),
        row["actor"] or words(by),
        words("for %(day)s", day=day) if day else "",
        row["transaction_id"] or "",
        f"“{words(reason)}”" if reason else "",
        words(note),
    ]
