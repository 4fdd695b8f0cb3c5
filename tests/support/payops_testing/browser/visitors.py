"""People who look at pages: signed in by role, at a width, in a theme, with or without script."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page
from playwright.async_api import Error as PlaywrightError

from payops_local.screenshots.pages import SIZES
from payops_testing.browser.watching import Watch, report_violations

WIDE, NARROW = SIZES
ANSWER_LIMIT_MS = 45_000
"""What is asked of a page may take so long on a busy machine; so may what ``expect`` waits for."""
UNTIL_COUNTED_MS = 5_000
"""How long a list waits between two counts; a test that stands on the clock need not."""
SIGNED_IN_S = 1_200.0
"""Who signed in longer ago signs in again: a session ends after an hour, tests may take longer."""
CLOSE_LIMIT_S = 15
"""Chromium was seen to answer nothing when it was to close a page without script."""
FORGET = "try { sessionStorage.clear() } catch { }"
"""Pages of no site have none."""


@dataclass(frozen=True)
class Kind:
    """What a context is made with, and keeps."""

    site: str
    script: bool = True
    language: str = "en"
    zone: str = "America/New_York"


@dataclass
class Contexts:
    """Contexts that tests take one after another, with what was fetched still in their cache.

    Who signed in, the window and the theme are of each visit; so are the pages, which end with it.
    """

    browser: Browser
    _idle: dict[Kind, list[BrowserContext]] = field(default_factory=dict)
    _cookies: dict[tuple[str, str], tuple[float, Any]] = field(default_factory=dict)
    """Of signed-in people, by site and role, and since when: signing in is done now and then."""

    async def take(self, kind: Kind, role: str | None) -> BrowserContext:
        """One that nobody has, signed in as ``role`` (None: not signed in)."""
        cookies = await self._signed_in(kind.site, role) if role else []
        idle = self._idle.setdefault(kind, [])
        context = idle.pop() if idle else await self.fresh(kind)
        await context.clear_cookies()
        if cookies:
            await context.add_cookies(cookies)
        return context

    async def give_back(self, kind: Kind, context: BrowserContext) -> None:
        """It is free again, with one page that shows nothing and kept nothing.

        One whose pages do not close is left alone.
        """
        try:
            async with asyncio.timeout(CLOSE_LIMIT_S):
                for page in context.pages[1:]:
                    await page.close()
                for page in context.pages:
                    await page.unroute_all()
                    await page.evaluate(FORGET)
                    await page.goto("about:blank")
        except (TimeoutError, PlaywrightError):
            return
        self._idle[kind].append(context)

    async def fresh(self, kind: Kind) -> BrowserContext:
        """One that has seen nothing yet."""
        context = await self.browser.new_context(
            base_url=kind.site,
            viewport={"width": WIDE[0], "height": WIDE[1]},
            color_scheme="light",
            java_script_enabled=kind.script,
            locale=kind.language,
            timezone_id=kind.zone,
        )
        context.set_default_timeout(ANSWER_LIMIT_MS)
        await report_violations(context)
        return context

    async def _signed_in(self, site: str, role: str) -> Any:
        since, cookies = self._cookies.get((site, role), (0.0, None))
        if cookies is None or time.monotonic() - since > SIGNED_IN_S:
            context = await self.fresh(Kind(site))
            page = await context.new_page()
            await page.goto("/sign-in")
            await page.get_by_role("button", name=role.capitalize(), exact=True).click()
            await page.wait_for_url(f"{site}/")
            cookies = await context.cookies()
            self._cookies[site, role] = time.monotonic(), cookies
            await context.close()
        return cookies


@dataclass
class Visitors:
    """Opens pages for one test; ``close`` ends them and says what went wrong."""

    contexts: Contexts
    site: str
    _opened: list[tuple[Kind | None, BrowserContext, Watch]] = field(default_factory=list)

    async def open(
        self,
        path: str = "/",
        *,
        role: str | None = "operator",
        size: tuple[int, int] = WIDE,
        dark: bool = False,
        script: bool = True,
        language: str = "en",
        zone: str = "America/New_York",
        fresh: bool = False,
    ) -> tuple[Page, Watch]:
        """A page of somebody of ``role`` (None: not signed in).

        ``fresh``: in a context that nobody had and nobody gets, with nothing in its cache.
        """
        kind = Kind(self.site, script, language, zone)
        context = await self.contexts.take(kind, role)
        if fresh:
            cookies: Any = await context.cookies()
            await self.contexts.give_back(kind, context)
            context = await self.contexts.fresh(kind)
            await context.add_cookies(cookies)
        watch = Watch(context)
        self._opened.append((None if fresh else kind, context, watch))
        page = context.pages[0] if context.pages else await context.new_page()
        await page.set_viewport_size({"width": size[0], "height": size[1]})
        await page.emulate_media(
            color_scheme="dark" if dark else "light", reduced_motion="no-preference"
        )
        await page.goto(path)
        return page, watch

    async def close(self) -> list[str]:
        """End all of it; the errors of every page."""
        for kind, context, watch in self._opened:
            watch.end()
            if kind is None:
                await context.close()
            else:
                await self.contexts.give_back(kind, context)
        return [error for _, _, watch in self._opened for error in watch.found()]
