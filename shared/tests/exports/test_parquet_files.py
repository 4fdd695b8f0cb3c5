"""Parquet: codes, minor units beside exact decimals, UTC instants, row groups."""

import io
from decimal import Decimal
from typing import Any

import pyarrow.parquet
from hypothesis import given, settings

from payops_contracts.money import CURRENCY_DECIMALS
from payops_kernel.exports.parquet_writer import ParquetWriter
from payops_testing.kernel.export_builders import COLUMNS, CSV, NOON, a_row, rows, whole


def read_back(data: bytes) -> Any:
    """The table."""
    return pyarrow.parquet.read_table(io.BytesIO(data))


def test_fields_are_typed_and_bear_their_labels() -> None:
    table = read_back(
        whole(ParquetWriter(COLUMNS, CSV), [a_row(amount_minor=-1250, currency="KWD")])
    )
    assert table.to_pylist() == [
        {
            "status": "PAID",
            "created_at": NOON,
            "id": "t-000001",
            "amount_minor": -1250,
            "amount": Decimal("-1.2500"),
            "currency": "KWD",
            "user_name": "Ada Byron",
            "count": 3,
            "channels": ["email", "sms"],
        }
    ]
    assert table.schema.field("amount").metadata[b"label"] == b"Amount"
    assert str(table.schema.field("created_at").type) == "timestamp[ms, tz=UTC]"


def test_rows_are_gathered_into_row_groups() -> None:
    stored = [a_row(number) for number in range(7)]
    data = whole(ParquetWriter(COLUMNS, CSV, group_rows=4), stored[:3], stored[3:5], stored[5:])
    file = pyarrow.parquet.ParquetFile(io.BytesIO(data))
    groups = [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)]
    assert groups == [5, 2]
    assert file.read().column("id").to_pylist() == [row["_id"] for row in stored]


def test_a_file_without_rows_has_its_fields() -> None:
    table = read_back(whole(ParquetWriter(COLUMNS, CSV)))
    assert (table.num_rows, table.num_columns) == (0, len(COLUMNS) + 1)


@settings(max_examples=50, deadline=None)
@given(rows)
def test_everything_is_read_back_as_it_is_stored(stored: list[dict[str, Any]]) -> None:
    table = read_back(whole(ParquetWriter(COLUMNS, CSV), stored)).to_pylist()
    for row, found in zip(stored, table, strict=True):
        assert (found["id"], found["user_name"]) == (row["_id"], row["user"]["name"])
        assert (found["amount_minor"], found["count"]) == (row["amount_minor"], row["count"])
        places = CURRENCY_DECIMALS[row["currency"]]
        assert found["amount"] == Decimal(row["amount_minor"]).scaleb(-places)
