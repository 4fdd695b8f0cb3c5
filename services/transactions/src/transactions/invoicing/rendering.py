"""A document as PDF bytes. The same document and style always give the same bytes.

Typst lays it out (``document.typ``): it shapes right-to-left and CJK text, repeats the table's head
on every page and writes archivable PDF/A-2b with the date of issue as its only date.
"""

import json
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path

import typst

from transactions.domain.documents import InvoiceDocument, MissingGlyphs
from transactions.invoicing.composing import composed
from transactions.invoicing.fonts import font_folders
from transactions.invoicing.formatting import Formats
from transactions.invoicing.printable import FontCoverage
from transactions.invoicing.style import Style

PDF_STANDARD = "a-2b"
PNG = b"\x89PNG\r\n\x1a\n"
LOGO_BYTES_MAX = 2 * 1024 * 1024
LAYOUT = Path(__file__).parent / "document.typ"


def checked(style: Style) -> Style:
    """The style, when all it names is there; raises ``ValueError`` or ``ZoneInfoNotFoundError``.

    Called at start-up: a wrong setting must not wait for the first invoice.
    """
    Formats(style.locale, style.zone)
    coverage = FontCoverage()
    coverage.all([*asdict(replace(style.issuer, logo="")).values()])
    if coverage.missing:
        raise ValueError(f"invoices cannot name their issuer: {MissingGlyphs(coverage.missing)}")
    if style.issuer.logo:
        logo = Path(style.issuer.logo)
        if not logo.is_file() or logo.stat().st_size > LOGO_BYTES_MAX:
            raise ValueError(f"the logo {logo} is no file of at most {LOGO_BYTES_MAX} bytes")
        with logo.open("rb") as file:
            if file.read(len(PNG)) != PNG:
                raise ValueError(f"the logo {logo} is not a PNG")
    return style


def render(document: InvoiceDocument, style: Style) -> bytes:
    """The PDF. Raises :class:`MissingGlyphs`; ``ValueError`` for a locale, zone or logo that
    is none.
    """
    coverage = FontCoverage()
    texts = coverage.all(composed(_named(document), style))
    if coverage.missing:
        raise MissingGlyphs(coverage.missing)
    texts["fonts"] = coverage.families
    logo = Path(style.issuer.logo) if style.issuer.logo else None
    texts["logo"] = None if logo is None else f"/{logo.name}"
    try:
        # The stub wants one type for everything that can be a path.
        pdf = typst.compile(  # type: ignore[call-overload]
            LAYOUT.read_bytes(),
            root=LAYOUT.parent if logo is None else logo.resolve().parent,
            font_paths=layout_fonts(),
            ignore_system_fonts=True,
            format="pdf",
            sys_inputs={"data": json.dumps(texts, ensure_ascii=False)},
            timestamp=int(document.issued_at.timestamp()),
            pdf_standards=PDF_STANDARD,
        )
    except typst.TypstError as error:
        raise ValueError(f"the invoice cannot be laid out: {error.message}") from error
    if not isinstance(pdf, bytes):
        raise TypeError("the layout gave no PDF")
    return pdf


@cache
def layout_fonts() -> typst.Fonts:
    """Kept, because reading the fonts takes longer than an invoice."""
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=list(font_folders()),
    )


def _named(document: InvoiceDocument) -> InvoiceDocument:
    """With the customer's id alone when their name is emoji and no more."""
    customer = document.customer
    if customer.name is None or not FontCoverage().leaves_out(customer.name):
        return document
    return replace(document, customer=replace(customer, name=None))
