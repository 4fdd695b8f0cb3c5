"""The way of a file: rows, their events, and Kafka, a chunk at a time in constant memory."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from payops_local.event_publisher import EventPublisher, Message, message
from payops_local.importing.cells import BadRow
from payops_local.importing.kind import Convert, Imported, Kind, Opened
from payops_local.importing.rejects import RejectFile
from payops_local.importing.repeats import Novelty, Seen
from payops_local.importing.rows import CsvFile, Row, open_csv
from payops_local.progress import Progress

CHUNK_EVENTS = 2_000


@dataclass(slots=True)
class ImportTotals:
    """What became of a file's rows."""

    rows: int = 0
    imported: int = 0
    """Rows that were sent."""
    repeated: int = 0
    """Rows that were word for word an earlier one, and not sent again."""
    rejected: int = 0
    events: int = 0
    subjects: int = 0
    """Payments, which several rows may be about."""
    sums: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Currency → payments, minor units."""
    started: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return max(time.monotonic() - self.started, 0.001)

    def take(self, row: Imported, novelty: Novelty) -> None:
        """Count a good row."""
        if novelty is Novelty.REPEATED:
            self.repeated += 1
            return
        self.imported += 1
        self.events += len(row.events) + len(row.others)
        if novelty is Novelty.NEW:
            self.subjects += 1
            count, amount = self.sums.get(row.currency, (0, 0))
            self.sums[row.currency] = (count + 1, amount + row.amount_minor)


@dataclass(slots=True)
class _Pass:
    """One pass over one file."""

    convert: Convert
    topic: str
    rejects: RejectFile
    seen: Seen
    totals: ImportTotals = field(default_factory=ImportTotals)

    def chunks(self, rows: Iterator[Row]) -> Iterator[list[Message]]:
        """Messages of good rows, some at a time; bad rows go to the reject file."""
        chunk: list[Message] = []
        for row in rows:
            self.totals.rows += 1
            try:
                chunk += self._messages(row)
            except BadRow as bad:
                self.totals.rejected += 1
                self.rejects.add(row, str(bad))
            if len(chunk) >= CHUNK_EVENTS:
                yield chunk
                chunk = []
        yield chunk

    def _messages(self, row: Row) -> list[Message]:
        if row.problem is not None:
            raise BadRow(row.problem)
        imported = self.convert(row.cells)
        novelty = self.seen.add(imported, row.line)
        self.totals.take(imported, novelty)
        if novelty is Novelty.REPEATED:
            return []
        own = [message(self.topic, imported.key, event) for event in imported.events]
        return [*own, *imported.others]


async def import_file(
    path: Path, rejects: Path, kind: Kind, mapping: Opened, publisher: EventPublisher
) -> ImportTotals:
    """Send the file's events and wait until all are acknowledged.

    Raises PlatformError without file, without the mapped columns, without broker or topic.
    """
    with open_csv(path) as file, Seen() as seen:
        table = CsvFile(file, mapping.layout, str(path))
        convert = mapping.converter(table.header)
        await publisher.start(*kind.topics)
        reject_file = RejectFile(rejects, table.header, mapping.layout.delimiter)
        one = _Pass(convert, kind.topic.name, reject_file, seen)
        progress = Progress()
        try:
            for chunk in one.chunks(table.rows()):
                await publisher.send(chunk)
                await asyncio.sleep(0)  # lets the chunk begin its way before the next is made
                progress.show(_line(one.totals))
            await publisher.flush()
        finally:
            progress.close()
            reject_file.close()
        return one.totals


def _line(totals: ImportTotals) -> str:
    rejected = f", {totals.rejected:,} rejected" if totals.rejected else ""
    pace = totals.rows / totals.seconds
    return (
        f"{totals.rows:,} rows read, {totals.events:,} events sent{rejected} ({pace:,.0f} rows/s)"
    )
