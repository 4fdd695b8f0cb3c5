"""What must hold on every page, whatever a test looks at: no error, no violation of the policy."""

from __future__ import annotations

import re
from typing import Any

from playwright.async_api import BrowserContext, ConsoleMessage, Page, WebError

from payops_local.places import BROWSER_PACKAGES, INSTALLED

SCREENSHOTS = INSTALLED / "screenshots" / "tests"
"""What the last run saw, by page and width."""
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy violated: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""
AXE = (BROWSER_PACKAGES / "axe-core" / "axe.min.js", "window.axe !== undefined")
AXE_RUN = """
async () => (await axe.run(document, {resultTypes: ["violations"], preload: false})).violations
  .map((found) =>
    `${found.id}: ${found.help}: ${found.nodes.map((node) => node.html).slice(0, 3).join(" | ")}`)
"""
STICKING_OUT = """
() => [...document.body.querySelectorAll("*")]
  .filter((each) => each.getBoundingClientRect().right > innerWidth)
  .map((each) => each.outerHTML.slice(0, 80))
"""
LOOKS = (((1440, 900), "light"), ((390, 844), "dark"))
"""Every width and every theme once."""


async def report_violations(context: BrowserContext) -> None:
    """Violations of the policy are errors in the console, from before a page's first script."""
    await context.add_init_script(REPORT_VIOLATIONS)


class Watch:
    """The errors of every page of a context, frames and pages that they open among them.

    ``allow`` names those that a test brings about itself.
    """

    def __init__(self, context: BrowserContext) -> None:
        self.errors: list[str] = []
        self._allowed: list[str] = []
        self._context = context
        context.on("console", self._console)
        context.on("weberror", self._thrown)

    def end(self) -> None:
        """Whoever has the context next has a watch of their own."""
        self._context.remove_listener("console", self._console)
        self._context.remove_listener("weberror", self._thrown)

    def allow(self, pattern: str) -> None:
        """Errors that match are what the test is about, such as ``status of 503``."""
        self._allowed.append(pattern)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def _thrown(self, thrown: WebError) -> None:
        self.errors.append(f"script: {thrown.error}")

    def found(self) -> list[str]:
        """What went wrong and was not meant to."""
        return [e for e in self.errors if not any(re.search(each, e) for each in self._allowed)]


async def violations(page: Page) -> list[str]:
    """What axe-core finds on the page as it stands; run outside its policy."""
    source, is_there = AXE
    if not await page.evaluate(is_there):
        await page.evaluate(source.read_text(encoding="utf-8"))
    found: list[str] = await page.evaluate(AXE_RUN)
    return found


async def faults(page: Page, name: str) -> list[str]:
    """What is wrong with the page as it stands, at each width and in each theme.

    What axe-core finds, and a page that is wider than its window. It is not loaded again: both
    follow the window and the system. Afterwards it is wide and light.
    """
    found: list[str] = []
    for size, theme in LOOKS:
        await page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
        found += await too_wide(page, size)
        await screenshot(page, f"{name}-{theme}")
        found += [f"{theme}, {size[0]} px: {each}" for each in await violations(page)]
    await page.emulate_media(color_scheme="light")
    return found + await too_wide(page, LOOKS[0][0])


async def too_wide(page: Page, *sizes: tuple[int, int]) -> list[str]:
    """Where the page as it stands is wider than a window of these sizes."""
    found: list[str] = []
    for width, height in sizes:
        await page.set_viewport_size({"width": width, "height": height})
        if (wide := await page.evaluate("document.documentElement.scrollWidth")) > width:
            parts = await page.evaluate(STICKING_OUT)
            found.append(f"{wide} px wide in a window of {width} px: {parts}")
    return found


async def screenshot(page: Page, name: str) -> None:
    """Keep what is seen, as ``NAME-WIDTH.png``."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    size: Any = page.viewport_size
    # Hiding the caret leaves style attributes behind, which the policy then sees.
    await page.screenshot(
        path=SCREENSHOTS / f"{name}-{size['width']}.png", caret="initial", animations="disabled"
    )
