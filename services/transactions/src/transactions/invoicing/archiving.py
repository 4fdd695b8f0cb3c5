"""The invoices of a job as one ZIP, with an index of what became of each row.

Memory: a few PDFs, and the index's text, a line for each row of a job that has a limit.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from typing import Any

from payops_contracts.labels import INVOICE_INDEX_COLUMN, INVOICE_OUTCOME
from payops_kernel.exports.columns import Column, Kind
from payops_kernel.exports.csv_writer import CsvWriter
from payops_kernel.exports.writers import CsvStyle
from payops_kernel.exports.zip_stream import ZipStream
from transactions.use_cases.bulk_invoice import FindInvoices

INDEX = "index.csv"
PAPERS_A_READ = 5
"""PDFs in memory at once: of some 30 KB as a rule, of 12 MiB at most."""

Row = dict[str, Any]
"""A job's row: ``key``, ``state``, ``reason``, ``data`` with ``invoice_number``."""


async def invoice_archive(
    rows: AsyncIterator[list[Row]], find: FindInvoices, made_at: datetime
) -> AsyncIterator[bytes]:
    """The ZIP's bytes: each row's invoice in the order of the rows, then :data:`INDEX`."""
    archive = ZipStream()
    index = CsvWriter(COLUMNS, CsvStyle(bom=True))
    lines = [index.begin()]
    async for some in rows:
        lines.append(index.rows(some))
        made = [row for row in some if _number(row) is not None]
        for start in range(0, len(made), PAPERS_A_READ):
            part = [row["key"] for row in made[start : start + PAPERS_A_READ]]
            found = {document.transaction_id: document for document in await find(part)}
            for document in (found[key] for key in part):
                yield archive.add(_file_name(document.number), document.pdf, document.issued_at)
    yield archive.add(INDEX, b"".join(lines), made_at)
    yield archive.finish()


def _number(row: Row) -> str | None:
    made = row.get("data") or {}
    return made.get("invoice_number")


def _file_name(number: str) -> str:
    """As the invoice is named when it is fetched alone."""
    return f"{number}.pdf"


def _file(row: Row) -> str | None:
    number = _number(row)
    return None if number is None else _file_name(number)


def _column(name: str, read: Callable[[Row], Any], words: Mapping[str, str] = {}) -> Column:
    return Column(name, INVOICE_INDEX_COLUMN[name], Kind.TEXT, read, (), words)


COLUMNS = (
    _column("transaction_id", lambda row: row["key"]),
    _column("outcome", lambda row: row["state"], INVOICE_OUTCOME),
    _column("reason", lambda row: row.get("reason")),
    _column("invoice_number", _number),
    _column("file", _file),
)
