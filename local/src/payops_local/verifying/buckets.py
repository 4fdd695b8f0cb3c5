"""Stored KPI buckets beside the recount of the facts, cell by cell."""

from __future__ import annotations

from collections.abc import Mapping

from payops_local.connections import Database, Decimal128, Session
from payops_local.verifying.findings import Findings
from payops_local.verifying.recount import NOTHING, Cell, Sum, cell_of, words

BUCKETS, KPI = "kpi_buckets", "payments"
READ_BATCH = 5_000


async def stored_cells(
    analytics: Database, session: Session, findings: Findings
) -> dict[Cell, Sum]:
    """Every bucket of the payments KPI, summed by cell; one that cannot be read is named."""
    cells: dict[Cell, Sum] = {}
    cursor = analytics[BUCKETS].find({"kpi": KPI}, batch_size=READ_BATCH, session=session)
    async with cursor:
        async for bucket in cursor:
            with findings.comparing(f"bucket {bucket['_id']}"):
                cell = cell_of(bucket, bucket["day"])
                one = Sum(int(bucket["count"]), _whole_number(bucket["amount_minor"]))
                cells[cell] = cells.get(cell, NOTHING).plus(one)
    return cells


def _whole_number(amount: int | Decimal128) -> int:
    """Stored as a decimal, and as an integer of 64 bits once."""
    return int(amount.to_decimal()) if isinstance(amount, Decimal128) else int(amount)


def compare_cells(
    stored: Mapping[Cell, Sum], counted: Mapping[Cell, Sum], findings: Findings
) -> None:
    """Name every cell that is not what the facts say; an absent one is an empty one."""
    for cell in sorted(stored.keys() | counted.keys(), key=str):
        has, should = stored.get(cell, NOTHING), counted.get(cell, NOTHING)
        if has != should:
            findings.differ(
                f"bucket {cell.day} {cell.currency} {cell.status} {cell.method} {cell.channel} "
                f"(partition {cell.partition}): {words(has)}, the facts say {words(should)}"
            )
