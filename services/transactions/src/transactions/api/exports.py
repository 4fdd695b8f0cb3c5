"""``GET /v1/transactions/export`` of a filter, ``POST /v1/transactions/export`` of a selection."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query
from starlette.responses import Response

from payops_kernel.auth.dependencies import requires
from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.exports.exports import Exports
from payops_kernel.exports.formats import FORMATS
from payops_kernel.exports.orders import ExportOrder
from payops_kernel.exports.reading import RowQuery
from payops_kernel.exports.routes import SelectedRows
from payops_kernel.http.announcing import refusals
from payops_kernel.http.commands import keyless_context
from payops_kernel.http.lists import Sort
from payops_kernel.jobs.routes import JobOut
from transactions.api.schemas import TransactionExportQuery
from transactions.api.transactions import TRANSACTIONS
from transactions.use_cases.export_transactions import TRANSACTION_EXPORT
from transactions.use_cases.filters import TransactionFilter

Caller = Annotated[Principal, Depends(requires(UserRole.VIEWER))]
Filtered = Callable[[TransactionFilter, Sort], RowQuery]
Selected = Callable[[Sequence[str], Sort], RowQuery]

FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file; `Export-Id` names its manifest.",
        "content": {
            known.media_type.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}
            for known in FORMATS.values()
        },
    },
    202: {
        "description": "More rows than are answered at once: a job makes the file.",
        "model": JobOut,
    },
    **refusals(410, 429),
}


SELECTED = {status: answer for status, answer in FILES.items() if status != 202}


def transaction_export_routes(
    exports: Exports, filtered: Filtered, selected: Selected
) -> APIRouter:
    """The routes for exporting transactions; whoever sees the list may export it."""
    router = APIRouter(prefix="/v1", tags=["transactions"])

    @router.get("/transactions/export", response_class=Response, responses=FILES)
    async def export_transactions(
        query: Annotated[TransactionExportQuery, Query()], caller: Caller
    ) -> Response:
        """The list that the filters name, as a file: CSV, XLSX or Parquet."""
        sort = _order(query.sort)
        return await exports.answer(
            ExportOrder(
                resource=TRANSACTION_EXPORT,
                columns=TRANSACTION_EXPORT.choose(query.column_names()),
                format=FORMATS[query.format],
                style=query.style(),
                filters=query.filters(),
                query=filtered(query.wanted(exports.zone), sort),
                owner=caller.subject,
                zone=exports.zone,
            ),
            keyless_context(caller),
        )

    @router.post("/transactions/export", response_class=Response, responses=SELECTED)
    async def export_selected_transactions(
        body: Annotated[SelectedRows, Body()], caller: Caller
    ) -> Response:
        """The transactions with these ids, as a file; ids that there are not are left out."""
        sort = _order(body.sort)
        return await exports.answer(
            ExportOrder(
                resource=TRANSACTION_EXPORT,
                columns=TRANSACTION_EXPORT.choose(body.columns),
                format=FORMATS[body.format],
                style=body.style(),
                filters={},
                query=selected(body.ids, sort),
                owner=caller.subject,
                zone=exports.zone,
                selected=len(set(body.ids)),
                ids=tuple(body.ids),
            ),
            keyless_context(caller),
        )

    return router


def _order(sort: str | None) -> Sort:
    return Sort.parse(sort or TRANSACTIONS.default_sort, TRANSACTIONS.sorts)
