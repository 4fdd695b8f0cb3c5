"""People who look at pages: signed in by role, at a width, in a theme, with or without script."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page

from payops_testing.browser.watching import Watch

WIDE, NARROW = (1440, 900), (390, 844)
ANSWER_LIMIT_MS = 15_000


@dataclass
class Visitors:
    """Opens pages in contexts of their own; ``close`` ends them and says what went wrong."""

    browser: Browser
    site: str
    _states: dict[str, Any]
    """Signed-in sessions by role, shared by the tests of a session."""
    _opened: list[tuple[BrowserContext, Watch]] = field(default_factory=list)

    async def open(
        self,
        path: str = "/",
        *,
        role: str | None = "operator",
        size: tuple[int, int] = WIDE,
        dark: bool = False,
        script: bool = True,
        language: str = "en",
        **more: Any,
    ) -> tuple[Page, Watch]:
        """A page of somebody of ``role`` (None: not signed in); ``more`` is the context's."""
        context = await self.browser.new_context(
            base_url=self.site,
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
            locale=language,
            timezone_id="America/New_York",
            storage_state=await self._state(role) if role else None,
            **more,
        )
        context.set_default_timeout(ANSWER_LIMIT_MS)
        page, watch = await context.new_page(), Watch()
        self._opened.append((context, watch))
        await watch.begin(page)
        await page.goto(path)
        return page, watch

    async def _state(self, role: str) -> Any:
        if role not in self._states:
            context = await self.browser.new_context(base_url=self.site)
            page = await context.new_page()
            await page.goto("/sign-in")
            await page.get_by_role("button", name=role.capitalize(), exact=True).click()
            await page.wait_for_url(f"{self.site}/")
            self._states[role] = await context.storage_state()
            await context.close()
        return self._states[role]

    async def close(self) -> list[str]:
        """End all of it; the errors of every page."""
        for context, _ in self._opened:
            await context.close()
        return [error for _, watch in self._opened for error in watch.found()]
