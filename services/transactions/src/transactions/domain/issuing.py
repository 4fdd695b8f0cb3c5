"""What may be invoiced and credited, and the history rows of doing so. Illegal moves raise."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import ClassVar

from payops_contracts.ids import InvoiceNumber, RefundId
from payops_contracts.payments import HistoryEvent, TransactionStatus
from payops_contracts.refunds import RefundStatus
from payops_kernel.errors import NotFound, PayOpsError
from transactions.domain.facts import Cause
from transactions.domain.refunding import SOURCE
from transactions.domain.refunds import Refund
from transactions.domain.transaction import Transaction

_INVOICED = {
    TransactionStatus.PAID.value,
    TransactionStatus.PARTIALLY_REFUNDED.value,
    TransactionStatus.TOTALLY_REFUNDED.value,
}


CHARACTERS_MAX = 100
"""Characters that a refusal lists."""


class InvoiceRefused(PayOpsError):
    """Base of every reason for which no invoice or credit note is issued."""

    code = "invoice_refused"
    title = "The document cannot be issued"
    status: ClassVar[int] = 409


class TransactionNotInvoiced(InvoiceRefused):
    """Only what was paid is invoiced."""

    code = "transaction_not_invoiced"


class RefundNotCredited(InvoiceRefused):
    """Only a refund that succeeded has a credit note."""

    code = "refund_not_credited"


class InvoiceHistoryFull(InvoiceRefused):
    """No further step fits the transaction's history."""

    code = "invoice_history_full"


class InvoiceNotPrintable(InvoiceRefused):
    """No font has a character that the document would have to show; no number was taken."""

    code = "invoice_not_printable"
    title = "The document cannot be printed"

    @classmethod
    def because(cls, reason: str, characters: Sequence[str]) -> "InvoiceNotPrintable":
        """With what is missing, and how that is mended."""
        return cls(
            f"{reason} Have upstream publish the payment again in characters that can be printed, "
            "or add a font to the service.",
            characters=[f"U+{ord(character):04X}" for character in characters[:CHARACTERS_MAX]],
        )


class InvoiceNotIssued(InvoiceRefused):
    """It is not there yet, and the caller may not issue it."""

    code = "invoice_not_issued"
    title = "The document is not issued yet"


class RefundNotFound(NotFound):
    """The transaction has no refund with this id."""

    code = "refund_not_found"


def invoice_refusal(status: str) -> str | None:
    """Why there is no invoice for a transaction of this status; None when there is."""
    if status in _INVOICED:
        return None
    return "Only paid transactions, refunded or not, have an invoice."


def check_invoice(t: Transaction) -> datetime:
    """When the payment was made; raises an ``InvoiceRefused``."""
    refused = invoice_refusal(t.status)
    if refused is not None or t.paid_at is None:
        raise TransactionNotInvoiced(
            refused or "The payment has no date.", transaction_status=t.status.value
        )
    return t.paid_at


def check_credit_note(t: Transaction, refund_id: RefundId) -> Refund:
    """The refund to be credited; raises ``RefundNotFound`` or an ``InvoiceRefused``."""
    check_invoice(t)
    refund = t.refund(refund_id)
    if refund is None:
        raise RefundNotFound(f"The transaction has no refund '{refund_id}'.")
    if refund.status is not RefundStatus.SUCCEEDED:
        raise RefundNotCredited(
            "Only a refund that succeeded has a credit note.", refund_status=refund.status.value
        )
    return refund


def credited_refunds(t: Transaction) -> set[RefundId]:
    """The refunds whose credit notes count: one that came back keeps its note, and counts no more.

    Its note stands as issued and counts again if the refund succeeds again.
    """
    return {refund.id for refund in t.refunds if refund.status is RefundStatus.SUCCEEDED}


def note_tax_minor(t: Transaction, before_minor: int, amount_minor: int) -> int:
    """The tax in a credit note over ``amount_minor``, when ``before_minor`` is credited already.

    The difference between the tax in all that is credited then and before, so that the notes of a
    payment that goes back step by step have its whole tax, to the last unit.
    """
    return _tax_in(t, before_minor + amount_minor) - _tax_in(t, before_minor)


def _tax_in(t: Transaction, credited_minor: int) -> int:
    # Half up.
    items = t.described.description.items or ()
    tax = sum(item.tax_minor for item in items)
    if not t.amount_minor:
        return 0
    part = min(credited_minor, t.amount_minor)
    return (2 * tax * part + t.amount_minor) // (2 * t.amount_minor)


def record_issued(
    t: Transaction,
    number: InvoiceNumber,
    refund: Refund | None,
    now: datetime,
    actor: str,
    trace: str | None,
) -> None:
    """One row: an invoice, or a refund's credit note, was made under this number."""
    if not t.has_room():
        raise InvoiceHistoryFull("The transaction has no room for another step of its history.")
    event = HistoryEvent.INVOICE_ISSUED if refund is None else HistoryEvent.CREDIT_NOTE_ISSUED
    t.record(event, Cause(SOURCE, number, now, trace), t.status, refund=refund, actor=actor)


def record_failed(
    t: Transaction,
    refund: Refund | None,
    now: datetime,
    actor: str,
    trace: str | None,
    reason: str | None = None,
) -> bool:
    """One row at the first failure for a reason; False when it is there or no longer fits."""
    event = HistoryEvent.INVOICE_FAILED if refund is None else HistoryEvent.CREDIT_NOTE_FAILED
    about = (t.id, "" if refund is None else refund.id, reason or "")
    digest = sha256("|".join(about).encode()).hexdigest()[:32]  # two ids together are too long
    cause = Cause(SOURCE, f"{event}:{digest}", now, trace)
    if t.has_seen(cause) or not t.has_room():
        return False
    t.record(event, cause, t.status, refund=refund, actor=actor, detail=reason)
    return True
