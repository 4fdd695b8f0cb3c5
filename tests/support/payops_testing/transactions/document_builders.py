"""Invoices with everything filled in; a test names what it cares about."""

import dataclasses
import io
from datetime import UTC, datetime
from typing import Any

from pypdf import PdfReader

from payops_contracts.ids import InvoiceNumber, TransactionId
from payops_contracts.money import Money
from transactions.domain.documents import Customer, DocumentKind, InvoiceDocument, Line
from transactions.invoicing.style import Issuer, Style

ISSUER = Issuer(
    company="Acme Records S.p.A.",
    address=("Via de' Tornabuoni 1", "50123 Firenze"),
    tax_id="IT01234567890",
    email="billing@acme.example",
    phone="+39 055 123456",
)
DOCUMENT = InvoiceDocument(
    kind=DocumentKind.INVOICE,
    number=InvoiceNumber("INV-2026-000123"),
    issued_at=datetime(2026, 11, 22, 12, 0, 0, 123_456, tzinfo=UTC),
    settled_at=datetime(2026, 11, 20, 23, 30, tzinfo=UTC),
    transaction_id=TransactionId("t-1"),
    customer=Customer("u-1", "Ada Byron", "ada@example.com", "+39 055 1"),
    lines=(Line("Compact disc", 2, 2440, 440), Line("Shipping", 1, 500, 0)),
    total=Money(2940, "USD"),
    method="credit-cards",
    provider="adyen",
)


def a_document(**changes: Any) -> InvoiceDocument:
    """An invoice of 29.40 USD."""
    return dataclasses.replace(DOCUMENT, **changes)


def a_style(**changes: Any) -> Style:
    """An English style in UTC."""
    return dataclasses.replace(Style(ISSUER), **changes)


def pages(pdf: bytes) -> list[str]:
    """The text of each page, as a reader of the PDF would copy it."""
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]
