"""What happens next to a subscription, in words: where it stands, and what comes by itself. What
comes, and when, is the service's; nothing is decided here."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from backoffice.components.timeline import Moment
from backoffice.formatting.chips import SUBSCRIPTION, TRANSACTION, Look
from backoffice.formatting.instants import read_instant, shown_day
from backoffice.pages.subscriptions.reading import Detail
from backoffice.words import Words, word
from payops_contracts.labels import SUBSCRIPTION_END_REASON, label
from payops_contracts.money import format_money
from payops_contracts.payments import TransactionStatus
from payops_contracts.subscriptions import (
    BillingMode,
    SubscriptionHistoryEvent,
    SubscriptionStatus,
)

ANSWER = "answer"
ASKED = {
    SubscriptionHistoryEvent.PAYMENT_REQUESTED.value,
    SubscriptionHistoryEvent.PAYMENT_ASKED_AGAIN.value,
}
PAYMENT = TRANSACTION[TransactionStatus.CREATED]
ENDS = SUBSCRIPTION[SubscriptionStatus.NOT_ACTIVE]
REQUESTED = word("PayOps requests the payment")
TAKEN = word("The provider takes the payment")
PLANNED: Mapping[str, tuple[str, Look]] = {
    "missed": (
        word("A period falls due, missed if still On Hold"),
        SUBSCRIPTION[SubscriptionStatus.ON_HOLD],
    ),
    "cancellation": (word("It ends, because it was cancelled"), ENDS),
    "expiry": (word("It ends as agreed"), ENDS),
}
"""By what the service says that comes; payments and retries depend on who starts them."""


def day_of(said: str) -> date:
    """A calendar date of the gateway's."""
    return date.fromisoformat(said)


def planned_moments(detail: Detail, words: Words) -> list[Moment]:
    """What will happen by itself, soonest first."""
    return [
        _planned(each, detail, words) for each in detail["whats_next"] if each["what"] != ANSWER
    ]


def sentences(detail: Detail, words: Words) -> list[str]:
    """Where the subscription stands and why; then what is waited for."""
    return list(_sentences(detail, words))


def _planned(row: Mapping[str, Any], detail: Detail, words: Words) -> Moment:
    at, ours = read_instant(row["at"]), detail["billing"] == BillingMode.HUB
    amount = format_money(detail["amount_minor"], detail["currency"], words.language)
    match row["what"]:
        case "payment" if detail["started_at"] is None and not ours:
            return Moment(at, words("First payment"), PAYMENT, amount=amount, planned=True)
        case "payment":
            said = words(REQUESTED if ours else TAKEN)
            return Moment(at, said, PAYMENT, amount=amount, planned=True)
        case "retry" if ours:
            number, most = detail["failures"] + 1, detail["failures_max"]
            tries = words("Payment attempt %(number)s of %(most)s", number=number, most=most)
            return Moment(at, tries, PAYMENT, amount=amount, planned=True)
        case "retry":
            said = words("It ends, unless the provider has collected by then")
            return Moment(at, said, ENDS, planned=True)
    said, look = PLANNED.get(row["what"], (row["text"], ENDS))
    cancellation = detail["cancellation"] if row["what"] == "cancellation" else None
    more = [] if cancellation is None else [cancellation["by"], cancellation["reason"] or ""]
    return Moment(at, words(said), look, more=[each for each in more if each], planned=True)


def _sentences(detail: Detail, words: Words) -> Iterator[str]:
    match SubscriptionStatus(detail["status"]):
        case SubscriptionStatus.CREATED:
            yield words("Nothing was paid yet.")
        case SubscriptionStatus.ACTIVE:
            yield words("It is paid for.")
        case SubscriptionStatus.ON_HOLD:
            yield from _on_hold(detail, words)
        case SubscriptionStatus.NOT_ACTIVE:
            yield from _ended(detail, words)
            return
    yield from _awaited(detail, words)
    if detail["cancellation"] is not None:
        yield words("Until it ends, the cancellation can be undone.")
    elif not detail["whats_next"]:
        yield words("No further payment falls due.")


def _on_hold(detail: Detail, words: Words) -> Iterator[str]:
    failure = detail["failure"] or {}
    reason = failure.get("message") or failure.get("code")
    if reason:
        yield words("Its last payment failed: %(reason)s", reason=reason)
    else:
        yield words("Its last payment failed, and the provider gave no reason.")
    yield words(
        "That was attempt %(number)s of %(most)s. After the last one it ends; a payment before "
        "that has it go on.",
        number=detail["failures"],
        most=detail["failures_max"],
    )


def _ended(detail: Detail, words: Words) -> Iterator[str]:
    reason = label(SUBSCRIPTION_END_REASON, detail["end_reason"] or "")
    yield words("It has ended. %(reason)s.", reason=words(reason))
    yield words("Nothing is requested any more, and it does not begin again.")


def _awaited(detail: Detail, words: Words) -> Iterator[str]:
    """A payment that is asked for and not answered."""
    if not any(each["what"] == ANSWER for each in detail["whats_next"]):
        return
    asked = next((row for row in detail["history"] if row["event"] in ASKED), None)
    if asked is None or asked["period_on"] is None:
        yield words("A payment is requested, and not answered yet.")
        return
    day = shown_day(day_of(asked["period_on"]), words.language)
    yield words("The payment of %(day)s is requested, and not answered yet.", day=day)


def is_before(retry_at: str, day: str, detail: Detail) -> bool:
    """Whether a retry is due before the start of a day on which a period falls due."""
    starts = {each["period_on"]: each["due_at"] for each in detail["payment_dates"]}
    retry: datetime = read_instant(retry_at)
    if day in starts:
        return retry < read_instant(starts[day])
    return retry.date() < day_of(day)
