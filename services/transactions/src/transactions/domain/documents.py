"""Invoices and credit notes: what they say before they are laid out, and as they are issued."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from payops_contracts.ids import InvoiceNumber, RefundId, TransactionId
from payops_contracts.money import Money
from transactions.domain.refunds import Refund
from transactions.domain.transaction import Transaction

NAMED_MAX = 5
"""Characters that a reason spells out; more of them are counted."""


class DocumentKind(StrEnum):
    """The documents that are issued; the value is the beginning of their numbers."""

    INVOICE = "INV"
    CREDIT_NOTE = "CN"


@dataclass(frozen=True, slots=True)
class Customer:
    """To whom it is issued."""

    id: str
    name: str | None = None
    email: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line; amounts in minor units, ``tax_minor`` is contained in ``amount_minor``."""

    description: str | None
    """None for the payment or the refund as a whole."""
    quantity: int
    amount_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class InvoiceDocument:
    """One document, before it is laid out."""

    kind: DocumentKind
    number: InvoiceNumber
    issued_at: datetime
    settled_at: datetime
    """When the money came, or went back."""
    transaction_id: TransactionId
    customer: Customer
    lines: tuple[Line, ...]
    total: Money
    """What was paid, or what was given back."""
    method: str
    provider: str
    refund_id: RefundId | None = None
    invoice_number: InvoiceNumber | None = None
    """On a credit note: the invoice that it takes back from."""

    @property
    def tax_minor(self) -> int:
        """The tax in all lines."""
        return sum(line.tax_minor for line in self.lines)


@dataclass(frozen=True, slots=True)
class IssuedDocument:
    """One stored document; ``refund_id`` None for the invoice. Never changes."""

    kind: DocumentKind
    number: InvoiceNumber
    transaction_id: TransactionId
    refund_id: RefundId | None
    issued_at: datetime
    issued_by: str
    amount: Money
    tax_minor: int
    sha256: str
    pdf: bytes


class MissingGlyphs(Exception):
    """No font has some characters of the document: trying again changes nothing."""

    def __init__(self, characters: Iterable[str]) -> None:
        self.characters = tuple(sorted(characters))
        super().__init__(f"No font has {named(self.characters)}.")


def named(characters: Sequence[str]) -> str:
    """Characters by code point and name: ``U+10330 GOTHIC LETTER AHSA``."""
    shown = [
        f"U+{ord(character):04X} {unicodedata.name(character, 'without a name')}"
        for character in characters[:NAMED_MAX]
    ]
    more = len(characters) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def invoice_of(
    t: Transaction, number: InvoiceNumber, issued_at: datetime, paid_at: datetime
) -> InvoiceDocument:
    """The invoice; a payment without items has one line."""
    d = t.described.description
    lines = tuple(
        Line(item.description, item.quantity, item.amount_minor, item.tax_minor)
        for item in d.items or ()
    )
    return InvoiceDocument(
        kind=DocumentKind.INVOICE,
        number=number,
        issued_at=issued_at,
        settled_at=paid_at,
        transaction_id=t.id,
        customer=Customer(d.user_id, d.user_name, d.user_email, d.user_phone),
        lines=lines or (Line(None, 1, t.amount_minor, 0),),
        total=Money(t.amount_minor, t.currency),
        method=d.method,
        provider=d.provider,
    )


def credit_note_of(
    invoice: InvoiceDocument, refund: Refund, number: InvoiceNumber, tax_minor: int
) -> InvoiceDocument:
    """The credit note of a refund that succeeded, in the words of its invoice."""
    return replace(
        invoice,
        kind=DocumentKind.CREDIT_NOTE,
        number=number,
        settled_at=refund.settled_at or invoice.issued_at,
        lines=(Line(None, 1, refund.amount_minor, tax_minor),),
        total=Money(refund.amount_minor, invoice.total.currency),
        refund_id=refund.id,
        invoice_number=invoice.number,
    )
