"""The file formats that there are."""

from payops_kernel.exports.csv_writer import CsvWriter
from payops_kernel.exports.parquet_writer import ParquetWriter
from payops_kernel.exports.writers import Format
from payops_kernel.exports.xlsx_writer import XlsxWriter

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
