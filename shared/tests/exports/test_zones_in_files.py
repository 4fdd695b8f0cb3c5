"""Dates in files: on the wall clock of a zone that the head names, with UTC beside."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

import openpyxl
import pyarrow.parquet
import pytest

from payops_kernel.exports.columns import in_zone
from payops_kernel.exports.csv_writer import CsvWriter
from payops_kernel.exports.orders import FORMATS, ExportOrder
from payops_kernel.exports.parquet_writer import ParquetWriter
from payops_kernel.exports.reading import RowQuery
from payops_kernel.exports.writers import CsvStyle
from payops_kernel.exports.xlsx_writer import XlsxWriter
from payops_kernel.http.lists import Sort, SortField
from payops_kernel.zones import UTC_ZONE, Zone
from payops_testing.kernel.export_builders import CSV, RESOURCE, a_row, whole

CAIRO = Zone("Africa/Cairo")
NEW_YEAR = datetime(2025, 12, 31, 22, 30, tzinfo=UTC)
# 24:00 of 29 October 2026 is put back to 23:00 there.
FIRST, SECOND = (datetime(2026, 10, 29, hour, 15, tzinfo=UTC) for hour in (20, 21))


def shown(text: str) -> datetime:
    """A wall clock."""
    return datetime.fromisoformat(text)


DATE = RESOURCE.choose(["created_at"])


def csv_of(zone: Zone, *instants: datetime | None) -> list[list[str]]:
    data = whole(CsvWriter(in_zone(DATE, zone), CSV), [a_row(created_at=at) for at in instants])
    return list(csv.reader(io.StringIO(data.decode(), newline="")))


def sheet_of(zone: Zone, *instants: datetime) -> list[tuple[Any, ...]]:
    writer = XlsxWriter(in_zone(DATE, zone), CSV, "Things")
    data = whole(writer, [a_row(created_at=at) for at in instants])
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    return [tuple(row) for row in sheet.iter_rows(values_only=True)]


def table_of(zone: Zone, *instants: datetime) -> Any:
    writer = ParquetWriter(in_zone(DATE, zone), CSV)
    data = whole(writer, [a_row(created_at=at) for at in instants])
    return pyarrow.parquet.read_table(io.BytesIO(data))


def test_a_csv_names_the_zone_in_the_head_and_has_utc_beside() -> None:
    assert csv_of(CAIRO, NEW_YEAR, None) == [
        ["Date (Africa/Cairo)", "Date (UTC)"],
        ["2026-01-01T00:30:00.000+02:00", "2025-12-31T22:30:00.000Z"],
        ["", ""],
    ]


def test_a_spreadsheet_has_the_wall_clock_as_a_date_and_utc_beside() -> None:
    assert sheet_of(CAIRO, NEW_YEAR) == [
        ("Date (Africa/Cairo)", "Date (UTC)"),
        (shown("2026-01-01T00:30"), shown("2025-12-31T22:30")),
    ]


def test_parquet_keeps_the_instant_under_its_name_and_has_the_wall_clock_beside() -> None:
    table = table_of(CAIRO, NEW_YEAR)
    assert table.to_pylist() == [
        {"created_at_local": shown("2026-01-01T00:30"), "created_at": NEW_YEAR}
    ]
    local, utc = table.schema.field("created_at_local"), table.schema.field("created_at")
    assert (str(local.type), str(utc.type)) == ("timestamp[ms]", "timestamp[ms, tz=UTC]")
    assert local.metadata[b"label"] == b"Date (Africa/Cairo)"
    assert utc.metadata[b"label"] == b"Date (UTC)"


def test_an_hour_that_clocks_strike_twice_can_be_told_apart_in_every_format() -> None:
    (_, first, second) = csv_of(CAIRO, FIRST, SECOND)
    assert first[0][:16] == second[0][:16] == "2026-10-29T23:15"
    assert first[1] != second[1]
    for rows in (sheet_of(CAIRO, FIRST, SECOND)[1:], table_of(CAIRO, FIRST, SECOND).to_pylist()):
        pairs = [row.values() if isinstance(row, dict) else row for row in rows]
        local, utc = zip(*pairs, strict=True)
        assert local[0] == local[1] == shown("2026-10-29T23:15")
        assert utc[0] != utc[1]


def test_in_utc_one_column_is_enough_and_names_it() -> None:
    assert csv_of(UTC_ZONE, NEW_YEAR) == [["Date (UTC)"], ["2025-12-31T22:30:00.000Z"]]
    assert [column.name for column in in_zone(DATE, UTC_ZONE)] == ["created_at"]


def test_an_instant_whose_day_there_is_in_no_calendar_still_has_its_utc() -> None:
    last = datetime(9999, 12, 31, 23, tzinfo=UTC)
    assert csv_of(CAIRO, last)[1] == ["9999-12-31T23:00:00.000Z"] * 2
    assert sheet_of(CAIRO, last)[1] == ("9999-12-31T23:00:00.000Z", shown("9999-12-31T23:00"))
    assert table_of(CAIRO, last).to_pylist() == [{"created_at_local": None, "created_at": last}]


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_an_order_keeps_its_zone_when_a_job_makes_the_file(name: str) -> None:
    query = RowQuery("things", {}, Sort.parse("id", {"id": SortField("_id")}))
    order = ExportOrder(
        RESOURCE, DATE, FORMATS[name], CsvStyle(), {}, query, "somebody", zone=CAIRO
    )
    again = ExportOrder.restored(order.stored(), {RESOURCE.name: RESOURCE})
    labels = ["Date (Africa/Cairo)", "Date (UTC)"]
    assert [column.label for column in again.file_columns] == labels
    before_zones = {key: value for key, value in order.stored().items() if key != "zone"}
    again = ExportOrder.restored(before_zones, {RESOURCE.name: RESOURCE})
    assert [column.label for column in again.file_columns] == ["Date (UTC)"]
