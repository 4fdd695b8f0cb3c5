"""People at the pages: a browser without script, signed in."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from html import unescape

import httpx
from starlette.responses import Response

from backoffice.bootstrap import SERVICE, bootstrap
from backoffice.clients.gateway import Gateway
from backoffice.pages import AREAS
from backoffice.session.cookies import Session, SessionCookies
from backoffice.session.preferences import Preferences
from backoffice.settings import Settings
from payops_kernel.auth.principals import UserRole
from payops_kernel.process import Process
from payops_local.places import BROWSER_PACKAGES

KEY = "a key of the tests, long enough to be one"
ORIGIN = "http://pages.example"
DIALOG = {"HX-Request": "true", "HX-Target": "dialog#dialog"}
"""What htmx says when it fetches a dialog, or sends its form."""


@asynccontextmanager
async def person(
    gateway: Gateway,
    role: UserRole = UserRole.OPERATOR,
    language: str = "en",
    name: str | None = None,
) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody with this role, whose subject is the role's name unless given."""
    settings = Settings(
        session_key=KEY, browser_packages=BROWSER_PACKAGES, demo=True, cursor_key=KEY
    )
    app = bootstrap(settings, Process(SERVICE, settings), AREAS, gateway)
    cookies, response = SessionCookies(KEY, secure=False), Response()
    subject = name or role.value
    cookies.write(
        response,
        Session(
            subject=subject,
            name=subject.title(),
            roles=(role.value,),
            token=subject,
            expires_at=datetime.now(UTC).timestamp() + 3600,
            preferences=Preferences(language=language, zone="Europe/Rome"),
        ),
    )
    sealed = response.headers["set-cookie"].partition(";")[0].partition("=")[2]
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app),
        base_url=ORIGIN,
        cookies={cookies.name: sealed},
        headers={"origin": ORIGIN},
    ) as browser:
        yield browser


def fields_of(html: str) -> dict[str, str]:
    """The fields of the form on a page, with what stands in them."""
    found = {}
    for tag in re.findall(r"<input\b[^>]*>", html):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name:
            found[name[1]] = unescape(value[1]) if value else ""
    return found


def text_of(html: str) -> str:
    """The words of a page on one line, without tags."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def section(html: str, name: str) -> str:
    """The words of one section of a page."""
    found = re.search(rf'<section[^>]*"section-{name}">(.*?)</section>', html, re.DOTALL)
    return text_of(found[1]) if found else ""
