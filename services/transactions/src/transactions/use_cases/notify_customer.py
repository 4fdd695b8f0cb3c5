"""Mail a customer: by hand, or by itself after a step. Sending is due work, never a request's."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from hashlib import sha256
from typing import NamedTuple, Protocol, cast

from payops_contracts.ids import RefundId, TransactionId
from payops_contracts.labels import METHOD, label
from payops_contracts.money import format_money
from payops_kernel.clock import Clock
from payops_kernel.ports import CommandAnswer, DueRow, Later, Repository, Work
from payops_kernel.zones import Zone
from transactions.domain.notifying import (
    Notice,
    address_refusal,
    notice_by_hand,
    overtaken,
    record_mail,
    to_be_put_right,
    told_by_hand,
)
from transactions.domain.transaction import Transaction

DUE_KIND = "mail"
ACCEPTED = 202
PUT_OFF_FIRST = timedelta(seconds=15)
PUT_OFF_MAX = timedelta(hours=1)
PUT_OFF_DOUBLINGS_MAX = 8
"""Enough to pass :data:`PUT_OFF_MAX`; more of them overflow in the end."""
TRIED_FOR = timedelta(days=3)
"""Of business time, from when the mail was due: what no server took by then has failed."""
GIVEN_BEFORE = "It was given to the server once before, and may have arrived."


class AddressUnusable(Exception):
    """No mail can be addressed to this; never names the address."""


class MailRefused(Exception):
    """The server refuses this mail for good."""


class MailServerUnavailable(Exception):
    """The server does not answer, cannot be trusted, or says "later"."""


class MailOutcomeUnknown(MailServerUnavailable):
    """The server was given the mail, and never said whether it has it."""


class MailServer(Protocol):
    """Takes mail."""

    async def send(self, message: EmailMessage) -> None:
        """Hand a mail over; raises :class:`MailRefused`, :class:`MailServerUnavailable`, or
        :class:`MailOutcomeUnknown` when the answer to the whole mail did not come.
        """
        ...


ComposesMail = Callable[[str, dict[str, str], str, str], EmailMessage]
"""Of a notice, what its template may name, whom it goes to, and a key, the mail under a message id
made of that key; raises :class:`AddressUnusable`.
"""


def mail_row(
    t: Transaction,
    notice: Notice,
    now: datetime,
    *,
    actor: str | None = None,
    refunded_minor: int | None = None,
    refund_ids: Sequence[RefundId] = (),
) -> DueRow:
    """A mail that is due now; its key, and so its message id, belongs to the step it is about.

    ``refunded_minor`` is what that step gave back, or what came back; None makes the mail state
    the total. ``refund_ids`` are the refunds that the mail tells of.
    """
    key = sha256(f"{t.id}|{t.version}|{notice.value}".encode()).hexdigest()[:32]
    payload = {
        "transaction_id": t.id,
        "notice": notice.value,
        "actor": actor,
        "refunded_minor": refunded_minor,
        "refund_ids": list(refund_ids),
        "since": now,
    }
    return DueRow(DUE_KIND, key, now, payload, about=t.id)


class MailPreview(NamedTuple):
    """A mail as it would be sent now."""

    transaction_id: TransactionId
    notice: Notice
    to: str
    sender: str
    subject: str
    text: str


class PreviewMail:
    """The use case behind ``GET …/notifications/preview``: what a mail by hand would say now."""

    def __init__(
        self, transactions: Repository[Transaction], compose: ComposesMail, zone: Zone
    ) -> None:
        self._transactions = transactions
        self._compose = compose
        self._zone = zone

    async def __call__(self, transaction_id: TransactionId) -> MailPreview:
        """The mail; raises ``NotificationRefused`` or not found."""
        t = await self._transactions.find(transaction_id)
        if t is None:
            raise self._transactions.missing(transaction_id)
        notice = notice_by_hand(t)
        to = t.described.description.user_email or ""
        values = mail_values(t, self._zone, _refunded_by_hand(t, notice))
        message = self._compose(notice.value, values, to, "preview")
        sender, subject = str(message["From"]), str(message["Subject"])
        return MailPreview(t.id, notice, to, sender, subject, message.get_content())


class NotifyCustomer:
    """The use case behind ``POST …/notifications``."""

    def __init__(self, transactions: Repository[Transaction]) -> None:
        self._transactions = transactions

    async def __call__(self, work: Work, transaction_id: TransactionId) -> CommandAnswer:
        """202 with what is sent to whom; raises ``NotificationRefused`` or not found."""
        t = await work.load(self._transactions, transaction_id)
        notice = notice_by_hand(t)
        row = mail_row(
            t,
            notice,
            work.now,
            actor=work.context.actor.subject,
            refunded_minor=_refunded_by_hand(t, notice),
            refund_ids=[each.id for each in told_by_hand(t, notice)],
        )
        key = work.context.identity.record_id[:32] if work.context.identity else row.key
        work.schedule(replace(row, key=key))
        work.audit("notification.send", "transaction", t.id, after={"notice": notice.value})
        to = t.described.description.user_email
        return CommandAnswer(ACCEPTED, {"transaction_id": t.id, "notice": notice.value, "to": to})


class SendMail:
    """The due work behind a mail: send it, then keep a history row of how it went."""

    def __init__(
        self,
        transactions: Repository[Transaction],
        server: MailServer,
        compose: ComposesMail,
        clock: Clock,
        zone: Zone,
    ) -> None:
        self._transactions = transactions
        self._server = server
        self._compose = compose
        self._clock = clock
        self._zone = zone

    async def send(self, row: DueRow) -> str | None:
        """Hand the mail over; why it was refused for good, or None. Raises ``Later``."""
        given = row.payload.get("given")
        try:
            failure = await self._hand_over(row)
        except MailOutcomeUnknown as error:
            if given:
                return f"Given to the server twice, and it did not answer: {error}"
            raise Later(str(error), put_off(row.attempt), {"given": True}) from error
        except MailServerUnavailable as error:
            left = tried_until(row) - self._clock.now()
            if left > timedelta(0):
                raise Later(str(error), min(left, put_off(row.attempt))) from error
            failure = f"No server took it in {TRIED_FOR.days} days: {error}"
        return f"{failure} {GIVEN_BEFORE}" if failure is not None and given else failure

    async def _hand_over(self, row: DueRow) -> str | None:
        t = await self._transactions.find(row.payload["transaction_id"])
        if t is None:
            return "The transaction is gone."
        d = t.described.description
        refused = address_refusal(d.user_email, d.notification_channels)
        if refused is not None or d.user_email is None:
            return refused
        late = overtaken(t, Notice(row.payload["notice"]), row.payload.get("refund_ids", ()))
        if late is not None:
            return late
        values = mail_values(t, self._zone, row.payload.get("refunded_minor"))
        try:
            message = self._compose(row.payload["notice"], values, d.user_email, row.key)
            await self._server.send(message)
        except (AddressUnusable, MailRefused) as error:
            return str(error)
        return None

    async def settle(self, work: Work, row: DueRow, failure: str | None) -> None:
        """One history row and its event; what it told wrongly meanwhile is put right."""
        t = await work.find(self._transactions, row.payload["transaction_id"])
        if t is None:
            return
        known = {refund.id for refund in t.refunds if refund.told_otherwise}
        if record_mail(
            t,
            f"mail-{row.key}",
            work.now,
            actor=row.payload["actor"],
            failure=failure,
            notice=Notice(row.payload["notice"]),
            refund_ids=row.payload.get("refund_ids", ()),
            given=bool(row.payload.get("given")),
        ):
            work.save(t)
            _put_right(work, t, known)


def _refunded_by_hand(t: Transaction, notice: Notice) -> int | None:
    """What a mail by hand says came back; None makes it state the total that was refunded."""
    if notice is not Notice.REFUND_RETURNED:
        return None
    return sum(refund.amount_minor for refund in told_by_hand(t, notice))


def _put_right(work: Work, t: Transaction, known: Collection[RefundId]) -> None:
    # The refunds came back while the mail about them was on its way.
    wrong = to_be_put_right(t, known, work.now)
    if wrong:
        work.schedule(
            mail_row(
                t,
                Notice.REFUND_RETURNED,
                work.now,
                refunded_minor=sum(refund.amount_minor for refund in wrong),
                refund_ids=[refund.id for refund in wrong],
            )
        )


def put_off(attempt: int) -> timedelta:
    """How long a mail waits that was put off ``attempt`` times before."""
    return min(PUT_OFF_MAX, PUT_OFF_FIRST * (1 << min(attempt, PUT_OFF_DOUBLINGS_MAX)))


def tried_until(row: DueRow) -> datetime:
    """When a mail that nobody took has failed; an older version kept no beginning."""
    due_at = cast("datetime", row.due_at)
    since: datetime = row.payload.get("since") or due_at - PUT_OFF_MAX * row.attempt
    return since + TRIED_FOR


def mail_values(t: Transaction, zone: Zone, refunded_minor: int | None = None) -> dict[str, str]:
    """What a template may name; ``refunded_minor`` is one refund's amount, else the total.

    Days are days of the reporting zone, as on the invoice and in the KPIs.
    """
    d, total_minor = t.described.description, t.total_refunded_minor
    refunded_minor = total_minor if refunded_minor is None else refunded_minor
    return {
        "transaction_id": t.id,
        "name": d.user_name or "",
        "amount": format_money(t.amount_minor, t.currency),
        "refunded": format_money(refunded_minor, t.currency),
        "refunded_total": format_money(total_minor, t.currency),
        "method": label(METHOD, d.method),
        "date": zone.date_of(d.created_at).isoformat(),
    }
