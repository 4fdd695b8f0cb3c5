"""Parquet for programs: stored codes, integer minor units beside an exact decimal, UTC instants.

What is shown on a zone's wall clock is a timestamp without a zone; its instant stands beside it.

Fields bear the columns' names; the labels are in the fields' metadata. Rows are gathered into row
groups, which bounds what is in memory.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Context, Decimal
from typing import Any

from payops_contracts.money import CURRENCY_DECIMALS
from payops_kernel.exports.columns import MINOR_SUFFIX, Column, Document, Kind
from payops_kernel.exports.writers import CsvStyle, Taken
from payops_kernel.zones import Zone

GROUP_ROWS = 20_000
COMPRESSION = "snappy"
DECIMAL_DIGITS, DECIMAL_PLACES = 22, 4
"""Holds the largest amount with the most decimals that any currency has."""
_EXACT = Context(prec=DECIMAL_DIGITS)


class ParquetWriter:
    """Satisfies ``TableWriter``."""

    def __init__(
        self,
        columns: Sequence[Column],
        _style: CsvStyle,
        _title: str = "",
        *,
        group_rows: int = GROUP_ROWS,
    ) -> None:
        # Imported here: 60 MB of memory, for those processes alone that write such a file.
        import pyarrow
        import pyarrow.parquet

        # The others keep what they once had: 30 MB more, for nothing a writer would gain.
        pyarrow.set_memory_pool(pyarrow.system_memory_pool())
        self._arrow = pyarrow
        self._columns = [(column, self._fields(column)) for column in columns]
        self._schema = pyarrow.schema([f for _, fields in self._columns for f in fields])
        self._taken = Taken()
        self._file = pyarrow.parquet.ParquetWriter(
            self._taken, self._schema, compression=COMPRESSION
        )
        self._group_rows = group_rows
        self._waiting: list[Any] = []
        self._waiting_rows = 0

    def begin(self) -> bytes:
        """The magic number."""
        return self._taken.take()

    def rows(self, rows: Sequence[Document]) -> bytes:
        """Nothing, or a row group once enough rows came."""
        arrays = [a for column, fields in self._columns for a in self._arrays(column, fields, rows)]
        self._waiting.append(self._arrow.record_batch(arrays, schema=self._schema))
        self._waiting_rows += len(rows)
        if self._waiting_rows >= self._group_rows:
            self._write_group()
        return self._taken.take()

    def finish(self) -> bytes:
        """The last row group and the footer."""
        if self._waiting:
            self._write_group()
        self._file.close()
        return self._taken.take()

    def _write_group(self) -> None:
        self._file.write_table(self._arrow.Table.from_batches(self._waiting, self._schema))
        self._waiting.clear()
        self._waiting_rows = 0

    def _fields(self, column: Column) -> list[Any]:
        arrow, label = self._arrow, {"label": column.label}
        types = {
            Kind.TEXT: arrow.string(),
            Kind.MONEY: arrow.int64(),
            Kind.INSTANT: arrow.timestamp("ms", tz="UTC" if column.zone.is_utc else None),
            Kind.NUMBER: arrow.int64(),
            Kind.LIST: arrow.list_(arrow.string()),
        }
        fields = [arrow.field(column.name, types[column.kind], metadata=label)]
        if column.kind is Kind.MONEY:
            exact = arrow.decimal128(DECIMAL_DIGITS, DECIMAL_PLACES)
            fields.append(
                arrow.field(column.name.removesuffix(MINOR_SUFFIX), exact, metadata=label)
            )
        return fields

    def _arrays(self, column: Column, fields: Sequence[Any], rows: Sequence[Document]) -> list[Any]:
        read = column.read
        values: list[Any]
        if column.kind is Kind.INSTANT and not column.zone.is_utc:
            values = [wall_clock(read(row), column.zone) for row in rows]
        else:
            values = [read(row) for row in rows]
        first, *more = fields
        arrays = [self._arrow.array(values, first.type)]
        for field in more:
            decimals = [
                None if value is None else exact_decimal(value, column.currency(row))
                for value, row in zip(values, rows, strict=True)
            ]
            arrays.append(self._arrow.array(decimals, field.type))
        return arrays


def wall_clock(instant: datetime | None, zone: Zone) -> datetime | None:
    """The wall clock of a zone, naive; None where it is in no calendar."""
    try:
        return None if instant is None else zone.local(instant).replace(tzinfo=None)
    except OverflowError:
        return None


def exact_decimal(amount_minor: int, currency: str) -> Decimal:
    """Minor units as a decimal number of the currency's units."""
    return Decimal(amount_minor).scaleb(-CURRENCY_DECIMALS[currency], _EXACT)
