"""A payment's history as moments: icon of the state, event, amount, who did it and why."""

from collections.abc import Mapping

from backoffice.components.timeline import Moment
from backoffice.formatting.chips import DISPUTE, REFUND, TRANSACTION, UNKNOWN, Family, Look
from backoffice.formatting.instants import read_instant
from backoffice.pages.transaction.reading import Detail
from backoffice.words import Words, word
from payops_contracts.labels import TRANSACTION_EVENT, label
from payops_contracts.money import format_money
from payops_contracts.payments import HistoryEvent as Event
from payops_contracts.payments import TransactionStatus as Status
from payops_contracts.refunds import DisputeStatus, RefundStatus

LOOKS: Mapping[str, Look] = {
    Event.PAYMENT_CREATED: TRANSACTION[Status.CREATED],
    Event.PAYMENT_PENDING: Look(Family.MOVING, "hourglass"),
    Event.PAYMENT_PAID: TRANSACTION[Status.PAID],
    Event.PAYMENT_FAILED: TRANSACTION[Status.FAILED],
    Event.REFUND_REQUESTED: REFUND[RefundStatus.REQUESTED],
    Event.REFUND_PENDING: REFUND[RefundStatus.PENDING],
    Event.REFUND_UNKNOWN: REFUND[RefundStatus.UNKNOWN],
    Event.REFUND_SUCCEEDED: REFUND[RefundStatus.SUCCEEDED],
    Event.REFUND_FAILED: REFUND[RefundStatus.FAILED],
    Event.DISPUTE_OPENED: DISPUTE[DisputeStatus.OPEN],
    Event.DISPUTE_WON: DISPUTE[DisputeStatus.WON],
    Event.DISPUTE_LOST: DISPUTE[DisputeStatus.LOST],
    Event.EVENT_CONTRADICTED: Look(Family.CARE, "triangle-alert"),
    Event.INVOICE_ISSUED: Look(Family.OFF, "file-text"),
    Event.INVOICE_FAILED: Look(Family.BAD, "file-x"),
    Event.CREDIT_NOTE_ISSUED: Look(Family.OFF, "file-text"),
    Event.CREDIT_NOTE_FAILED: Look(Family.BAD, "file-x"),
    Event.NOTIFICATION_SENT: Look(Family.OFF, "mail"),
    Event.NOTIFICATION_FAILED: Look(Family.BAD, "mail-x"),
}
UPSTREAM = word("upstream")
CAME_BACK, ASKED_FOR = word("Came back"), word("Asked for")
_BY_ITSELF = {
    Event.NOTIFICATION_SENT: word("system"),
    Event.NOTIFICATION_FAILED: word("system"),
    Event.REFUND_UNKNOWN: word("system"),
}
"""Who did it, where no person did."""
REPEATS = frozenset({Event.PAYMENT_PENDING, Event.REFUND_PENDING, Event.REFUND_UNKNOWN})
"""They tell that something goes on, which the moment before and after them tell too."""
ANSWERS = frozenset({Event.REFUND_PENDING, Event.REFUND_SUCCEEDED, Event.REFUND_FAILED})
UNMOVED = REPEATS | {Event.REFUND_REQUESTED, Event.REFUND_FAILED}
"""They are about a refund's amount, which has not gone back."""
PAYMENT = {
    Event.PAYMENT_CREATED,
    Event.PAYMENT_PENDING,
    Event.PAYMENT_PAID,
    Event.PAYMENT_FAILED,
}
"""Where they are applied, their names are the status that they lead to."""


def moments(detail: Detail, words: Words) -> list[Moment]:
    """The history, newest first."""
    refunds = {refund["refund_id"]: refund for refund in detail["refunds"]}
    return [
        _moment(row, refunds.get(row["refund_id"]), detail["payment"], words)
        for row in detail["history"]
    ]


def _moment(row: Detail, refund: Detail | None, payment: Detail, words: Words) -> Moment:
    amount, note = _amount(row, refund, payment, words)
    source = _source(row, refund)
    contradiction = row["event"] == Event.EVENT_CONTRADICTED
    return Moment(
        at=read_instant(row["at"]),
        what=words(label(TRANSACTION_EVENT, row["event"])),
        look=LOOKS.get(row["event"], UNKNOWN),
        amount=amount,
        amount_note=note,
        more=[part for part in _more(row, refund, source, words) if part],
        source=source or "",
        minor=not contradiction and (not row["applied"] or row["event"] in REPEATS),
    )


def _amount(
    row: Detail, refund: Detail | None, payment: Detail, words: Words
) -> tuple[str | None, str | None]:
    """What was paid, refunded or came back; where no money moved, what was asked for."""
    minor, note = _moved(row, refund, payment)
    if minor is None:
        return None, None
    return format_money(minor, payment["currency"], words.language), note and words(note)


def _moved(row: Detail, refund: Detail | None, payment: Detail) -> tuple[int | None, str | None]:
    if row["refunded_minor"] is not None:
        return row["refunded_minor"], None
    if row["returned_minor"] is not None:
        return -row["returned_minor"], CAME_BACK
    if not row["applied"]:
        return None, None
    if row["event"] in PAYMENT:
        paid = row["event"] == Event.PAYMENT_PAID
        return payment["amount_minor"], None if paid else ASKED_FOR
    if refund is not None and row["event"] in UNMOVED:
        return refund["amount_minor"], ASKED_FOR
    return None, None


def _more(row: Detail, refund: Detail | None, source: str | None, words: Words) -> list[str | None]:
    requested = refund is not None and row["event"] == Event.REFUND_REQUESTED
    reason = refund["reason"] if refund is not None and requested else None
    status, note = row["status_label"], row["note"] or ""
    return [
        None if row["applied"] and row["event"] in PAYMENT else words(status),
        (not source and row["actor"]) or words(_BY_ITSELF.get(row["event"], UPSTREAM)),
        f"“{reason}”" if reason else None,
        words(note),
    ]


def _source(row: Detail, refund: Detail | None) -> str | None:
    """What told of a refund that nobody here asked for: a system's address, not a name."""
    told = refund is not None and refund["external"] and row["event"] in ANSWERS
    return row["actor"] if told else None
