"""The days on which the next payments of a subscription fall due."""

from datetime import date

from subscriptions.domain.subscription import Subscription


def coming_days(subscription: Subscription, most: int) -> list[date]:
    """So many at most, in order, from the next payment on; none after its end."""
    if subscription.next_payment_on is None:
        return []
    terms, cancelling = subscription.terms.recurrence, subscription.cancelling
    if terms.payments_max is not None:
        open_ = {each.period for each in (subscription.owed, subscription.request) if each}
        most = min(most, terms.payments_max - len(subscription.paid_periods | open_))
    days = terms.days(subscription.next, most)
    if cancelling is None:
        return days
    return [day for day in days if day < cancelling.effective_on]
