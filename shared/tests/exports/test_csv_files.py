"""CSV: what a strict reader reads back is what was stored, and nothing in it is a formula."""

import csv
import io
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from payops_contracts.money import CURRENCY_DECIMALS
from payops_kernel.exports.cells import neutral
from payops_kernel.exports.csv_writer import CsvWriter
from payops_kernel.exports.writers import CsvStyle, Delimiter
from payops_testing.kernel.export_builders import COLUMNS, CSV, FORMULA_STARTS, a_row, rows, whole

TEXT_CELLS = (0, 2, 4, 5, 7)


def read_back(data: bytes, delimiter: str = ",") -> list[list[str]]:
    """The cells, by a reader that refuses what RFC 4180 does not allow."""
    text = io.StringIO(data.decode("utf-8"), newline="")
    return list(csv.reader(text, delimiter=delimiter, strict=True))


def test_the_header_bears_the_labels_and_a_row_its_values_in_words() -> None:
    data = whole(CsvWriter(COLUMNS, CSV), [a_row()])
    assert data == (
        b"Status,Date,Transaction ID,Amount,Currency,User name,Count,Channels\r\n"
        b'Paid,2026-03-01T12:00:00.250Z,t-000001,12.34,EUR,Ada Byron,3,"email, sms"\r\n'
    )


def test_semicolons_and_a_byte_order_mark_are_a_choice() -> None:
    data = whole(CsvWriter(COLUMNS, CsvStyle(Delimiter.SEMICOLON, bom=True)), [a_row()])
    assert data.startswith(b"\xef\xbb\xbfStatus;Date;")
    assert data.endswith(b';"email, sms"\r\n')


def test_negative_amounts_stay_numbers_while_texts_that_look_like_formulas_are_quoted() -> None:
    data = whole(CsvWriter(COLUMNS, CSV), [a_row(amount_minor=-5, _id="-5", status="EVIL")])
    status, _, key, amount, *_ = read_back(data)[1]
    assert (status, key, amount) == ("'=Evil", "'-5", "-0.05")


def test_what_a_row_does_not_have_is_an_empty_cell() -> None:
    data = whole(CsvWriter(COLUMNS, CSV), [{"_id": "t-1", "currency": "EUR"}])
    assert read_back(data)[1] == ["", "", "t-1", "", "EUR", "", "", ""]


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [(5, "EUR", "0.05"), (500, "JPY", "500"), (-1250, "KWD", "-1.250"), (1, "CLF", "0.0001"),
     (10**15, "EUR", "10000000000000.00"), (0, "EUR", "0.00")],
)  # fmt: skip
def test_amounts_have_exactly_the_decimals_of_their_currency(
    minor: int, currency: str, text: str
) -> None:
    data = whole(CsvWriter(COLUMNS, CSV), [a_row(amount_minor=minor, currency=currency)])
    assert read_back(data)[1][3] == text


@given(rows)
def test_any_text_is_read_back_as_it_was_but_for_the_quote_before_formulas(
    stored: list[dict[str, Any]],
) -> None:
    for delimiter in Delimiter:
        data = whole(CsvWriter(COLUMNS, CsvStyle(delimiter)), stored)
        lines = read_back(data, delimiter.character)
        assert len(lines) == len(stored) + 1
        for row, cells in zip(stored, lines[1:], strict=True):
            assert not any(cells[n][:1] in FORMULA_STARTS for n in TEXT_CELLS if cells[n])
            assert cells[2] == neutral(row["_id"])
            exact = Decimal(row["amount_minor"]).scaleb(-CURRENCY_DECIMALS[row["currency"]])
            assert Decimal(cells[3]) == exact
