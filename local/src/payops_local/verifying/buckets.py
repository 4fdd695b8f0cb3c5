"""Stored KPI buckets beside the recount of the facts, cell by cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from payops_local.connections import Database, Decimal128, Session
from payops_local.verifying.findings import Findings
from payops_local.verifying.recount import NOTHING, Cell, Sum, cell_of, words

BUCKETS, KPI = "kpi_buckets", "payments"
READ_BATCH = 5_000
ESCAPED = {"%24": "$", "%2E": ".", "%25": "%"}
"""In the names of parts; a lone ``%`` stands for no word."""

OF_DAY_BUCKETS = frozenset({"_id", "kpi", "currency", "day", "partition"})
DayCell = tuple[str, str, int, str, str | None]
"""Currency, day, partition, part and word, of buckets that count by day alone."""


def day_in(zone: ZoneInfo, instant: datetime) -> str:
    """The day of a zone; raises OverflowError when no calendar has it."""
    return instant.astimezone(zone).date().isoformat()


async def stored_cells(
    analytics: Database, session: Session, findings: Findings
) -> dict[Cell, Sum]:
    """Every bucket and its parts, summed by cell; one that cannot be read is named."""
    cells: dict[Cell, Sum] = {}
    cursor = analytics[BUCKETS].find({"kpi": KPI}, batch_size=READ_BATCH, session=session)
    async with cursor:
        async for bucket in cursor:
            with findings.comparing(f"bucket {bucket['_id']}"):
                for cell, one in list(_cells(bucket)):
                    cells[cell] = one.plus(cells.get(cell, NOTHING))
    return cells


def _cells(bucket: Mapping[str, Any]) -> Iterator[tuple[Cell, Sum]]:
    cell = cell_of(bucket, bucket["day"])
    yield cell, sum_of(bucket)
    if "refunded" in bucket:
        yield cell._replace(by="refunded"), sum_of(bucket["refunded"])
    for by in ("provider", "type", "failure_code"):
        for word, part in bucket.get(by, {}).items():
            yield cell._replace(by=by, word=word_of(word)), sum_of(part)


def word_of(stored: str) -> str | None:
    """The word of a part, out of the name of its field."""
    if stored == "%":
        return None
    for escaped, character in ESCAPED.items():  # the sign of escaping goes last
        stored = stored.replace(escaped, character)
    return stored


def sum_of(document: Mapping[str, Any]) -> Sum:
    """What a bucket or a part of one says."""
    return Sum(int(document["count"]), whole_number(document["amount_minor"]))


def whole_number(amount: int | Decimal128) -> int:
    """Stored as a decimal, and as an integer of 64 bits once."""
    return int(amount.to_decimal()) if isinstance(amount, Decimal128) else int(amount)


def compare_cells(
    stored: Mapping[Cell, Sum], counted: Mapping[Cell, Sum], findings: Findings
) -> None:
    """Name every cell that is not what the facts say; an absent one is an empty one."""
    for cell in sorted(stored.keys() | counted.keys(), key=str):
        has, should = stored.get(cell, NOTHING), counted.get(cell, NOTHING)
        if has != should:
            part = f" {cell.by} {cell.word or ''}".rstrip()
            findings.differ(
                f"bucket {cell.day} {cell.currency} {cell.status} {cell.method} {cell.channel}"
                f"{part} (partition {cell.partition}): {words(has)}, the facts say {words(should)}"
            )


async def compare_day_buckets(
    analytics: Database,
    session: Session,
    kpi: str,
    counts: Counter[DayCell],
    amounts: Counter[DayCell],
    findings: Findings,
) -> int:
    """Name every part of a KPI's buckets of days that is not what the facts say; how many buckets
    there are.
    """
    stored: dict[DayCell, tuple[int, int]] = {}
    buckets = 0
    async for bucket in analytics[BUCKETS].find({"kpi": kpi}, session=session):
        buckets += 1
        with findings.comparing(f"bucket {bucket['_id']}"):
            place = (bucket["currency"], bucket["day"], int(bucket["partition"]))
            for part in bucket.keys() - OF_DAY_BUCKETS:
                for word, totals in bucket[part].items():
                    stored[(*place, part, word_of(word))] = sum_of(totals)
    for cell in sorted(stored.keys() | counts.keys(), key=str):
        has, should = stored.get(cell, (0, 0)), (counts[cell], amounts[cell])
        if has != should:
            currency, day, partition, part, word = cell
            findings.differ(
                f"bucket {kpi} {day} {currency} {part} {word or ''}".rstrip()
                + f" (partition {partition}): {has[0]} of {has[1]} minor units, "
                f"the facts say {should[0]} of {should[1]}"
            )
    return buckets
