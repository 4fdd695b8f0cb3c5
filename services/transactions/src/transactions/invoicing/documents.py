"""What an invoice or a credit note says, before it is laid out."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class DocumentKind(StrEnum):
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
class InvoiceDocument:
    """One document. ``total_minor`` is what was paid, or what was given back."""

    kind: DocumentKind
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


class MissingGlyphs(Exception):
    """No font has some characters of the document: trying again changes nothing."""

    def __init__(self, characters: Iterable[str]) -> None:
        self.characters = tuple(sorted(characters))
        super().__init__(f"No font has {named(self.characters)}.")


NAMED_MAX = 5
"""Characters that a reason spells out; more of them are counted."""


def named(characters: Sequence[str]) -> str:
    """Characters by code point and name: ``U+10330 GOTHIC LETTER AHSA``."""
    shown = [
        f"U+{ord(character):04X} {unicodedata.name(character, 'without a name')}"
        for character in characters[:NAMED_MAX]
    ]
    more = len(characters) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
