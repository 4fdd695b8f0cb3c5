"""The routes of a declared list: ``GET /v1/<name>``, ``GET`` and ``POST …/export``, and totals."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query
from pydantic import BaseModel, create_model
from starlette.responses import Response

from payops_kernel.auth.dependencies import ViewerCaller, requires
from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.exports.exports import Exports
from payops_kernel.exports.orders import FORMATS, ExportOrder
from payops_kernel.exports.routes import CONTENT, ExportQuery, SelectedRows
from payops_kernel.http.announcing import refusals
from payops_kernel.http.commands import keyless_context
from payops_kernel.http.cursors import CursorCodec
from payops_kernel.http.given import GivenQuery
from payops_kernel.http.queries import ListQuery, PageOut
from payops_kernel.http.responses import JsonResponse
from payops_kernel.jobs.routes import JobOut
from payops_kernel.lists.declared import DeclaredList
from payops_kernel.lists.reads import ListReads
from payops_kernel.lists.totals import ListTotals, TotalsOut
from payops_kernel.zones import Zone

SELECTED: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file; `Export-Id` names its manifest.", "content": CONTENT},
    **refusals(410, 429),
}
LARGE = "More rows than are answered at once: a job makes the file."
FILTERED = SELECTED | {202: {"description": LARGE, "model": JobOut}}


def list_routes(
    declared: DeclaredList, reads: ListReads, exports: Exports, cursors: CursorCodec
) -> APIRouter:
    """Pages and files of a list, for viewers and up; days are days of the exports' zone.

    They go before routes of one row, which would take ``export`` for an id.
    """
    router = APIRouter(prefix="/v1", tags=[declared.name])
    model = _query_model(declared, ListQuery)

    @router.get(
        f"/{declared.name}",
        name=f"list_{declared.name}",
        description=declared.about,
        response_model=PageOut[declared.row_model],  # type: ignore[name-defined]
        dependencies=[Depends(requires(UserRole.VIEWER))],
    )
    async def page_of_rows(
        given: Annotated[model, Query()],  # type: ignore[valid-type]
    ) -> JsonResponse:
        query: Any = given
        page = declared.open(
            cursors,
            filters=query.filters(),
            limit=query.limit,
            sort=query.sort,
            cursor=query.cursor,
        )
        found = await reads.page(query.condition(exports.zone), page)
        return JsonResponse(found.body(declared.present))

    if declared.totals is not None:
        _totals_route(router, declared, ListTotals(declared, declared.totals, reads), exports.zone)
    _export_routes(router, declared, exports)
    return router


def _totals_route(
    router: APIRouter, declared: DeclaredList, totals: ListTotals, zone: Zone
) -> None:
    # Not below the list: there the word would be an id.
    @router.get(
        f"/totals/{declared.name}",
        name=f"total_{declared.name}",
        description=f"How many {declared.name} the filters leave of each word, and their sums.",
        response_model=TotalsOut,
        dependencies=[Depends(requires(UserRole.VIEWER))],
    )
    async def totals_of_rows(
        given: Annotated[_query_model(declared, GivenQuery), Query()],  # type: ignore[valid-type]
    ) -> JsonResponse:
        query: Any = given
        return JsonResponse(await totals.body(query.condition(zone)))


def _export_routes(router: APIRouter, declared: DeclaredList, exports: Exports) -> None:
    model = _query_model(declared, ExportQuery)
    name, resource, zone = declared.name, declared.export, exports.zone

    async def answer(asked: Any, caller: Principal, **of: Any) -> Response:
        order = ExportOrder(
            resource=resource,
            format=FORMATS[asked.format],
            style=asked.style(),
            owner=caller.subject,
            zone=zone,
            **of,
        )
        return await exports.answer(order, keyless_context(caller))

    @router.get(
        f"/{name}/export",
        name=f"export_{name}",
        description="The list that the filters name, as a file: CSV, XLSX or Parquet.",
        response_class=Response,
        responses=FILTERED,
    )
    async def export_rows(
        given: Annotated[model, Query()],  # type: ignore[valid-type]
        caller: ViewerCaller,
    ) -> Response:
        query: Any = given
        sort, columns = declared.order(query.sort), resource.choose(query.column_names())
        rows = declared.rows(query, sort, zone)
        return await answer(query, caller, columns=columns, query=rows, filters=query.filters())

    @router.post(
        f"/{name}/export",
        name=f"export_selected_{name}",
        description=f"The {name} with these ids, as a file; ids that there are not are left out.",
        response_class=Response,
        responses=SELECTED,
    )
    async def export_selected_rows(
        body: Annotated[SelectedRows, Body()], caller: ViewerCaller
    ) -> Response:
        sort, columns = declared.order(body.sort), resource.choose(body.columns)
        rows, ids = declared.selected(body.ids, sort), tuple(body.ids)
        selected = len(set(ids))
        return await answer(
            body, caller, columns=columns, query=rows, filters={}, selected=selected, ids=ids
        )


def _query_model(declared: DeclaredList, options: type[BaseModel]) -> Any:
    """The list's filters, and what a page or a file takes beside them."""
    return create_model("Query", __base__=(declared.filters, options))
