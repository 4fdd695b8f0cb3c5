"""What an invoice or a credit note says, before it is laid out."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class PaperKind(StrEnum):
    """The documents that are issued; the value is the beginning of their numbers."""

    INVOICE = "INV"
    CREDIT_NOTE = "CN"


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who issues; every part is shown as it is given. ``logo`` is the path of a PNG."""

    company: str
    address: tuple[str, ...] = ()
    tax_id: str = ""
    email: str = ""
    phone: str = ""
    logo: str = ""


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

    description: str
    quantity: int
    amount_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class Paper:
    """One document. ``total_minor`` is what was paid, or what was given back."""

    kind: PaperKind
    number: str
    issued_at: datetime
    settled_at: datetime
    """When the money came, or went back."""
    transaction_id: str
    customer: Customer
    lines: tuple[Line, ...]
    total_minor: int
    currency: str
    method: str
    provider: str
    refund_id: str | None = None
    invoice_number: str | None = None
    """On a credit note: the invoice that it takes back from."""


@dataclass(frozen=True, slots=True)
class Style:
    """How everything is shown: locale (CLDR), zone (IANA), paper size, and who issues."""

    issuer: Issuer
    locale: str = "en"
    zone: str = "UTC"
    paper: str = "a4"


@dataclass(frozen=True, slots=True)
class RenderedPaper:
    """The bytes, and the characters that no font has and that were replaced."""

    pdf: bytes
    replaced: frozenset[str] = field(default_factory=frozenset)
