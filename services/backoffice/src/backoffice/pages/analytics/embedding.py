"""The dashboard inside a page of another site: a static shell, its charts, and the Embed dialog.

The shell holds no data. Its script reads page and token behind the ``#`` of the address, which no
server is sent, and asks here with a header; without a token the session of the same site suffices.
"""

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from backoffice.clients.gateway import Caller
from backoffice.errors import NoSuchPage, Refused, SessionOver
from backoffice.pages.analytics.charts import Charts
from backoffice.pages.analytics.page import ANALYTICS, card_alone
from backoffice.pages.answers import POLICY
from backoffice.pages.page import Page
from backoffice.pages.visit import Visit, Visiting, Visitor
from backoffice.words import word
from payops_contracts.pages import Dashboard
from payops_kernel.auth.principals import UserRole

SHELL = "/data-visualization/"
BOARDS = f"{SHELL}boards"
PAGES = {"transactions-analytics": "analytics"}
"""Dashboards by the name that the address has behind its ``#``."""
EMBEDDED = Page("embedded", SHELL, word("Analytics"))
EMBEDDING = Page(
    "embedding", "/analytics/embedding", word("Embed"), parent=ANALYTICS, role=UserRole.ADMIN
)
LIFETIMES = {3600: word("1 hour"), 900: word("15 minutes"), 300: word("5 minutes")}
"""Of tokens, in seconds."""
BEARER = "Bearer "

routes = APIRouter()


@dataclass(frozen=True, slots=True)
class Made:
    """A token, as the other page needs it."""

    origin: str
    """Of our pages."""
    source: str
    """The frame's address."""
    expires_at: str

    @property
    def frame(self) -> str:
        """The frame in HTML."""
        return f'<iframe src="{self.source}" title="PayOps" width="100%" height="1200"></iframe>'


# Inside a page of another site.


@routes.get(SHELL.rstrip("/"))
async def shell_without_its_slash() -> Response:
    """The shell's address; browsers keep what stands behind the ``#``."""
    return RedirectResponse(SHELL, 308)


@routes.get(SHELL)
async def shell(visit: Visitor) -> Response:
    """The frame's page: no data, and only the allowed sites may frame it."""
    allowed = " ".join(("'self'", *visit.site.settings.embed_sites))
    policy = POLICY.replace("frame-ancestors 'none'", f"frame-ancestors {allowed}")
    headers = {"Content-Security-Policy": policy, "X-Frame-Options": "SAMEORIGIN"}
    return visit.part("pages/embedded.html", EMBEDDED, headers=headers)


@routes.get(f"{BOARDS}/{{name}}")
async def board(visit: Visitor, name: str) -> Response:
    """All charts of a dashboard, for its shell."""
    try:
        charts = _charts(visit, name)
        found = await charts.board()
    except SessionOver:
        return visit.html("", 401)
    return visit.part(
        "components/embedded_board.html",
        EMBEDDED,
        board=found,
        address=charts.address,
        reporting=charts.reporting,
        charts_at=f"{BOARDS}/{name}/charts",
    )


@routes.get(f"{BOARDS}/{{name}}/charts/{{chart_id}}")
async def board_chart(visit: Visitor, name: str, chart_id: str) -> Response:
    """One of them, asked for anew."""
    try:
        return card_alone(visit, await _charts(visit, name).card(chart_id))
    except SessionOver:
        return visit.html("", 401)


def _charts(visit: Visit, name: str) -> Charts:
    """The charts as the token reads them, else as the session does; raises ``SessionOver``."""
    token = _token(visit.request)
    gateway: Caller = visit.site.gateway.caller(token) if token else visit.gateway
    return Charts(
        visit,
        _dashboard(visit, name),
        gateway,
        path=f"{SHELL}#/{name}",
        leads_to_rows=token is None,
        rows_target="_blank",
        kpis_alone=True,
    )


def _dashboard(visit: Visit, name: str) -> Dashboard:
    dashboard = visit.pages.dashboards.get(PAGES.get(name, name))
    if dashboard is None or not dashboard.embeddable:
        raise NoSuchPage(f"There is no page '{name}' to be embedded.")
    return dashboard


def _token(request: Request) -> str | None:
    said = request.headers.get("authorization", "")
    return said.removeprefix(BEARER) if said.startswith(BEARER) else None


# The dialog that makes a token.


@routes.get(EMBEDDING.path)
async def embedding(visit: Visiting) -> Response:
    """What to embed, and where."""
    visit.require(UserRole.ADMIN)
    return _dialog(visit, dict(visit.query))


@routes.post(EMBEDDING.path)
async def embed(visit: Visiting) -> Response:
    """Make a token, and show what to put into the other page."""
    visit.require(UserRole.ADMIN)
    fields = await visit.form()
    site = fields.get("site", "").strip().rstrip("/")
    wanted: dict[str, object] = {"sites": [site], "lifetime_s": _lifetime(fields)}
    if fields.get("currency"):
        wanted["currency"] = fields["currency"]
    try:
        token = await visit.gateway.post("/v1/embed-tokens", wanted)
    except Refused as refused:
        first = next(iter(refused.errors), None)
        return _dialog(
            visit, fields, first["detail"] if first else refused.detail, refused.answered
        )
    origin = str(visit.request.base_url).rstrip("/")
    source = f"{origin}{SHELL}#/{next(iter(PAGES))}?token={token['token']}"
    return _dialog(visit, fields, made=Made(origin, source, token["expires_at"]))


def _lifetime(fields: dict[str, str]) -> int:
    asked = fields.get("lifetime_s", "")
    return int(asked) if asked.isdigit() and int(asked) in LIFETIMES else max(LIFETIMES)


def _dialog(
    visit: Visit,
    fields: dict[str, str],
    refused: str = "",
    status: int = 200,
    made: Made | None = None,
) -> Response:
    return visit.page(
        "pages/embedding.html",
        EMBEDDING,
        status=status,
        fields=fields,
        refused=refused,
        made=made,
        lifetimes=LIFETIMES,
        sites=visit.site.settings.embed_sites,
    )
