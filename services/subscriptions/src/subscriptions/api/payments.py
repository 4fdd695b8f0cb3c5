"""The payments of a subscription, in pages: they are read with it, and cut here."""

from dataclasses import replace
from typing import Any

from payops_kernel.http.lists import ListResource, Page, PageRequest, SortField, close_page
from subscriptions.domain.subscription import Payment, Subscription

PAYMENT_LIST = ListResource(
    "subscription-payments", {"created_at": SortField("created_at")}, "-created_at"
)


def page_of_payments(subscription: Subscription, page: PageRequest) -> Page:
    """One page; its items hold the payment under ``payment``."""
    descends = page.sort.keys[0].direction < 0
    found = subscription.newest_first
    if descends == page.backward:
        found.reverse()
    if page.cursor is not None:
        place = tuple(page.cursor.values)
        found = [each for each in found if _beyond(each, place, descends != page.backward)]
    rows = [_row(each) for each in found[: page.limit + 1]]
    return replace(close_page(page, rows), total=len(subscription.payments))


def _beyond(payment: Payment, place: tuple[Any, ...], downwards: bool) -> bool:
    at = (payment.created_at, payment.transaction_id)
    return at < place if downwards else at > place


def _row(payment: Payment) -> dict[str, Any]:
    return {
        "created_at": payment.created_at,
        "_id": payment.transaction_id,
        "payment": payment,
    }
