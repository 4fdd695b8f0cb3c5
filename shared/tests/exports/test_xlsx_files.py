"""XLSX: a spreadsheet library reads typed cells, exact amounts and every sheet."""

import io
from datetime import datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings

from payops_contracts.money import CURRENCY_DECIMALS
from payops_kernel.exports.cells import neutral
from payops_kernel.exports.xlsx_writer import XlsxWriter, column_letters, xml_text
from payops_testing.kernel.export_builders import (
    COLUMNS,
    CSV,
    FORMULA_STARTS,
    NOON,
    a_row,
    rows,
    whole,
)


def workbook(data: bytes) -> Any:
    """As openpyxl reads it."""
    return openpyxl.load_workbook(io.BytesIO(data))


def a_writer(**options: Any) -> XlsxWriter:
    """Of the small table."""
    return XlsxWriter(COLUMNS, CSV, "Things", **options)


def test_cells_are_typed() -> None:
    sheet = workbook(whole(a_writer(), [a_row(amount_minor=-123456)]))["Things"]
    assert [cell.value for cell in sheet[1]] == [column.label for column in COLUMNS]
    status, date, key, amount, currency, name, count, channels = sheet[2]
    assert (status.value, key.value, currency.value) == ("Paid", "t-000001", "EUR")
    assert (name.value, channels.value) == ("Ada Byron", "email, sms")
    assert (date.data_type, date.is_date, date.value) == ("d", True, NOON.replace(tzinfo=None))
    assert (amount.data_type, amount.value, amount.number_format) == ("n", -1234.56, "#,##0.00")
    assert (count.data_type, count.value) == ("n", 3)


@pytest.mark.parametrize(
    ("minor", "currency", "shown"),
    [(500, "JPY", "#,##0"), (-1250, "KWD", "#,##0.000"), (1, "CLF", "#,##0.0000"),
     (10**15, "EUR", "#,##0.00")],
)  # fmt: skip
def test_amounts_are_the_exact_decimal_and_show_their_currencys_decimals(
    minor: int, currency: str, shown: str
) -> None:
    sheet = workbook(whole(a_writer(), [a_row(amount_minor=minor, currency=currency)])).active
    cell = sheet["D2"]
    exact = Decimal(minor).scaleb(-CURRENCY_DECIMALS[currency])
    assert (Decimal(str(cell.value)), cell.number_format) == (exact, shown)


def test_rows_past_a_sheets_last_continue_on_the_next_under_the_same_header() -> None:
    stored = [a_row(number) for number in range(1, 8)]
    book = workbook(whole(a_writer(sheet_rows_max=4), stored[:5], stored[5:]))
    assert book.sheetnames == ["Things", "Things 2", "Things 3"]
    ids = [row[2] for sheet in book for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert ids == [row["_id"] for row in stored]
    assert all(sheet["A1"].value == "Status" and sheet.freeze_panes == "A2" for sheet in book)


def test_a_file_without_rows_has_its_header() -> None:
    sheet = workbook(whole(a_writer()))["Things"]
    assert (sheet.max_row, sheet["A1"].value) == (1, "Status")


def test_an_instant_that_excel_cannot_count_is_a_text() -> None:
    early = datetime(1899, 6, 1, tzinfo=NOON.tzinfo)
    sheet = workbook(whole(a_writer(), [a_row(created_at=early)])).active
    assert sheet["B2"].value == "1899-06-01T00:00:00.000Z"


def test_a_text_that_no_cell_can_hold_is_cut_and_shows_it() -> None:
    sheet = workbook(whole(a_writer(), [a_row(_id="x" * 40_000)])).active
    assert (len(sheet["C2"].value), sheet["C2"].value[-1]) == (32_767, "…")


def test_what_xml_cannot_say_is_escaped_as_excel_does() -> None:
    assert xml_text("a\x01b_x0041_<&>\r") == "a_x0001_b_x005F_x0041_&lt;&amp;&gt;_x000D_"


def test_columns_are_lettered_past_z() -> None:
    assert [column_letters(n) for n in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


@settings(max_examples=50, deadline=None)
@given(rows)
def test_no_cell_is_a_formula_and_no_text_is_lost(stored: list[dict[str, Any]]) -> None:
    sheet = workbook(whole(a_writer(), stored)).active
    for row, cells in zip(stored, sheet.iter_rows(min_row=2), strict=True):
        assert all(cell.data_type != "f" for cell in cells)
        text = cells[2].value or ""
        assert text[:1] not in FORMULA_STARTS
        assert text == as_openpyxl_reads(neutral(row["_id"]))
        exact = Decimal(row["amount_minor"]).scaleb(-CURRENCY_DECIMALS[row["currency"]])
        assert Decimal(str(cells[3].value)) == exact


def as_openpyxl_reads(text: str) -> str:
    """It leaves the escapes of inline strings as they stand in the file, and only those."""
    return xml_text(text).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
