"""Audit records of exports: who took which rows out of the house, and how many of them.

Two of each file. ``export.start`` is written with the manifest before the first byte leaves, so
that no export goes unrecorded: when it cannot be written, nothing is sent. ``export.end`` is
written with the manifest's end before the answer ends, with rows, bytes and digest; a file that was
broken off says how far it came and why. A file has one end, the first that was written. A start
without an end is a process that died, or a database that was away when the caller left: its rows
are not known, and were those of the filter at most. A file that a job makes has ``export.request``
for its start; when that is cancelled behind the file's end, the file is deleted, and the cancel's
own record says so. All of it is written while commands are refused, too: exports are reads.
"""

from collections.abc import Sequence
from hashlib import sha256
from http import HTTPStatus
from typing import Any

from payops_kernel.exports.export_run import ExportRun
from payops_kernel.exports.manifests import Broken, Manifests
from payops_kernel.exports.orders import ExportOrder
from payops_kernel.ports import CommandAnswer, RunsCommands, Work

IDS_MAX = 100
"""Selected rows that a record names one by one; the digest covers all of them."""


def told_of(order: ExportOrder) -> dict[str, Any]:
    """Which rows and columns were asked for, and as what."""
    return {
        "resource": order.resource.name,
        "format": order.format.name,
        "columns": [column.name for column in order.columns],
        "filters": dict(order.filters),
        "sort": order.query.sort.text,
        "selected": order.selected,
        **(_named(sorted(set(order.ids))) if order.ids else {}),
    }


def _named(ids: Sequence[str]) -> dict[str, Any]:
    return {"ids": ids[:IDS_MAX], "ids_sha256": sha256("\n".join(ids).encode()).hexdigest()}


class ExportRecords:
    """Writes manifests and their audit records, both or neither."""

    def __init__(self, commands: RunsCommands, manifests: Manifests) -> None:
        self._commands = commands
        self._manifests = manifests

    async def start(self, run: ExportRun) -> None:
        """Before the first byte. Raises ``Unavailable`` when it cannot be written."""
        positions = await run.positions()

        async def body(work: Work) -> CommandAnswer:
            work.write(lambda session: self._manifests.open(run, positions, session=session))
            work.audit("export.start", "export", run.id, after=told_of(run.order))
            return CommandAnswer(HTTPStatus.OK, {})

        await self._commands.record(run.context, body)

    async def end(self, run: ExportRun, why: Broken | None = None) -> None:
        """After the last byte; ``why`` the file is not whole. Of an end that is there, nothing."""
        totals = run.totals
        told = told_of(run.order) | {
            "rows": totals.rows,
            "bytes": totals.bytes,
            "sha256": totals.sha256,
            "complete": why is None,
            "broken_off": why,
        }

        async def body(work: Work) -> CommandAnswer:
            if await work.read(lambda session: self._manifests.is_open(run.id, session)):
                work.write(lambda session: self._manifests.close(run, why, session))
                work.audit("export.end", "export", run.id, after=told)
            return CommandAnswer(HTTPStatus.OK, {})

        await self._commands.record(run.context, body)
