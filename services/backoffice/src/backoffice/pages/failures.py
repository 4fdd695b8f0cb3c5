"""What went wrong, as a page: what failed, what holds, what to do, and where to look it up.

An htmx request gets a fragment for the place that is for it, never a page: what is shown stays.
"""

from dataclasses import dataclass, replace
from urllib.parse import quote, urlsplit

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backoffice.errors import NoSuchPage, Refused, ServiceAway, SessionOver
from backoffice.pages import htmx
from backoffice.pages.page import Page
from backoffice.pages.site import Site
from backoffice.pages.visit import Visit
from backoffice.session.forms import SAFE_METHODS
from backoffice.words import word
from payops_kernel.errors import Forbidden, NotFound, PayOpsError
from payops_kernel.http.tracing import current_trace
from payops_kernel.logging import get_logger

PROBLEM = Page("problem", "", word("Problem"))
SIGN_IN = "/sign-in"

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Told:
    """A failure in words: a title, sentences about what failed and what holds, and the trace."""

    status: int
    title: str
    failed: str
    holds: str
    trace_id: str | None
    retry: bool
    """Whether the same request may go through later."""


def told(error: Exception, visit: Visit) -> Told:
    """The words for an error, in the visitor's language."""
    _ = visit.words
    trace = current_trace()
    trace_id = trace.trace_id if trace else None
    if isinstance(error, ServiceAway):
        return Told(
            503,
            _("Temporarily unavailable"),
            _("%(service)s does not answer.", service=error.name),
            _("Nothing was changed.")
            if visit.request.method in SAFE_METHODS
            else _("Look before you do it again: it may have been done."),
            error.trace_id or trace_id,
            retry=True,
        )
    if isinstance(error, Forbidden) or (isinstance(error, Refused) and error.answered == 403):
        title = _(error.title) if isinstance(error, Forbidden) else _("Not allowed")
        return Told(403, title, _(str(error)), _("Nothing was changed."), trace_id, False)
    if isinstance(error, NotFound) or (isinstance(error, Refused) and error.answered == 404):
        return Told(
            404,
            _("Not found"),
            _("There is nothing at this address"),
            _("It may be mistyped, or gone."),
            trace_id,
            False,
        )
    if isinstance(error, Refused):
        title, trace_id = _(str(error.problem.get("title", ""))), error.trace_id or trace_id
        return Told(error.answered, title, error.detail, _("Nothing was changed."), trace_id, False)
    if isinstance(error, PayOpsError):
        return Told(error.status, _(error.title), _(str(error)), "", trace_id, error.retryable)
    return Told(
        500,
        _("Something went wrong here"),
        _("This is a defect. Quote the trace ID when you report it."),
        _("Look before you do it again: it may have been done."),
        trace_id,
        retry=True,
    )


def failure(request: Request, error: Exception) -> Response:
    """The answer to a request that failed."""
    site: Site = request.app.state.site
    visit = Visit(site, request, site.cookies.read(request))
    if isinstance(error, SessionOver):
        return _session_over(visit)
    said = told(error, visit)
    if htmx.is_htmx(request) and request.headers.get("hx-history-restore-request") != "true":
        return visit.part(
            "pages/problem.html", PROBLEM, "notice", status=said.status, told=said,
            headers=htmx.swapped_into(htmx.PROBLEM_SLOT),
        )  # fmt: skip
    page = replace(PROBLEM, title=said.title)
    return visit.page("pages/problem.html", page, status=said.status, told=said)


def _session_over(visit: Visit) -> Response:
    """Sign-in: over the page for a script, which keeps what was typed; else by its own page."""
    request = visit.request
    if htmx.is_htmx(request) and request.headers.get("hx-history-restore-request") != "true":
        who = visit.session.subject if visit.session else ""
        return visit.part(
            "pages/sign-in-again.html", PROBLEM, "form", status=401, who=who, refused="",
            headers=htmx.swapped_into(htmx.SESSION_SLOT),
        )  # fmt: skip
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if request.method not in SAFE_METHODS:
        came_from = urlsplit(request.headers.get("referer", ""))
        back = came_from.path + (f"?{came_from.query}" if came_from.query else "")
    response = RedirectResponse(f"{SIGN_IN}?next={quote(back or '/')}", 303)
    if visit.session and not visit.session.is_over:
        # The gateway takes its token no longer; with it, sign-in would lead straight back here.
        visit.site.cookies.forget(response)
    return response


def install_failure_pages(app: FastAPI) -> None:
    """Make every failure of the app a page, defects too."""
    for kind in (PayOpsError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, _handled)
    app.user_middleware.append(Middleware(_Defects))


async def _handled(request: Request, error: Exception) -> Response:
    if isinstance(error, RequestValidationError) or (
        isinstance(error, HTTPException) and error.status_code in {404, 405}
    ):
        error = NoSuchPage("No page has this address.")
    return failure(request, error)


class _Defects:
    """Around all routes: turns a defect into a page, while the answer has not begun."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            if begun or isinstance(error, OSError):
                raise
            log.exception("page.defect", path=scope["path"])
            await failure(Request(scope), error)(scope, receive, send)
