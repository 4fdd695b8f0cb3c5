"""The routes of a declared list: ``GET /v1/<name>``, and ``GET`` and ``POST …/export``."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query
from pydantic import BaseModel, create_model
from starlette.responses import Response

from payops_kernel.auth.dependencies import requires
from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.exports.exports import Exports
from payops_kernel.exports.formats import FORMATS
from payops_kernel.exports.orders import ExportOrder
from payops_kernel.exports.routes import CONTENT, ExportQuery, SelectedRows
from payops_kernel.http.announcing import refusals
from payops_kernel.http.commands import keyless_context
from payops_kernel.http.cursors import CursorCodec
from payops_kernel.http.queries import ListQuery, PageOut
from payops_kernel.http.responses import JsonResponse
from payops_kernel.jobs.routes import JobOut
from payops_kernel.lists.declared import DeclaredList
from payops_kernel.lists.reads import ListReads

SELECTED: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file; `Export-Id` names its manifest.", "content": CONTENT},
    **refusals(410, 429),
}
FILTERED: dict[int | str, dict[str, Any]] = SELECTED | {
    202: {
        "description": "More rows than are answered at once: a job makes the file.",
        "model": JobOut,
    }
}


def list_routes(
    declared: DeclaredList,
    reads: ListReads,
    exports: Exports,
    cursors: CursorCodec,
    role: UserRole = UserRole.VIEWER,
) -> APIRouter:
    """Pages and files of a list; whoever sees the list may export it.

    They go before routes of one row, which would take ``export`` for an id.
    """
    router = APIRouter(prefix="/v1", tags=[declared.name])
    _page_route(router, declared, reads, cursors, exports, role)
    _export_routes(router, declared, exports, role)
    return router


def _query_model(name: str, declared: DeclaredList, options: type[BaseModel]) -> Any:
    """The query model: the list's filters, and what a page or a file takes beside them."""
    return create_model(name, __base__=(declared.filters, options))


def _page_route(
    router: APIRouter,
    declared: DeclaredList,
    reads: ListReads,
    cursors: CursorCodec,
    exports: Exports,
    role: UserRole,
) -> None:
    model = _query_model("PageQuery", declared, ListQuery)

    @router.get(
        f"/{declared.name}",
        name=f"list_{declared.name}",
        description=declared.about,
        response_model=PageOut[declared.row_model],  # type: ignore[name-defined]
        dependencies=[Depends(requires(role))],
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
        return JsonResponse(found.map(declared.present).body())


def _export_routes(
    router: APIRouter, declared: DeclaredList, exports: Exports, role: UserRole
) -> None:
    model = _query_model("FileQuery", declared, ExportQuery)
    Caller = Annotated[Principal, Depends(requires(role))]  # noqa: N806 - a type
    path, resource, zone = f"/{declared.name}/export", declared.export, exports.zone

    @router.get(
        path,
        name=f"export_{declared.name}",
        description="The list that the filters name, as a file: CSV, XLSX or Parquet.",
        response_class=Response,
        responses=FILTERED,
    )
    async def export_rows(
        given: Annotated[model, Query()],  # type: ignore[valid-type]
        caller: Caller,
    ) -> Response:
        query: Any = given
        sort = declared.order(query.sort)
        return await exports.answer(
            ExportOrder(
                resource=resource,
                columns=resource.choose(query.column_names()),
                format=FORMATS[query.format],
                style=query.style(),
                filters=query.filters(),
                query=declared.rows(query, sort, zone),
                owner=caller.subject,
                zone=zone,
            ),
            keyless_context(caller),
        )

    @router.post(
        path,
        name=f"export_selected_{declared.name}",
        description=(
            f"The {declared.name} with these ids, as a file; ids that there are not are left out."
        ),
        response_class=Response,
        responses=SELECTED,
    )
    async def export_selected_rows(
        body: Annotated[SelectedRows, Body()], caller: Caller
    ) -> Response:
        sort = declared.order(body.sort)
        return await exports.answer(
            ExportOrder(
                resource=resource,
                columns=resource.choose(body.columns),
                format=FORMATS[body.format],
                style=body.style(),
                filters={},
                query=declared.selected(body.ids, sort),
                owner=caller.subject,
                zone=zone,
                selected=len(set(body.ids)),
                ids=tuple(body.ids),
            ),
            keyless_context(caller),
        )
