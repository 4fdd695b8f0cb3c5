"""``GET /<list>`` and its parts: rows read again, counts and sums, the choice of columns."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from backoffice.components.list_page import Asked, ListView
from backoffice.components.list_page.tabs import counted, late, tab_views
from backoffice.errors import Refused, ServiceAway
from backoffice.pages.lists.bulk import bulk_routes
from backoffice.pages.lists.declared import declared_list
from backoffice.pages.lists.exporting import export_routes
from backoffice.pages.lists.reading import asked_rows, columns_cookie, read_list, showing_of
from backoffice.pages.lists.saved_views import read_views
from backoffice.pages.page import Page
from backoffice.pages.visit import Visit, Visiting
from payops_contracts.pages import ListPage

TEMPLATE = "pages/list.html"
KEPT_S = 365 * 24 * 3600

Beside = Callable[[Visit], Awaitable[Mapping[str, Any]]]


async def _nothing_beside(_visit: Visit) -> Mapping[str, Any]:
    return {}


def list_routes(
    page: Page, template: str = TEMPLATE, beside: Beside = _nothing_beside
) -> APIRouter:
    """The pages of the list that is declared under the name of ``page``.

    A ``template`` of its own extends the list's; ``beside`` reads what else it shows.
    """
    router, name = APIRouter(), page.name

    @router.get(page.path)
    async def whole(visit: Visiting) -> Response:
        declared = declared_list(visit, page)
        view, views, more = await asyncio.gather(
            read_list(visit, declared),
            read_views(visit, Asked.of(declared, visit.query)),
            beside(visit),
        )
        return visit.page(template, page, view=view, views=views, status=_status(view), **more)

    @router.get(f"/parts/{name}")
    async def rows(visit: Visiting) -> Response:
        declared = declared_list(visit, page)
        ids = asked_rows(visit)
        view = await read_list(visit, declared, ids)
        block = "parts" if ids is None else "rows"
        return visit.part(TEMPLATE, page, block, status=_status(view), view=view, views=None)

    @router.get(f"/parts/{name}/menu")
    async def menu(visit: Visiting) -> Response:
        view = await read_list(visit, declared_list(visit, page), asked_rows(visit) or ())
        return visit.part(TEMPLATE, page, "menu", status=_status(view), view=view, views=None)

    @router.get(f"/parts/{name}/totals")
    async def totals(visit: Visiting) -> Response:
        return await _totals(visit, page, declared_list(visit, page))

    @router.post(f"/parts/{name}/columns")
    async def columns(visit: Visiting) -> Response:
        return await _keep_columns(visit, declared_list(visit, page))

    router.include_router(export_routes(page))
    router.include_router(bulk_routes(page))
    return router


def _status(view: ListView) -> int:
    return HTTPStatus.OK if view.failure is None else view.failure.status


async def _totals(visit: Visit, page: Page, declared: ListPage) -> Response:
    """Counts of tabs and sums; what cannot be counted now is left out, the rows stand alone."""
    asked, showing = Asked.of(declared, visit.query), showing_of(visit)
    found = None
    if not asked.wrong:
        try:
            found = await visit.gateway.get(_totals_of(declared), asked.totals_query())
        except (ServiceAway, Refused):
            found = None
    return visit.part(
        TEMPLATE,
        page,
        "totals",
        view=ListView(asked, showing),
        totals=found,
        tabs=tab_views(asked, showing, found),
        listed=counted(asked, found, showing),
        late=late(found) if found else "",
    )


def _totals_of(declared: ListPage) -> str:
    return declared.resource.replace("/v1/", "/v1/totals/", 1)


async def _keep_columns(visit: Visit, declared: ListPage) -> Response:
    sent = await visit.form_items()
    back = urlsplit(next((value for field, value in sent if field == "back"), declared.path))
    query = f"?{back.query}" if back.query else ""
    response: Response = RedirectResponse(declared.path + query, 303)
    chosen = [value for field, value in sent if field == "columns" and value in declared.columns]
    if any(field == "reset" for field, _ in sent) or not chosen:
        response.delete_cookie(columns_cookie(declared), path="/")
    else:
        response.set_cookie(
            columns_cookie(declared), ".".join(chosen), max_age=KEPT_S, path="/", httponly=True,
            samesite="lax",
        )  # fmt: skip
    return response
