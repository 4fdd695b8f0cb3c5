"""Who may be mailed about what, and when."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from enum import StrEnum

from payops_contracts.ids import RefundId
from payops_contracts.payments import HistoryEvent, TransactionStatus
from payops_contracts.refunds import RefundStatus
from transactions.domain.errors import NotificationRefused
from transactions.domain.facts import Cause, Description
from transactions.domain.mail_address import mailbox
from transactions.domain.refunding import SOURCE
from transactions.domain.refunds import Refund
from transactions.domain.transaction import HistoryRow, Transaction

EMAIL = "email"
NEWS_FOR = timedelta(hours=24)
"""Older facts, such as an import's, are no news: nobody is mailed about them by itself."""


class Notice(StrEnum):
    """What a mail is about; also the name of its template."""

    PAID = "paid"
    FAILED = "failed"
    REFUNDED = "refunded"
    REFUND_RETURNED = "refund-returned"


_OF_EVENT = {
    HistoryEvent.PAYMENT_PAID.value: Notice.PAID,
    HistoryEvent.PAYMENT_FAILED.value: Notice.FAILED,
    HistoryEvent.REFUND_SUCCEEDED.value: Notice.REFUNDED,
    HistoryEvent.REFUND_FAILED.value: Notice.REFUND_RETURNED,
}
_OF_STATUS = {
    TransactionStatus.PAID.value: Notice.PAID,
    TransactionStatus.FAILED.value: Notice.FAILED,
    TransactionStatus.PARTIALLY_REFUNDED.value: Notice.REFUNDED,
    TransactionStatus.TOTALLY_REFUNDED.value: Notice.REFUNDED,
}

_TELLS_OF = {
    Notice.REFUNDED: RefundStatus.SUCCEEDED,
    Notice.REFUND_RETURNED: RefundStatus.FAILED,
}


def address_refusal(email: str | None, channels: tuple[str, ...] | None) -> str | None:
    """Why this customer is not mailed; None when they may be."""
    if not email:
        return "The customer has no e-mail address."
    if mailbox(email) is None:
        return "The customer's e-mail address is not one that can be mailed."
    if EMAIL not in (channels or ()):
        return "E-mail is not among the customer's notification channels."
    return None


def automatic_notice(
    d: Description,
    row: HistoryRow,
    now: Callable[[], datetime],
    told_otherwise: bool = False,
) -> Notice | None:
    """What the customer is mailed by itself after a step; None for nothing.

    A refund that failed is mailed about only when a mail of ours has ``told_otherwise``. Asked of
    every step, so what costs most comes last.
    """
    notice = _OF_EVENT.get(row.event)
    if notice is None or not row.applied:
        return None
    if notice is Notice.REFUND_RETURNED and not told_otherwise:
        return None
    if EMAIL not in (d.notification_channels or ()) or now() - row.at > NEWS_FOR:
        return None
    return None if address_refusal(d.user_email, d.notification_channels) else notice


def notice_refusal(status: str, email: str | None, channels: tuple[str, ...] | None) -> str | None:
    """Why nobody may mail the customer by hand now; None when they may."""
    if status not in _OF_STATUS:
        return "A payment that is only created is not notified."
    return address_refusal(email, channels)


def notice_by_hand(t: Transaction) -> Notice:
    """What a mail by hand is about; raises ``NotificationRefused`` with the reason.

    What a mail of ours told and what is no longer so comes before the payment's status.
    """
    d = t.described.description
    refused = notice_refusal(t.status.value, d.user_email, d.notification_channels)
    if refused is not None:
        raise NotificationRefused(refused)
    if any(refund.told_otherwise for refund in t.refunds):
        return Notice.REFUND_RETURNED
    return _OF_STATUS[t.status.value]


def told_by_hand(t: Transaction, notice: Notice) -> list[Refund]:
    """The refunds that a mail by hand tells of."""
    if notice is Notice.REFUND_RETURNED:
        return [refund for refund in t.refunds if refund.told_otherwise]
    return [refund for refund in t.refunds if refund.status is _TELLS_OF.get(notice)]


def overtaken(t: Transaction, notice: Notice, refund_ids: Collection[RefundId]) -> str | None:
    """Why a mail that waited would tell what is no longer so; None when it would not."""
    if notice is Notice.FAILED and t.paid_at is not None:
        return "The payment was paid before the mail was sent."
    told = [refund for refund in t.refunds if refund.id in refund_ids]
    if not told or any(refund.status is _TELLS_OF[notice] for refund in told):
        return None
    outcome = "failed" if notice is Notice.REFUNDED else "succeeded"
    return f"The refund had {outcome} before the mail was sent."


def to_be_put_right(t: Transaction, known: Collection[RefundId], now: datetime) -> list[Refund]:
    """The refunds that a mail of ours told otherwise, as is news; ``known`` ones are left out.

    Empty when the customer is not mailed.
    """
    d = t.described.description
    if address_refusal(d.user_email, d.notification_channels) is not None:
        return []
    return [
        refund
        for refund in t.refunds
        if refund.told_otherwise
        and refund.id not in known
        and refund.settled_at is not None
        and now - refund.settled_at <= NEWS_FOR
    ]


def record_mail(
    t: Transaction,
    message_id: str,
    now: datetime,
    *,
    actor: str | None,
    failure: str | None,
    notice: Notice | None = None,
    refund_ids: Collection[RefundId] = (),
    given: bool = False,
) -> bool:
    """A history row about a mail; False when the history has no room for it.

    ``refund_ids`` are the refunds that the mail told of, and now remember so. A mail that was
    ``given`` to a server that did not answer may have told of a success; it puts nothing right.
    """
    t.step = None
    cause = Cause(SOURCE, message_id, now)
    if not t.has_room() or t.has_seen(cause):
        return False
    sent = failure is None
    event = HistoryEvent.NOTIFICATION_SENT if sent else HistoryEvent.NOTIFICATION_FAILED
    told = sent or (given and notice is Notice.REFUNDED)
    for refund in t.refunds if told else ():
        if refund.id in refund_ids:
            refund.told_refunded = notice is Notice.REFUNDED
    t.record(event, cause, t.status, actor=actor, detail=failure)
    return True
