"""The pages' app with a gateway that the test plays."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from starlette.responses import Response

from backoffice.bootstrap import SERVICE, bootstrap
from backoffice.pages import AREAS
from backoffice.pages.page import Area, Page, Section
from backoffice.pages.visit import Visiting
from backoffice.session.cookies import Session, SessionCookies
from backoffice.session.forms import FormTokens
from backoffice.settings import Settings
from payops_kernel.auth.principals import UserRole
from payops_kernel.process import Process
from payops_local.browser_packages import fetch_browser_packages
from payops_local.console import complain
from payops_testing.backoffice.played_gateway import PlayedGateway

SITE = "http://backoffice"
HOUR_S = 3600.0


@pytest.fixture(scope="session", autouse=True)
def browser_packages() -> Path:
    """What every page names, whichever test of a fresh checkout comes first."""
    return fetch_browser_packages(complain)


@pytest.fixture
def settings(browser_packages: Path) -> Settings:
    return Settings(
        demo=True, session_key="of these tests", offer_seeded_users=True,
        browser_packages=browser_packages, zone="Europe/Rome",
    )  # fmt: skip


@pytest.fixture
def gateway() -> PlayedGateway:
    return PlayedGateway()


THINGS = Page("things", "/things", "Dashboard", icon="box", section=Section.OPERATIONS, key="t")
SECRETS = Page("secrets", "/secrets", "Dashboard", section=Section.MAIN, role=UserRole.ADMIN)


@pytest.fixture
def area() -> Area:
    """A small area: a page of things that the gateway has, and one for admins only."""
    routes = APIRouter()

    @routes.get(THINGS.path)
    async def things(visit: Visiting) -> Response:
        found = await visit.gateway.get("/v1/things", visit.query)
        return visit.page("pages/problem.html", THINGS, told=found, crumb="a thing")

    @routes.post(THINGS.path)
    async def make(visit: Visiting) -> Response:
        fields = await visit.form()
        await visit.gateway.post("/v1/things", fields, key="k-1")
        return visit.see_other(THINGS.path, toast="Made")

    @routes.post("/things/from-a-dialog")
    async def make_in_dialog(visit: Visiting) -> Response:
        await visit.form()
        return visit.done("Pagò 3 €", link=("/things/1", "Show"))

    @routes.get("/broken")
    async def broken(visit: Visiting) -> Response:
        raise RuntimeError("of this test")

    @routes.get(SECRETS.path)
    async def secrets(visit: Visiting) -> Response:
        visit.require(SECRETS.role)
        return visit.page("pages/dashboard.html", SECRETS)

    return Area(pages=(THINGS, SECRETS), routes=routes)


@pytest.fixture
def app(settings: Settings, gateway: PlayedGateway, area: Area) -> FastAPI:
    return bootstrap(settings, Process(SERVICE, settings), (*AREAS, area), gateway)


@pytest.fixture
def cookies(settings: Settings) -> SessionCookies:
    return SessionCookies(settings.session_key, secure=False)


@pytest.fixture
def forms(settings: Settings) -> FormTokens:
    return FormTokens(settings.session_key)


@pytest.fixture
def session() -> Session:
    return Session(
        subject="operator@payops.local", name="Operator", roles=("operator",), token="t-1",
        expires_at=datetime.now(UTC).timestamp() + HOUR_S,
    )  # fmt: skip


@pytest.fixture
def anonymous(app: FastAPI) -> httpx.AsyncClient:
    """A browser that nobody has signed in with."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app),
        base_url=SITE,
        headers={"sec-fetch-site": "same-origin", "accept-language": "en"},
    )


@pytest.fixture
def operator(
    anonymous: httpx.AsyncClient, cookies: SessionCookies, session: Session
) -> httpx.AsyncClient:
    """The same browser, an operator's."""
    anonymous.cookies.set(cookies.name, cookies.sealed(session), domain="backoffice.local")
    return anonymous
