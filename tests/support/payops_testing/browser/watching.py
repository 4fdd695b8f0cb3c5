"""What must hold on every page, whatever a test looks at: no error, no violation of the policy."""

from __future__ import annotations

import re
from typing import Any

from playwright.async_api import ConsoleMessage, Page

from payops_local.places import BROWSER_PACKAGES, INSTALLED

SCREENSHOTS = INSTALLED / "screenshots"
"""What the last run saw, by test and width."""
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy violated: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""
AXE_RUN = """
async () => (await axe.run(document, {resultTypes: ["violations"]})).violations.map((found) =>
  `${found.id}: ${found.help}: ${found.nodes.map((node) => node.html).slice(0, 3).join(" | ")}`)
"""


class Watch:
    """The errors of one page. ``allow`` names those that a test brings about itself."""

    def __init__(self) -> None:
        self.errors: list[str] = []
        self._allowed: list[str] = []

    async def begin(self, page: Page) -> None:
        """From before the page's first script."""
        await page.add_init_script(REPORT_VIOLATIONS)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.errors.append(f"script: {error}"))

    def allow(self, pattern: str) -> None:
        """Errors that match are what the test is about, such as ``status of 503``."""
        self._allowed.append(pattern)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def found(self) -> list[str]:
        """What went wrong and was not meant to."""
        return [e for e in self.errors if not any(re.search(each, e) for each in self._allowed)]


async def violations(page: Page) -> list[str]:
    """What axe-core finds on the page as it stands; run outside its policy."""
    source = (BROWSER_PACKAGES / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    await page.evaluate(source)
    found: list[str] = await page.evaluate(AXE_RUN)
    return found


async def screenshot(page: Page, name: str) -> None:
    """Keep what is seen, as ``NAME-WIDTH.png``."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    size: Any = page.viewport_size
    # Hiding the caret leaves style attributes behind, which the policy then sees.
    await page.screenshot(
        path=SCREENSHOTS / f"{name}-{size['width']}.png", caret="initial", animations="disabled"
    )
