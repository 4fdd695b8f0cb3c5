"""From a transaction to what its invoice or a credit note says."""

from datetime import datetime

from transactions.domain.refunds import Refund
from transactions.domain.transaction import Transaction
from transactions.invoicing.documents import Customer, DocumentKind, InvoiceDocument, Line
from transactions.invoicing.words import words_of


def invoice_of(
    t: Transaction, number: str, issued_at: datetime, paid_at: datetime, language: str
) -> InvoiceDocument:
    """The invoice; a payment without items has one line."""
    d = t.described.description
    lines = tuple(
        Line(item.description, item.quantity, item.amount_minor, item.tax_minor)
        for item in d.items or ()
    )
    only = words_of(language)["payment_line"].format(transaction=t.id)
    return InvoiceDocument(
        kind=DocumentKind.INVOICE,
        number=number,
        issued_at=issued_at,
        settled_at=paid_at,
        transaction_id=t.id,
        customer=_customer(t),
        lines=lines or (Line(only, 1, t.amount_minor, 0),),
        total_minor=t.amount_minor,
        currency=t.currency,
        method=d.method,
        provider=d.provider,
    )


def credit_note_of(
    t: Transaction,
    refund: Refund,
    number: str,
    issued_at: datetime,
    language: str,
    *,
    invoice_number: str,
    tax_minor: int,
) -> InvoiceDocument:
    """The credit note of a refund that succeeded."""
    d = t.described.description
    line = words_of(language)["refund_line"].format(transaction=t.id)
    return InvoiceDocument(
        kind=DocumentKind.CREDIT_NOTE,
        number=number,
        issued_at=issued_at,
        settled_at=refund.settled_at or issued_at,
        transaction_id=t.id,
        customer=_customer(t),
        lines=(Line(line, 1, refund.amount_minor, tax_minor),),
        total_minor=refund.amount_minor,
        currency=t.currency,
        method=d.method,
        provider=d.provider,
        refund_id=refund.id,
        invoice_number=invoice_number,
    )


def _customer(t: Transaction) -> Customer:
    d = t.described.description
    return Customer(d.user_id, d.user_name, d.user_email, d.user_phone)
