"""Pages in a headless Chromium: when something is painted first, and what came over the wire."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Browser, BrowserContext, CDPSession

from bench.results import NotMeasured
from payops_local.chromium import MEND, find_chromium
from payops_local.screenshots.taking import chromium

SIZE = {"width": 1440, "height": 900}
QUIET_SECONDS, LOOK_SECONDS, LIMIT_S = 0.4, 0.05, 20.0
ENDLESS = "/live"
"""What pages go on reading: no part of a visit."""
FIRST_CONTENT = """
() => new Promise((found) => new PerformanceObserver((list) => {
  for (const each of list.getEntriesByName("first-contentful-paint")) found(each.startTime);
}).observe({type: "paint", buffered: true}))
"""


@dataclass(frozen=True)
class Visited:
    """One page, looked at: milliseconds from the navigation's start to the first content on the
    screen; bytes of all answers, heads included, as they were sent."""

    paint_ms: float
    transferred: int


def a_browser() -> AbstractAsyncContextManager[Browser]:
    """One without a window; raises :class:`NotMeasured` where there is none."""
    path = find_chromium()
    if path is None:
        raise NotMeasured(f"there is no Chromium: {MEND}")
    return chromium(path)


@asynccontextmanager
async def newcomer(
    browser: Browser, site: str, cookies: Mapping[str, str]
) -> AsyncIterator[BrowserContext]:
    """A browser that has kept nothing of the site but these cookies."""
    context = await browser.new_context(base_url=site, viewport=SIZE)  # type: ignore[arg-type]
    await context.add_cookies([
        {"name": name, "value": value, "url": site} for name, value in cookies.items()
    ])  # fmt: skip
    yield context
    await context.close()


async def visit(context: BrowserContext, path: str) -> Visited:
    """Open a page in a tab of its own, until all that it asks for has come."""
    page = await context.new_page()
    wire = _Wire(await context.new_cdp_session(page))
    await wire.listen()
    answer = await page.goto(path)
    if answer is None or not answer.ok:
        raise NotMeasured(f"{path} was answered {answer and answer.status}")
    paint_ms = float(await page.evaluate(FIRST_CONTENT))
    await wire.quiet()
    await page.close()
    return Visited(paint_ms, wire.received)


class _Wire:
    """The requests of a tab: those under way, and the bytes of those that ended."""

    def __init__(self, session: CDPSession) -> None:
        self._session = session
        self._open: set[str] = set()
        self.received = 0

    async def listen(self) -> None:
        self._session.on("Network.requestWillBeSent", self._sent)
        self._session.on("Network.loadingFinished", self._finished)
        self._session.on("Network.loadingFailed", self._failed)
        await self._session.send("Network.enable")

    def _sent(self, told: dict[str, Any]) -> None:
        if ENDLESS not in told["request"]["url"]:
            self._open.add(told["requestId"])

    def _finished(self, told: dict[str, Any]) -> None:
        self._open.discard(told["requestId"])
        self.received += round(told["encodedDataLength"])

    def _failed(self, told: dict[str, Any]) -> None:
        self._open.discard(told["requestId"])

    async def quiet(self) -> None:
        """Wait until nothing was under way for a while."""
        async with asyncio.timeout(LIMIT_S):
            still = 0.0
            while still < QUIET_SECONDS:
                await asyncio.sleep(LOOK_SECONDS)
                still = 0.0 if self._open else still + LOOK_SECONDS
