"""What happens next to a payment, in words: what is due by itself, and what nobody waits for."""

from collections.abc import Iterator

from backoffice.components.timeline import Moment
from backoffice.formatting.chips import REFUND, Family, Look
from backoffice.formatting.instants import read_instant
from backoffice.pages.transaction.reading import Detail
from backoffice.words import Words, word
from payops_contracts.money import format_money
from payops_contracts.payments import TransactionStatus
from payops_contracts.refunds import DisputeStatus, RefundStatus

MAIL = Look(Family.MOVING, "mail")
ASKS_AGAIN = REFUND[RefundStatus.REQUESTED]

_OF_REFUND = {
    RefundStatus.AWAITING_APPROVAL: word("The refund of %(amount)s waits for approval."),
    RefundStatus.REQUESTED: word(
        "The provider was asked to refund %(amount)s and has not answered yet."
    ),
    RefundStatus.PENDING: word("The provider is working on the refund of %(amount)s."),
    RefundStatus.UNKNOWN: word(
        "Nobody knows yet what became of the refund of %(amount)s. Its amount stays reserved, and "
        "it is asked for again as the same refund, so that it cannot be paid twice."
    ),
}


def planned_moments(detail: Detail, words: Words) -> list[Moment]:
    """What will happen by itself at an instant, soonest first."""
    return [_planned(row, detail, words) for row in detail["planned"]]


def sentences(detail: Detail, words: Words) -> list[str]:
    """Why the payment is as it is and what follows; the first one says whether anything is due."""
    return list(_sentences(detail, words))


def _planned(row: Detail, detail: Detail, words: Words) -> Moment:
    at = read_instant(row["at"])
    if row["kind"] == "mail_sent":
        more = [detail["user"]["email"] or ""]
        if row["attempts"]:
            more.append(words.many("tried once", "tried %(num)s times", row["attempts"]))
        return Moment(at, words("Mail to the customer"), MAIL, more=more, planned=True)
    refund = next(r for r in detail["refunds"] if r["refund_id"] == row["refund_id"])
    amount = format_money(refund["amount_minor"], refund["currency"], words.language)
    again = words("unless the provider has answered by then")
    what = words("Refund asked for again")
    return Moment(at, what, ASKS_AGAIN, amount=amount, more=[again], planned=True)


def _sentences(detail: Detail, words: Words) -> Iterator[str]:
    waiting, left = list(_waiting(detail, words)), _left(detail, words)
    if waiting or detail["planned"]:
        yield from [*waiting, *left]
    else:
        yield " ".join([_nothing(TransactionStatus(detail["overview"]["status"]), words), *left])


def _left(detail: Detail, words: Words) -> list[str]:
    refund = detail["actions"]["refund"]
    if not refund["allowed"]:
        return []
    currency = detail["payment"]["currency"]
    amount = format_money(refund["available_minor"], currency, words.language)
    return [words("%(amount)s can still be refunded.", amount=amount)]


def _waiting(detail: Detail, words: Words) -> Iterator[str]:
    """What others have to say first: the provider about refunds, the bank about disputes."""
    for refund in detail["refunds"]:
        said = _OF_REFUND.get(refund["status"])
        if said is not None:
            amount = format_money(refund["amount_minor"], refund["currency"], words.language)
            yield words(said, amount=amount)
    for dispute in detail["disputes"]:
        if dispute["status"] == DisputeStatus.OPEN:
            currency = detail["payment"]["currency"]
            amount = format_money(dispute["amount_minor"], currency, words.language)
            yield words(
                "The customer disputes %(amount)s. The outcome decides about the money; until then "
                "nothing can be refunded.",
                amount=amount,
            )


def _nothing(status: TransactionStatus, words: Words) -> str:
    match status:
        case TransactionStatus.CREATED:
            return words("The payment is not paid yet. It changes when the provider says so.")
        case TransactionStatus.FAILED:
            return words("Nothing is due. The customer may pay again, as another payment.")
        case TransactionStatus.TOTALLY_REFUNDED:
            return words("Nothing is due. All of it went back to the customer.")
        case TransactionStatus.PAID | TransactionStatus.PARTIALLY_REFUNDED:
            return words("Nothing is due.")
