"""A paper as PDF bytes. The same paper and style always give the same bytes.

Typst lays it out (``paper.typ``): it shapes right-to-left and CJK text, repeats the table's head
on every page and writes archivable PDF/A-2b with the date of issue as its only date.
"""

import json
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path

import typst

from transactions.invoicing.composing import composed
from transactions.invoicing.fonts import font_folders
from transactions.invoicing.formatting import Formats
from transactions.invoicing.papers import Paper, PaperUnprintable, Style
from transactions.invoicing.printable import Printing

PDF_STANDARD = "a-2b"
PNG = b"\x89PNG\r\n\x1a\n"
LOGO_BYTES_MAX = 2 * 1024 * 1024
LAYOUT = Path(__file__).parent / "paper.typ"


def checked(style: Style) -> Style:
    """The style, when all it names is there; raises ``ValueError`` or ``ZoneInfoNotFoundError``.

    Called at start-up: a wrong setting must not wait for the first invoice.
    """
    Formats(style.locale, style.zone)
    printing = Printing()
    printing.all([*asdict(replace(style.issuer, logo="")).values()])
    if printing.missing:
        raise ValueError(f"invoices cannot name their issuer: {PaperUnprintable(printing.missing)}")
    if style.issuer.logo:
        logo = Path(style.issuer.logo)
        if not logo.is_file() or logo.stat().st_size > LOGO_BYTES_MAX:
            raise ValueError(f"the logo {logo} is no file of at most {LOGO_BYTES_MAX} bytes")
        with logo.open("rb") as file:
            if file.read(len(PNG)) != PNG:
                raise ValueError(f"the logo {logo} is not a PNG")
    return style


def render(paper: Paper, style: Style) -> bytes:
    """The PDF. Raises :class:`PaperUnprintable`; ``ValueError`` for a locale, zone or logo that
    is none.
    """
    printing = Printing()
    texts = printing.all(composed(_named(paper), style))
    if printing.missing:
        raise PaperUnprintable(printing.missing)
    texts["fonts"] = printing.families
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
            timestamp=int(paper.issued_at.timestamp()),
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


def _named(paper: Paper) -> Paper:
    """With the customer's id alone when their name is emoji and no more."""
    customer = paper.customer
    if customer.name is None or not Printing().leaves_out(customer.name):
        return paper
    return replace(paper, customer=replace(customer, name=None))
