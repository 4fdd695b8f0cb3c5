"""What is asked when no other route has an address: the configuration, if a page of it has.

Addresses of the configuration are known when it was read, not when the app is made; so this stands
behind all routes (``app.router.default``) and looks each address up.
"""

from collections.abc import Awaitable, Callable
from urllib.parse import unquote

from fastapi import APIRouter, Request
from starlette.responses import Response

from backoffice.errors import NoSuchPage, SessionOver
from backoffice.pages.configured.actions import ask, do
from backoffice.pages.configured.dashboards import one_chart, whole
from backoffice.pages.visit import Visit, Visitor
from payops_contracts.pages import Pages, placeholders

Show = Callable[[Visit], Awaitable[Response]]

routes = APIRouter()


@routes.api_route("/{path:path}", methods=["GET", "POST"])
async def configured(request: Request, visit: Visitor) -> Response:
    """The page of the configuration at this address; raises ``NoSuchPage``."""
    if visit.is_signed_in:
        await visit.read_pages()
    raw = request.scope.get("raw_path", request.url.path.encode()).decode("latin-1")
    steps = raw.partition("?")[0].split("/")
    show = _dashboard(visit.pages, request.method, steps) or _action(
        visit.pages, request.method, steps
    )
    if show is None and (visit.is_signed_in or visit.site.configured.is_read):
        raise NoSuchPage("No page has this address.")
    if show is None or not visit.is_signed_in:
        raise SessionOver("Sign in to go on.")
    return await show(visit)


def _dashboard(pages: Pages, method: str, steps: list[str]) -> Show | None:
    """``/methods``, or ``/methods/charts/days``."""
    if method != "GET":
        return None
    path = "/".join(steps)
    for dashboard in pages.dashboards.values():
        if path == dashboard.path:
            return lambda visit: whole(visit, dashboard)
        if path.startswith(f"{dashboard.path}/charts/"):
            return lambda visit: one_chart(visit, dashboard, unquote(steps[-1]))
    return None


def _action(pages: Pages, method: str, steps: list[str]) -> Show | None:
    """``/transactions/ORD-1/actions/hand-to-erp``."""
    if len(steps) < 4 or steps[-2] != "actions":
        return None
    above, action = "/".join(steps[:-2]), pages.actions.get(unquote(steps[-1]))
    for detail in pages.details.values():
        begin, end = detail.path.split(f"{{{placeholders(detail.path)[0]}}}")
        row_id = above.removeprefix(begin).removesuffix(end)
        fits = above == f"{begin}{row_id}{end}" and row_id and "/" not in row_id
        if fits and action and action.endpoint and action.of == detail.id:
            shown = ask if method == "GET" else do
            return lambda visit: shown(visit, detail, action, unquote(row_id))
    return None
