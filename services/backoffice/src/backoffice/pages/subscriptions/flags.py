"""What a person should know about a subscription, in words, with what to do about it."""

from collections.abc import Mapping

from backoffice.components.detail import Exceptional
from backoffice.formatting.chips import Family
from backoffice.pages.subscriptions.reading import Detail
from backoffice.words import Words, word
from payops_contracts.labels import SUBSCRIPTION_FLAG, label
from payops_contracts.subscriptions import SubscriptionFlag as Flag

SAID: Mapping[str, tuple[str, str, Family]] = {
    Flag.PAID_AFTER_END: (
        word("A payment was taken after it had ended."),
        word("It may have to go back: refund it from the payment's page."),
        Family.BAD,
    ),
    Flag.OTHER_CURRENCY: (
        word("A payment came in another currency."),
        word("It is not counted as a payment of this subscription. Ask the provider about it."),
        Family.CARE,
    ),
    Flag.UNANSWERED: (
        word("A requested payment is not answered in time."),
        word("It is asked for again as the same payment, so that it cannot be taken twice."),
        Family.CARE,
    ),
    Flag.OVERPAID: (
        word("It was paid more often than owed."),
        word("A period was paid twice, or a payment belongs to none: refund what is too much."),
        Family.BAD,
    ),
}
"""What each is, what to do about it, and how it weighs."""


def flagged(detail: Detail, words: Words) -> list[Exceptional]:
    """Its flags."""
    found = []
    for flag in detail["flags"]:
        what, mend, family = SAID.get(flag, (label(SUBSCRIPTION_FLAG, flag), "", Family.CARE))
        found.append(Exceptional(words(what), words(mend), family))
    return found
