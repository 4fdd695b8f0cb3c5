"""What an invoice shows: read back out of the PDF."""

import io
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from payops_contracts.money import CURRENCY_DECIMALS, Money
from payops_testing.transactions.document_builders import a_document, a_style, pages
from payops_testing.transactions.names_of_the_world import NAMES
from transactions.domain.documents import (
    Customer,
    DocumentKind,
    InvoiceDocument,
    Line,
    MissingGlyphs,
)
from transactions.invoicing.fonts import TYPEFACES, fonts
from transactions.invoicing.formatting import Formats
from transactions.invoicing.pdf_renderer import PdfRenderer
from transactions.invoicing.printable import FontCoverage
from transactions.invoicing.rendering import checked, layout_fonts, render
from transactions.invoicing.style import Issuer
from transactions.invoicing.words import WORDS
from transactions.use_cases.issue_invoice import DocumentNotRendered

ONE_PIXEL_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63606060000000040001f61738550000000049454e44ae426082"
)


def shown(document: InvoiceDocument, **style: str) -> str:
    """All text of a document that has one page."""
    (text,) = pages(render(document, a_style(**style)))
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_everything_that_a_finance_department_asks_for_is_there() -> None:
    text = shown(a_document())
    for part in (
        "Invoice INV-2026-000123",
        "Acme Records S.p.A.", "Via de' Tornabuoni 1", "Tax ID: IT01234567890",
        "billing@acme.example", "+39 055 123456",
        "Ada Byron", "ada@example.com", "Customer ID: u-1",
        "Date of issue Nov 22, 2026", "Date of payment Nov 20, 2026",
        "Transaction ID t-1", "Payment method Credit card (Adyen)", "Currency USD",
        "1 Compact disc 2 20.00 4.40 24.40", "2 Shipping 1 5.00 0.00 5.00",
        "Net total $25.00", "Tax $4.40", "Total paid $29.40",
        "Page 1 of 1",
    ):  # fmt: skip
        assert part in text, part


def test_a_credit_note_names_its_refund_and_its_invoice() -> None:
    text = shown(
        a_document(
            kind=DocumentKind.CREDIT_NOTE,
            number="CN-2026-000007",
            refund_id="rf-9",
            invoice_number="INV-2026-000123",
        )
    )
    for part in (
        "Credit note CN-2026-000007",
        "For invoice INV-2026-000123",
        "Refund ID rf-9",
        "Date of refund Nov 20, 2026",
        "Total credited $29.40",
    ):
        assert part in text


def test_the_same_paper_gives_the_same_bytes_from_many_threads() -> None:
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: render(a_document(), a_style()), range(12)))
    assert len(set(made)) == 1
    assert made[0] != render(a_document(number="INV-2026-000124"), a_style())


def test_the_only_date_in_the_file_is_the_date_of_issue() -> None:
    about = PdfReader(io.BytesIO(render(a_document(), a_style()))).metadata
    assert about is not None
    assert (
        about.creation_date
        == about.modification_date
        == a_document().issued_at.replace(microsecond=0)
    )
    assert about.title == "Invoice INV-2026-000123"


@pytest.mark.parametrize(
    ("currency", "total"), [("JPY", "¥2,500"), ("KWD", "KWD 2.500"), ("CLF", "CLF 0.2500")]
)
def test_a_currency_has_the_decimals_of_its_own(currency: str, total: str) -> None:
    lines = (Line("Book", 1, 2500, 0),)
    assert f"Total paid {total}" in shown(a_document(lines=lines, total=Money(2500, currency)))


@pytest.mark.parametrize(
    ("locale", "total", "date"),
    [
        ("it-IT", "Totale pagato 1.234.567,89 €", "22 nov 2026"),
        ("de-DE", "Bezahlter Betrag 1.234.567,89 €", "22.11.2026"),
        ("en-GB", "Total paid €1,234,567.89", "22 Nov 2026"),
        ("ja", "Total paid €1,234,567.89", "2026/11/22"),
    ],
)
def test_words_money_and_dates_follow_the_locale(locale: str, total: str, date: str) -> None:
    line = (Line("Book", 1, 123_456_789, 0),)
    text = shown(a_document(lines=line, total=Money(123_456_789, "EUR")), locale=locale)
    assert total in text
    assert date in text


def test_days_are_days_of_the_zone() -> None:
    assert "Date of payment Nov 21, 2026" in shown(a_document(), zone="Europe/Rome")


def test_every_language_has_every_word() -> None:
    assert {frozenset(words) for words in WORDS.values()} == {frozenset(WORDS["en"])}


