"""Takes pictures: somebody signs in, comes to a page, presses what is to be pressed, waits."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from payops_local.chromium import HEADLESS_OPTIONS
from payops_local.screenshots.pages import WIDE, Picture

ANSWER_LIMIT_MS = 20_000
WEBP_QUALITY = 80
SAME_EVERYWHERE = ["--force-color-profile=srgb", "--font-render-hinting=none"]


@dataclass(frozen=True)
class Look:
    """How pages are looked at: by width and theme."""

    size: tuple[int, int]
    dark: bool

    def name(self, picture: Picture) -> str:
        """The name of a picture's file, without its ending."""
        return f"{picture.name}-{self.size[0]}-{'dark' if self.dark else 'light'}"


@asynccontextmanager
async def chromium(path: str) -> AsyncIterator[Browser]:
    """A browser without a window, that draws the same on every machine as far as it can."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=path, args=[*HEADLESS_OPTIONS, *SAME_EVERYWHERE]
        )
        try:
            yield browser
        finally:
            await browser.close()


class Visitor:
    """Somebody of a role at the pages; signs in once."""

    def __init__(self, browser: Browser, site: str, role: str, zone: str) -> None:
        self._browser, self._site, self._role, self._zone = browser, site, role, zone
        self._session: Any = None

    async def sign_in(self) -> None:
        """By the form, as everybody does."""
        context = await self._context(Look(WIDE, dark=False), signed_in=False)
        page = await context.new_page()
        await page.goto("/sign-in")
        await page.locator("[name=email]").fill(f"{self._role}@payops.local")
        await page.locator("[name=password]").fill(f"payops-{self._role}")
        await page.locator("form .button-primary").click()
        await page.wait_for_url(f"{self._site}/")
        self._session = await context.storage_state()
        await context.close()

    async def take(
        self, picture: Picture, look: Look, records: Mapping[str, str], kind: str
    ) -> bytes:
        """One picture, as ``png`` or ``webp``; raises KeyError without its record."""
        context = await self._context(look, signed_in=picture.signed_in)
        try:
            page = await context.new_page()
            await page.goto(picture.path.format_map(records))
            await show(page, picture)
            return await seen(page, kind)
        finally:
            await context.close()

    async def _context(self, look: Look, *, signed_in: bool) -> BrowserContext:
        context = await self._browser.new_context(
            base_url=self._site,
            viewport={"width": look.size[0], "height": look.size[1]},
            color_scheme="dark" if look.dark else "light",
            reduced_motion="reduce",
            locale="en",
            timezone_id=self._zone,
            storage_state=self._session if signed_in else None,
        )
        context.set_default_timeout(ANSWER_LIMIT_MS)
        return context


async def show(page: Page, picture: Picture) -> None:
    """From the page's own address to all that the picture shows."""
    if picture.steps is not None:
        await page.wait_for_load_state("networkidle")
        await picture.steps(page)
    await page.locator(picture.ready).first.wait_for()
    await page.wait_for_load_state("networkidle")
    await page.evaluate("document.fonts.ready.then(() => null)")


async def seen(page: Page, kind: str) -> bytes:
    """What the window shows; asked of Chromium itself, since Playwright knows no WebP."""
    tools = await page.context.new_cdp_session(page)
    how: dict[str, Any] = {"format": kind}
    if kind == "webp":
        how["quality"] = WEBP_QUALITY
    answer = await tools.send("Page.captureScreenshot", how)
    return base64.b64decode(answer["data"])
