"""A list out of the gateway: what the address asks, what was answered, what was not."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request

from backoffice.components.list_page import Asked, ListView, Showing
from backoffice.components.list_page.view import EMPTY, Failure
from backoffice.errors import Refused, ServiceAway
from backoffice.pages.lists.declared import pages_of
from backoffice.pages.shown import Shown
from backoffice.pages.visit import Visit
from payops_contracts.pages import ListPage
from payops_kernel.zones import Zone

ROWS_A_PAGE = 50
TOO_BROAD = "query_too_broad"
"""The gateway's refusal of a list whose rows it cannot find in time."""
ROWS = "rows"
"""The parameter that names rows which are to be shown again, separated by commas."""


def showing_of(visit: Visit) -> Showing:
    """For whom lists are shown."""
    return Showing(
        shown=Shown(visit.words, visit.own_zone, datetime.now(UTC)),
        reporting=Zone(visit.site.settings.zone),
        pages=pages_of(visit),
        may=visit.may,
    )


def columns_cookie(declared: ListPage) -> str:
    """The cookie that keeps which columns somebody chose."""
    return f"payops_columns_{declared.id}"


def kept_columns(request: Request, declared: ListPage) -> list[str]:
    """The columns that somebody chose in this browser; none while nobody did."""
    return [each for each in request.cookies.get(columns_cookie(declared), "").split(".") if each]


def asked_rows(visit: Visit) -> list[str] | None:
    """The ids of the rows that are to be shown again; None where all are meant."""
    ids = visit.request.query_params.get(ROWS)
    return None if ids is None else [each for each in ids.split(",") if each]


async def read_list(
    visit: Visit, declared: ListPage, only: Iterable[str] | None = None
) -> ListView:
    """The list at an address, with what failed in the place of its rows.

    ``only`` names rows: then those of them are read that the filters leave.
    """
    asked = Asked.of(declared, visit.query)
    view = ListView(
        asked,
        showing_of(visit),
        kept_columns(visit.request, declared),
        only=None if only is None else list(only),
    )
    if asked.wrong:
        return replace(view, failure=_not_understood(view))
    try:
        return replace(view, answer=await _answer(visit, asked, view.only))
    except ServiceAway as away:
        return replace(view, failure=_away(view, away))
    except Refused as refused:
        return replace(view, failure=_refused(view, refused))


async def _answer(visit: Visit, asked: Asked, only: Iterable[str] | None) -> Any:
    resource = asked.page.resource
    if only is not None:
        these = asked.among(only)
        return EMPTY if these is None else await visit.gateway.get(resource, these.query())
    query = asked.query(limit=ROWS_A_PAGE, cursor=asked.cursor)
    try:
        return await visit.gateway.get(resource, query)
    except Refused as refused:
        if asked.cursor is None or "cursor" not in refused.refusal:
            raise
        # A page of an earlier day, or of other filters: the list begins anew.
        return await visit.gateway.get(resource, asked.at(None).query(limit=ROWS_A_PAGE))


def _not_understood(view: ListView) -> Failure:
    words = view.showing.words
    said = [
        f"{each.label}: {field.error}"
        for each in view.filters
        for field in each.fields
        if field.error
    ]
    title = words("A filter is not understood")
    return Failure(HTTPStatus.UNPROCESSABLE_ENTITY, title, " ".join(said))


def _away(view: ListView, away: ServiceAway) -> Failure:
    words = view.showing.words
    return Failure(
        HTTPStatus.SERVICE_UNAVAILABLE,
        words("%(service)s does not answer.", service=away.name),
        words("Nothing was changed."),
        away.trace_id or "",
    )


def _refused(view: ListView, refused: Refused) -> Failure:
    words = view.showing.words
    title = words(str(refused.problem.get("title") or refused.title))
    return Failure(
        refused.answered,
        title,
        words(refused.detail),
        refused.trace_id or "",
        too_broad=refused.refusal == TOO_BROAD,
    )


def with_query(path: str, pairs: Iterable[tuple[str, str]]) -> str:
    """An address with parameters."""
    query = urlencode(list(pairs))
    return f"{path}?{query}" if query else path