def test_two_hundred_items_go_over_pages_that_are_numbered_and_headed() -> None:
    lines = tuple(Line(f"Item {n} of a long list", n, 100 * n, 0) for n in range(1, 201))
    total = sum(line.amount_minor for line in lines)
    texts = pages(render(a_document(lines=lines, total=Money(total, "USD")), a_style()))
    assert len(texts) > 3
    for number, text in enumerate(texts, start=1):
        assert f"Page {number} of {len(texts)}" in text
        assert "Description Quantity Net Tax Amount" in text
        assert "INV-2026-000123" in text
    whole = "\n".join(texts)
    assert all(f"\n{n} Item {n} of a long list {n} " in whole for n in range(1, 201))
    assert "Total paid $20,100.00" in texts[-1]


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_names_of_every_script_are_there_without_a_missing_glyph(name: str) -> None:
    made = render(
        a_document(customer=Customer("u", name), lines=(Line(name, 1, 2940, 0),)), a_style()
    )
    (text,) = pages(made)
    assert "\N{REPLACEMENT CHARACTER}" not in text
    assert set(name) <= set(text)  # a reader may give the letters of a syllable in another order


def test_arabic_letters_take_their_joined_forms() -> None:
    made = render(a_document(customer=Customer("u", "محمد")), a_style())
    apart = render(a_document(customer=Customer("u", "\u200c".join("محمد"))), a_style())
    assert made != apart


@pytest.mark.parametrize(
    ("name", "characters"),
    [
        ("\U00010330\U00010331", "U+10330 GOTHIC LETTER AHSA, U+10331 GOTHIC LETTER BAIRKAN"),
        ("J\N{REPLACEMENT CHARACTER}rg", "U+FFFD REPLACEMENT CHARACTER"),
        ("Ada \ue000", "U+E000 without a name"),
        ("a\u0951", "U+0951 DEVANAGARI STRESS SIGN UDATTA"),
        ("".join(map(chr, range(0x13000, 0x13010))), "and 11 more"),
    ],
)
def test_what_no_font_has_makes_a_paper_unprintable_and_is_named(
    name: str, characters: str
) -> None:
    for document in (
        a_document(customer=Customer("u", name)),
        a_document(lines=(Line(name, 1, 2940, 0),)),
        a_document(transaction_id=name),
    ):
        with pytest.raises(MissingGlyphs, match=re.escape(characters)):
            render(document, a_style())


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("Ada \N{GRINNING FACE}", "Ada"),
        ("Ann \N{WHITE MEDIUM STAR}", "Ann"),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467 Ann \U0001f44d\U0001f3fd", "Ann"),
        ("No. 5\ufe0f\u20e3 \u2615\ufe0f", "No. 5"),
        ("\U0001d4d0\U0001d4f7\U0001d4f7", "Ann"),
        ("\u2605 \u9089\U000e0100", "\u2605 \u9089"),
    ],
    ids=["emoji", "star", "joined emoji", "key cap", "mathematical letters", "variation selector"],
)
def test_what_only_decorates_is_left_out_when_no_font_has_it(name: str, printed: str) -> None:
    document = a_document(customer=Customer("u", name), lines=(Line(name, 1, 2940, 0),))
    text = shown(document)
    assert f"Billed to\n{printed}\nCustomer ID: u" in text
    assert f"1 {printed} 1 29.40" in text


STAR, THUMB = "\N{WHITE MEDIUM STAR}", "\N{THUMBS UP SIGN}"


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"transaction_id": f"order-{STAR}-1"}, "WHITE MEDIUM STAR"),
        ({"customer": Customer("u", "Ann", f"u{THUMB}@x.it")}, "THUMBS UP SIGN"),
        ({"customer": Customer(f"u{THUMB}", "Ann")}, "THUMBS UP SIGN"),
        ({"customer": Customer(f"u{THUMB}")}, "THUMBS UP SIGN"),
        ({"kind": DocumentKind.CREDIT_NOTE, "refund_id": f"rf-{STAR}"}, "WHITE MEDIUM STAR"),
    ],
    ids=["transaction ID", "e-mail", "customer ID", "customer ID for a name", "refund ID"],
)
def test_what_identifies_is_printed_as_it_is_or_not_at_all(
    changes: dict[str, Any], missing: str
) -> None:
    with pytest.raises(MissingGlyphs, match=missing):
        render(a_document(**changes), a_style())


def test_a_customer_whose_name_only_decorates_is_shown_by_their_id_a_line_is_refused() -> None:
    guitar = "\N{GUITAR}"
    assert "Billed to\nu-7\n" in shown(a_document(customer=Customer("u-7", guitar)))
    with pytest.raises(MissingGlyphs, match="GUITAR"):
        render(a_document(lines=(Line(guitar, 1, 2940, 0),)), a_style())


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_whatever_is_found_printable_the_layout_can_show(data: st.DataObject) -> None:
    of_one_font = st.sampled_from(fonts()).flatmap(
        lambda font: st.text(st.sampled_from(sorted(map(chr, font.points))), max_size=6)
    )
    marks = st.text(st.characters(categories=["Mn", "Mc", "Cf"]), max_size=2)
    name = data.draw(st.tuples(of_one_font, marks, of_one_font).map("".join))
    coverage = FontCoverage()
    coverage.text(name)
    assume(not coverage.missing)
    assert render(a_document(lines=(Line(name, 1, 2940, 0),)), a_style())


def test_an_issuer_that_cannot_be_printed_is_refused_at_start() -> None:
    with pytest.raises(ValueError, match="GOTHIC LETTER AHSA"):
        checked(a_style(issuer=Issuer("Acme", address=("\U00010330",))))


