"""What somebody asked to be exported, with everything checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from payops_kernel.exports.columns import Column, ExportResource, Kind, in_zone
from payops_kernel.exports.csv_writer import CsvWriter
from payops_kernel.exports.parquet_writer import ParquetWriter
from payops_kernel.exports.reading import RowQuery
from payops_kernel.exports.writers import CsvStyle, Delimiter, Format, TableWriter
from payops_kernel.exports.xlsx_writer import XlsxWriter
from payops_kernel.zones import UTC_ZONE, Zone

DIRECT_ROWS_MAX = 50_000
"""More rows than this are a job, for formats that do not stream."""

CSV = Format("csv", "text/csv; charset=utf-8; header=present", "csv", CsvWriter, streams=True)
XLSX = Format(
    "xlsx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xlsx",
    XlsxWriter,
    streams=False,
)
PARQUET = Format("parquet", "application/vnd.apache.parquet", "parquet", ParquetWriter, False)

FORMATS = {known.name: known for known in (CSV, XLSX, PARQUET)}


@dataclass(frozen=True, slots=True)
class ExportOrder:
    """One export to be made."""

    resource: ExportResource
    columns: tuple[Column, ...]
    format: Format
    style: CsvStyle
    filters: Mapping[str, Any]
    """What the caller asked, as plain values: for the manifest."""
    query: RowQuery
    owner: str
    """Subject of the principal who asks."""
    selected: int | None = None
    """How many rows were selected by id; None for a filter."""
    zone: Zone = UTC_ZONE
    """The reporting zone."""
    ids: tuple[str, ...] = ()
    """Those that were selected, for the audit record."""

    @property
    def file_columns(self) -> tuple[Column, ...]:
        """The columns as they stand in the file."""
        return in_zone(self.columns, self.zone)

    def projection(self) -> dict[str, int]:
        """The stored fields that the columns and the order need."""
        fields = {field for column in self.columns for field in column.fields}
        if any(column.kind is Kind.MONEY for column in self.columns):
            fields.add("currency")
        fields.update(key.field.path for key in self.query.sort.keys)
        return dict.fromkeys(sorted(fields), 1)

    def writer(self) -> TableWriter:
        """A new file of this order. Not for the event loop: it may import a library."""
        return self.format.make(self.file_columns, self.style, self.resource.title)

    def stored(self) -> dict[str, Any]:
        """As a job's request."""
        return {
            "resource": self.resource.name,
            "columns": [column.name for column in self.columns],
            "format": self.format.name,
            "delimiter": self.style.delimiter.value,
            "bom": self.style.bom,
            "filters": dict(self.filters),
            "query": self.query.stored(),
            "owner": self.owner,
            "selected": self.selected,
            "zone": self.zone.name,
            "ids": list(self.ids),
        }

    @classmethod
    def restored(cls, stored: Mapping[str, Any], resources: Mapping[str, ExportResource]) -> Self:
        """Back from a job's request."""
        resource = resources[stored["resource"]]
        return cls(
            resource,
            resource.choose(stored["columns"]),
            FORMATS[stored["format"]],
            CsvStyle(Delimiter(stored["delimiter"]), stored["bom"]),
            stored["filters"],
            RowQuery.restored(stored["query"]),
            stored["owner"],
            stored["selected"],
            Zone(stored.get("zone", UTC_ZONE.name)),
            tuple(stored.get("ids", ())),
        )
