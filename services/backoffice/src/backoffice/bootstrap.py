"""The only place that builds concrete things and joins them."""

from collections.abc import Sequence

from fastapi import FastAPI

from backoffice.assets import Assets
from backoffice.clients.gateway import Gateway
from backoffice.errors import ServiceAway
from backoffice.pages import serving
from backoffice.pages.failures import install_failure_pages
from backoffice.pages.page import Area
from backoffice.pages.site import Site
from backoffice.pages.templates import in_every_language
from backoffice.session.cookies import SessionCookies
from backoffice.session.forms import FormTokens
from backoffice.settings import Settings
from payops_kernel.http.event_streams import EventStreams
from payops_kernel.http.health import Check, Report
from payops_kernel.process import Process

SERVICE = "backoffice"


def bootstrap(
    settings: Settings, runtime: Process, areas: Sequence[Area], gateway: Gateway | None = None
) -> FastAPI:
    """The app with the pages of these areas; nothing connects yet. ``gateway`` is for tests.

    Raises ``PackagesMissing`` when npm's packages are not there.
    """
    assets = Assets(settings.browser_packages)
    site = Site(
        settings=settings,
        gateway=gateway or Gateway(str(settings.gateway)),
        cookies=SessionCookies(settings.session_key, secure=not settings.demo),
        forms=FormTokens(settings.session_key),
        assets=assets,
        templates=in_every_language(assets),
        areas=areas,
        streams=EventStreams(runtime.health, runtime.registry, frame_seconds=0),
    )
    runtime.ends.push_async_callback(site.gateway.close)
    runtime.health.add("gateway", _gateway_check(site.gateway))
    service = runtime.service(serving.routes, *(area.routes for area in areas))
    app = service.http_app("PayOps backoffice", "Pages for people who work on payments.")
    app.state.site = site
    install_failure_pages(app)
    return app


def _gateway_check(gateway: Gateway) -> Check:
    """A gateway that is down is told and leaves the pages ready: they say so themselves."""

    async def check() -> Report:
        try:
            await gateway.caller(None).get("/health/live")
        except ServiceAway:
            return Report(notices=("The gateway does not answer.",))
        return Report()

    return check