@pytest.mark.parametrize(
    "locale", ["en", "it", "de", "ar", "fa", "hi", "bn", "ja", "ka", "my", "th"]
)
def test_amounts_of_every_currency_can_be_printed_in_every_locale(locale: str) -> None:
    coverage = FontCoverage()
    formats = Formats(locale, "UTC")
    coverage.all([formats.money(Money(123_456, currency)) for currency in CURRENCY_DECIMALS])
    assert coverage.missing == set()


def test_the_layout_knows_every_font_by_the_name_that_it_is_given() -> None:
    assert {font.family for font in fonts()} == set(layout_fonts().families())


def test_the_fonts_are_the_files_that_were_vendored_unmodified() -> None:
    lines = (TYPEFACES / "SHA256SUMS").read_text().splitlines()
    sums = {name: digest for digest, name in (line.split("  ") for line in lines)}
    files = sorted(TYPEFACES.glob("*.ttf"))
    assert {file.name: sha256(file.read_bytes()).hexdigest() for file in files} == sums


def test_addresses_of_the_web_in_a_paper_are_no_links() -> None:
    lure = "Ann, see https://evil.example or www.evil.example"
    made = render(
        a_document(customer=Customer("u", lure), lines=(Line(lure, 1, 2940, 0),)), a_style()
    )
    assert all("/Annots" not in page for page in PdfReader(io.BytesIO(made)).pages)
    assert b"/URI" not in made


def test_characters_that_turn_text_around_do_not_reach_the_paper() -> None:
    tricky = "Ada\u202e 00.01$\u2066\x00\nByron"
    text = shown(a_document(customer=Customer("u", tricky)))
    assert "Ada 00.01$ Byron" in text


def test_markup_in_a_name_is_only_text() -> None:
    name = '#panic("x") *bold* $1$ @ref [a] \\ "quoted"'
    text = shown(a_document(customer=Customer("u", name)))
    assert name in " ".join(text.split())


def test_a_very_long_word_stays_on_the_paper_and_an_id_stays_whole() -> None:
    uuid = "8f14e45fceea467fa8f10242ac12000299aa"
    document = a_document(customer=Customer("u", "W" * 200), transaction_id=uuid)
    made = render(document, a_style())
    (text,) = pages(made)
    assert f"Transaction ID {uuid}" in text
    assert text.count("W") >= 200


def test_a_discount_is_a_line_below_zero_and_the_totals_come_out() -> None:
    lines = (*a_document().lines, Line("Loyalty discount", 1, -610, -110))
    text = shown(a_document(lines=lines, total=Money(2330, "USD")))
    assert "3 Loyalty discount 1 -5.00 -1.10 -6.10" in text
    for part in ("Net total $20.00", "Tax $3.30", "Total paid $23.30"):
        assert part in text
    assert "Other charges" not in text


def test_lines_that_miss_the_amount_are_made_up_for_openly() -> None:
    text = shown(a_document(total=Money(2640, "USD")))
    assert "Other charges and discounts -$3.00" in text
    assert "Total paid $26.40" in text


def test_the_logo_stands_in_for_the_name_and_other_files_are_refused(tmp_path: Path) -> None:
    logo = tmp_path / "logo.png"
    logo.write_bytes(ONE_PIXEL_PNG)
    style = checked(a_style(issuer=Issuer("Acme", logo=str(logo))))
    images = PdfReader(io.BytesIO(render(a_document(), style))).pages[0].images
    assert len(images) == 1
    text = tmp_path / "logo.txt"
    text.write_text("no picture")
    for wrong in (text, tmp_path / "absent.png"):
        with pytest.raises(ValueError, match="logo"):
            checked(a_style(issuer=Issuer("Acme", logo=str(wrong))))


def test_a_locale_that_is_none_is_refused_at_start() -> None:
    with pytest.raises(ValueError, match="not a locale"):
        checked(a_style(locale="xx-NOWHERE"))


def test_amounts_are_exact_however_large() -> None:
    assert Formats("en", "UTC").amount(10**15 + 1, "USD") == "10,000,000,000,000.01"
    assert Formats("en", "UTC").date(datetime(2026, 1, 1, tzinfo=UTC)) == "Jan 1, 2026"


@pytest.mark.parametrize(
    ("currency", "written"), [("HRK", "1,234.56"), ("DEM", "1,234.56"), ("ITL", "123,456")]
)
def test_currencies_of_the_past_are_printed_with_their_decimals(
    currency: str, written: str
) -> None:
    assert Formats("en", "UTC").amount(123456, currency) == written
    assert written in Formats("en", "UTC").money(Money(123456, currency))


async def test_a_printer_that_takes_too_long_is_given_up() -> None:
    render_pdf = PdfRenderer(a_style(), render, seconds_max=0.0)
    with pytest.raises(DocumentNotRendered):
        await render_pdf(a_document())


async def test_a_printer_makes_what_rendering_makes() -> None:
    assert await PdfRenderer(a_style())(a_document()) == render(a_document(), a_style())
