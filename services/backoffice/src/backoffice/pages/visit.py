"""One request of one person: what a page's route works with."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property, partial
from time import time
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

from fastapi import Depends, Request
from starlette.responses import RedirectResponse, Response

from backoffice.clients.gateway import Caller
from backoffice.components.ways import way_to
from backoffice.errors import SessionOver
from backoffice.pages import htmx
from backoffice.pages.answers import PageResponse
from backoffice.pages.choices import READ_AGAIN_S, read_preferences
from backoffice.pages.navigation import groups
from backoffice.pages.page import Page, trail
from backoffice.pages.platform_notice import platform_notice
from backoffice.pages.shown import Shown
from backoffice.pages.site import Site
from backoffice.session.cookies import Session
from backoffice.session.forms import TOKEN_FIELD, require_same_site
from backoffice.session.preferences import Preferences
from backoffice.words import LANGUAGES, Words, preferred
from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.errors import Forbidden, Invalid
from payops_kernel.zones import UTC_ZONE, Zone

CLOCK_COOKIE = "payops_clock"
"""Set by the key Z; ``utc`` means that instants are read in UTC."""
FORM_FIELDS_MAX = 2_000


class Visit:
    """A request, the person who sends it, their words, zone and rights, and the way to data."""

    def __init__(self, site: Site, request: Request, session: Session | None) -> None:
        self.site = site
        self.request = request
        self.session = session
        self.begun_at = datetime.now(UTC)
        """Before anything was read: what changes afterwards may not be on the page."""
        self.pages = site.configured.held
        """What pages there are, as configured."""
        self.reads_utc = request.cookies.get(CLOCK_COOKIE) == "utc"
        """Whether the page is turned to UTC for now (the key Z)."""
        self._has_read_choices = False

    @property
    def preferences(self) -> Preferences:
        """What the person has chosen."""
        return self.session.preferences if self.session else Preferences()

    @cached_property
    def language(self) -> str:
        """The person's language; until they choose one, the browser's."""
        accepted = self.request.headers.get("accept-language", "")
        return self.preferences.language or preferred(accepted, self.site.settings.language)

    @cached_property
    def words(self) -> Words:
        """Texts in that language."""
        return Words(self.language)

    @cached_property
    def own_zone(self) -> Zone:
        """The person's zone; the reporting zone until they choose one."""
        return Zone(self.preferences.zone or self.site.settings.zone)

    @property
    def zone(self) -> Zone:
        """The zone that the page shows: for exports, and whatever leaves the page."""
        return UTC_ZONE if self.reads_utc else self.own_zone

    @property
    def is_signed_in(self) -> bool:
        """Whether somebody is, and their time has not passed."""
        return self.session is not None and not self.session.is_over

    def signed_in(self) -> Session:
        """The session; raises ``SessionOver`` without one."""
        if self.session is None or self.session.is_over:
            raise SessionOver("Sign in to go on.")
        return self.session

    @cached_property
    def gateway(self) -> Caller:
        """The gateway, asked as this person."""
        return self.site.gateway.caller(self.signed_in().token)

    async def read_pages(self) -> None:
        """See that :attr:`pages` are those that the gateway holds now."""
        self.pages = await self.site.configured.current(self.gateway)

    async def read_choices(self) -> None:
        """See that a page looks as was chosen in any browser, a while ago at the latest."""
        session, now = self.signed_in(), time()
        is_page = self.request.method == "GET" and htmx.is_navigation(self.request)
        if is_page and now - session.chosen_at >= READ_AGAIN_S:
            chosen = await read_preferences(self.gateway) or session.preferences
            self.session = replace(session, preferences=chosen, chosen_at=now)
            self._has_read_choices = True

    def may(self, role: UserRole | str) -> bool:
        """Whether this person reaches as far as a role."""
        return self._principal is not None and self._principal.may(UserRole(role))

    @cached_property
    def _principal(self) -> Principal | None:
        return None if self.session is None else self.session.principal

    def require(self, role: UserRole) -> None:
        """Raise ``Forbidden`` unless this person reaches as far as ``role``."""
        if not self.may(role):
            raise Forbidden(self.words("This needs the role %(role)s.", role=role))

    # What the browser sent.

    @property
    def query(self) -> list[tuple[str, str]]:
        """The address's parameters in their order, empty ones left out."""
        return [(name, value) for name, value in self.request.query_params.multi_items() if value]

    def address(self, **changed: object) -> str:
        """This page's address with other parameters; None, or nothing, takes one away."""
        kept = [(name, value) for name, value in self.query if name not in changed]
        added = [
            (name, str(each))
            for name, value in changed.items()
            for each in (value if isinstance(value, list | tuple) else [value])
            if each not in (None, "")
        ]
        query = urlencode([*kept, *added])
        return f"{self.request.url.path}?{query}" if query else self.request.url.path

    @cached_property
    def form_token(self) -> str:
        """For the hidden field of every form that writes."""
        return self.site.forms.issue(self.signed_in().subject)

    async def form(self) -> dict[str, str]:
        """The fields of a form of ours, empty ones left out; the last value of each.

        Raises ``FormOutdated`` for a form that was not made for this person.
        """
        return dict(await self.form_items())

    async def form_items(self) -> list[tuple[str, str]]:
        """As :meth:`form`, with every value of a field that has several."""
        sent = await self._sent()
        fields = [(name, value) for name, value in sent if value.strip()]
        self.site.forms.require(dict(fields).get(TOKEN_FIELD), self.signed_in().subject)
        return [(name, value) for name, value in fields if name != TOKEN_FIELD]

    async def open_form(self) -> dict[str, str]:
        """The fields of a form that anybody may send, such as sign-in's: it has no token."""
        return {name: value for name, value in await self._sent() if value.strip()}

    async def _sent(self) -> list[tuple[str, str]]:
        body = (await self.request.body()).decode("utf-8", "replace")
        try:
            return parse_qsl(body, max_num_fields=FORM_FIELDS_MAX)
        except ValueError:
            raise Invalid("The form has too many fields.") from None

    # What it gets.

    @cached_property
    def platform_notice(self) -> str:
        """What is said above every page now; a part of one says nothing, and reads nothing."""
        return platform_notice(self.site.settings.notice, self.language)

    def page(
        self,
        template: str,
        page: Page,
        *,
        crumb: str | None = None,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **values: Any,
    ) -> Response:
        """The page by its template; of an htmx request the block that it targets.

        ``crumb`` names the one record of a page that shows one.
        """
        templates = self.site.templates[self.language]
        block = htmx.wanted_block(self.request)
        if block is not None and not templates.has(template, block):
            block = None
        content = templates.render(template, self.values(page, crumb) | values, block)
        response = self.html(content, status, headers)
        if self.session and block is None and (self.session.toast or self._has_read_choices):
            self.site.cookies.write(response, replace(self.session, toast=None))
        return response

    def part(
        self,
        template: str,
        page: Page,
        block: str | None = None,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **values: Any,
    ) -> Response:
        """A part of a page by an address of its own: a block of a template, or one that is all."""
        templates = self.site.templates[self.language]
        return self.html(
            templates.render(template, self.values(page) | values, block), status, headers
        )

    def html(
        self, content: str, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> Response:
        """Rendered HTML as an answer."""
        return PageResponse(content, self.request, status, headers)

    def see_other(
        self, path: str, toast: str = "", link: tuple[str, str] | None = None
    ) -> Response:
        """Go to a page of ours, after a write; the page says the ``toast`` once.

        ``link`` is an address and its words, in the toast.
        """
        response: Response
        if htmx.is_htmx(self.request):
            response = Response(status_code=204, headers={"HX-Redirect": path})
        else:
            response = RedirectResponse(path, 303)
        if toast and self.session:
            said = {"text": toast} | ({"href": link[0], "words": link[1]} if link else {})
            self.site.cookies.write(response, replace(self.session, toast=said))
        return response

    def done(self, toast: str, link: tuple[str, str] | None = None) -> Response:
        """The answer to a write from a dialog: it closes, a toast says what was done."""
        said = {"text": toast} | ({"href": link[0], "words": link[1]} if link else {})
        return Response(status_code=204, headers=htmx.events(dialog_close=True, toast=said))

    def values(self, page: Page, crumb: str | None = None) -> dict[str, Any]:
        """What every template gets."""
        shown = Shown(self.words, self.own_zone, datetime.now(UTC))
        navigation = list(groups(self.pages, self.site.addresses, self.words, self.may))
        return shown.functions() | {
            "visit": self,
            "way_to": partial(way_to, self.pages),
            "page": page,
            "crumbs": trail(page),
            "crumb": crumb,
            "navigation": navigation,
            "keys": [line for group in navigation for line in group.lines if line.key],
            "languages": LANGUAGES,
        }


async def _visiting(request: Request) -> Visit:
    site: Site = request.app.state.site
    require_same_site(request)
    return Visit(site, request, site.cookies.read(request))


async def _signed_in(visit: Annotated[Visit, Depends(_visiting)]) -> Visit:
    visit.signed_in()
    await asyncio.gather(visit.read_pages(), visit.read_choices())
    return visit


Visitor = Annotated[Visit, Depends(_visiting)]
"""Anybody, signed in or not: for the pages before sign-in."""

Visiting = Annotated[Visit, Depends(_signed_in)]
"""Somebody who is signed in; others are sent to sign in and come back."""
