"""What contradicts itself about a payment, told in words, with what to do about it."""

from collections.abc import Iterator

from backoffice.components.detail import Exceptional
from backoffice.formatting.chips import Family
from backoffice.pages.transaction.reading import Detail
from backoffice.words import Words
from payops_contracts.money import format_money
from payops_contracts.payments import HistoryEvent, TransactionFlag
from payops_contracts.refunds import DisputeStatus


def exceptions(detail: Detail, words: Words) -> list[Exceptional]:
    """In the order in which they weigh."""
    told = list(_of_flags(detail, words))
    contradicted = sum(row["event"] == HistoryEvent.EVENT_CONTRADICTED for row in detail["history"])
    if contradicted:
        told.append(
            Exceptional(
                words.many(
                    "The provider sent an event again with other content.",
                    "The provider sent %(num)s events again with other content.",
                    contradicted,
                ),
                words(
                    "What was said first counts. Compare the payment with the provider's own "
                    "records; the history has the digests of both."
                ),
            )
        )
    return told


def _of_flags(detail: Detail, words: Words) -> Iterator[Exceptional]:
    flags = set(detail["overview"]["flags"])
    if TransactionFlag.REFUNDED_OVER_AMOUNT in flags:
        yield _over_amount(detail, words)
    if TransactionFlag.CUSTOMER_TOLD_REFUNDED in flags:
        yield Exceptional(
            words("The customer was mailed of a refund that has failed since."),
            words("Send a notification: it is the correction, and says what came back."),
            Family.BAD,
            action="notify",
        )
    if TransactionFlag.REFUND_RETURNED in flags:
        yield _returned(detail, words)
    if TransactionFlag.FAILED_AND_PAID in flags:
        yield Exceptional(
            words("The provider reported this payment both failed and paid."),
            words(
                "Paid counts. Look up in the provider's own records whether the money arrived "
                "before you ship or refund anything."
            ),
        )
    if TransactionFlag.REFUNDED_BEFORE_PAID in flags:
        yield Exceptional(
            words("The provider refunded this payment, and never reported it paid."),
            words(
                "Ask the provider for the missing report; the payment becomes Partially or Totally "
                "Refunded as soon as it arrives."
            ),
        )


def _over_amount(detail: Detail, words: Words) -> Exceptional:
    payment = detail["payment"]
    lost = sum(
        dispute["lost_minor"] or 0
        for dispute in detail["disputes"]
        if dispute["status"] == DisputeStatus.LOST
    )
    over = payment["total_refunded_minor"] + lost - payment["amount_minor"]
    return Exceptional(
        words(
            "%(amount)s more went back than was paid.",
            amount=format_money(over, payment["currency"], words.language),
        ),
        words(
            "Nothing more can be refunded here. Settle the difference with the provider or the "
            "customer; the refunds and disputes below add up to it."
        ),
        Family.BAD,
    )


def _returned(detail: Detail, words: Words) -> Exceptional:
    back = [refund for refund in detail["refunds"] if refund["returned"]]
    amount = sum(refund["amount_minor"] for refund in back)
    allowed = detail["actions"]["refund"]["allowed"]
    return Exceptional(
        words.many(
            "A refund of %(amount)s came back after it had succeeded.",
            "%(num)s refunds, %(amount)s together, came back after they had succeeded.",
            len(back),
            amount=format_money(amount, detail["payment"]["currency"], words.language),
        ),
        words(
            "The customer does not have this money, and it can be refunded again. Check with them "
            "that their card or account still takes refunds."
        )
        if allowed
        else words("The customer does not have this money. Agree with them on another way."),
        action="refund" if allowed else None,
    )
