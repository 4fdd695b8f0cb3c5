"""Sign-in as a page and, when a session ends, as a dialog over what was being done; sign-out."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from backoffice.errors import Refused, ServiceAway, SessionOver
from backoffice.pages import htmx
from backoffice.pages.choices import read_preferences
from backoffice.pages.failures import SIGN_IN
from backoffice.pages.page import Page
from backoffice.pages.visit import Visit, Visitor
from backoffice.session.cookies import Session
from backoffice.session.preferences import Preferences
from backoffice.words import word
from payops_kernel.auth.principals import UserRole
from payops_kernel.logging import get_logger

SIGN_IN_PAGE = Page("sign-in", SIGN_IN, word("Sign in"))
SEEDED_DOMAIN = "payops.local"
SIGN_OUT_PATIENCE_S = 2.0
"""Whoever signs out waits no longer for the token's end, a write of milliseconds: the session ends
in this browser all the same, and the token by itself."""

REFUSALS = {
    "sign_in_refused": word("E-mail and password do not belong together."),
    "rate_limited": word("Too many tries. Wait a minute, then try again."),
    "sign_in_off": word(
        "This platform has no sign-in by password: its tokens come from elsewhere."
    ),
}

routes = APIRouter()
log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SeededUser:
    """A user of the local issuer, whose password everybody knows."""

    role: UserRole

    @property
    def email(self) -> str:
        """As the issuer seeds it."""
        return f"{self.role}@{SEEDED_DOMAIN}"

    @property
    def password(self) -> str:
        """As the issuer seeds it."""
        return f"payops-{self.role}"


@routes.get(SIGN_IN)
async def sign_in_page(visit: Visitor) -> Response:
    """The page; with somebody signed in, what they came for."""
    if visit.session and not visit.session.is_over:
        return RedirectResponse(_destination(visit), 303)
    return _form(visit)


@routes.post(SIGN_IN)
async def sign_in(visit: Visitor) -> Response:
    """Sign in; refused, the page says why."""
    fields = await visit.open_form()
    email, password = _credentials(visit, fields)
    if not (email and password):
        return _form(visit, email, word("Enter your e-mail address and your password."), 422)
    try:
        session = await _session(visit, email, password)
    except Refused as refused:
        return _form(visit, email, REFUSALS.get(refused.refusal, refused.detail), refused.answered)
    except ServiceAway as away:
        said = visit.words("%(service)s does not answer.", service=away.name)
        return _form(visit, email, said, 503)
    response = _signed_in(visit, session)
    visit.site.cookies.write(response, session)
    return response


@routes.post("/sign-out")
async def sign_out(visit: Visitor) -> Response:
    """Forget the session in this browser, and end its token."""
    response = RedirectResponse(SIGN_IN, 303)
    if visit.is_signed_in:
        await _end_token(visit)
    visit.site.cookies.forget(response)
    return response


async def _end_token(visit: Visit) -> None:
    """Have the gateway refuse the token; one that is away keeps nobody signed in here."""
    try:
        async with asyncio.timeout(SIGN_OUT_PATIENCE_S):
            await visit.gateway.post("/v1/sign-out")
    except (Refused, ServiceAway, SessionOver, TimeoutError) as error:
        log.warning("sign_out.token_not_ended", error=type(error).__name__)


def _signed_in(visit: Visit, session: Session) -> Response:
    if not htmx.is_htmx(visit.request):
        return RedirectResponse(_destination(visit), 303)
    is_same = visit.session is not None and visit.session.subject == session.subject
    # The page below the dialog is of whoever was signed in when it was loaded.
    said = htmx.events(signed_in=True) if is_same else {"HX-Refresh": "true"}
    return Response(status_code=204, headers=said)


async def _session(visit: Visit, email: str, password: str) -> Session:
    gateway = visit.site.gateway.caller(None)
    given = await gateway.post("/v1/sign-in", {"email": email, "password": password})
    token = given["access_token"]
    signed_in = visit.site.gateway.caller(token)
    me = await signed_in.get("/v1/me")
    chosen = await read_preferences(signed_in)
    return Session(
        subject=me["subject"],
        name=me["name"],
        roles=tuple(me["roles"]),
        token=token,
        expires_at=datetime.now(UTC).timestamp() + given["expires_in"],
        preferences=chosen or Preferences(),
        chosen_at=datetime.now(UTC).timestamp() if chosen else 0.0,
    )


def _credentials(visit: Visit, fields: dict[str, str]) -> tuple[str, str]:
    seeded = fields.get("seeded")
    for user in _seeded(visit):
        if user.role == seeded:
            return user.email, user.password
    return fields.get("email", "").strip(), fields.get("password", "")


def _seeded(visit: Visit) -> list[SeededUser]:
    return [SeededUser(role) for role in UserRole] if visit.site.settings.offer_seeded_users else []


def _form(visit: Visit, email: str = "", refused: str = "", status: int = 200) -> Response:
    values: dict[str, Any] = {"seeded": _seeded(visit), "refused": refused}
    if htmx.is_htmx(visit.request):
        who = email or (visit.session.subject if visit.session else "")
        return visit.part(
            "pages/sign-in-again.html", SIGN_IN_PAGE, "form", status=status, who=who,
            headers=htmx.swapped_into(htmx.SESSION_SLOT), **values,
        )  # fmt: skip
    return visit.page(
        "pages/sign-in.html", SIGN_IN_PAGE, status=status, email=email,
        back=_destination(visit), **values,
    )  # fmt: skip


def _destination(visit: Visit) -> str:
    """A page of ours to go to; never another site's."""
    wanted = visit.request.query_params.get("next", "/")
    is_ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and "\\" not in wanted
    return wanted if is_ours and wanted.isprintable() else "/"
