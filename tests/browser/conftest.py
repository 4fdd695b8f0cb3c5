"""Pages in a real Chromium, over a platform that is started once a session.

`platform` is a :class:`PagesPlatform`: `pay` brings payments, `pages` is the address, and
`down(service)` takes a service away for a while. `visit(path, role=…, size=…, dark=…, script=…,
language=…)` opens a page and gives it with its watch. Every test fails on an error in the console,
an exception or a violation of the policy on any page of a visit, unless `watch.allow` says that it
is meant. `faults(page, name)` is axe-core and the width, wide and narrow, light and dark, without
loading the page again; `violations(page)` is axe-core alone. `screenshot(page, name)` keeps a
picture in `.payops/screenshots/tests/`. The tests of a page are one file; no
sleeps: Playwright's `expect` waits.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from payops_local.browser_packages import fetch_browser_packages
from payops_local.chromium import HEADLESS_OPTIONS, find_chromium
from payops_local.console import complain
from payops_local.servers.private import PrivateServers
from payops_testing.backoffice.played_site import PlayedSite
from payops_testing.browser.listed import Listed
from payops_testing.browser.platform import PagesPlatform
from payops_testing.browser.visitors import ANSWER_LIMIT_MS, Contexts, Visitors
from payops_testing.browser.watching import Watch
from payops_testing.server_folder import server_folder

expect.set_options(timeout=ANSWER_LIMIT_MS)

Visit = Callable[..., Awaitable[tuple[Page, Watch]]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One event loop for the browser and all that is done with it, and time for its platform."""
    for item in items:
        if "tests/browser/" in item.nodeid and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
            item.add_marker(pytest.mark.timeout(900))


@pytest.fixture(scope="package")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PagesPlatform]:
    """The services and the pages, with nothing stored.

    On servers of their own: these services run until the last page is closed, and would answer what
    other tests publish.
    """
    fetch_browser_packages(complain)
    folder = tmp_path_factory.mktemp("pages")
    with (
        PrivateServers(server_folder(), short_lived=True) as servers,
        PagesPlatform(servers.kafka().address, servers.mongo().uri, folder) as platform,
    ):
        yield platform


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium without a window."""
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(
            executable_path=find_chromium(), args=HEADLESS_OPTIONS
        )
        yield launched
        await launched.close()


@pytest.fixture(scope="session")
def contexts(browser: Browser) -> Contexts:
    """Contexts that tests take one after another."""
    return Contexts(browser)


@pytest_asyncio.fixture(loop_scope="session")
async def visit(contexts: Contexts, platform: PagesPlatform) -> AsyncIterator[Visit]:
    """Open a page as somebody; at the end nothing may have gone wrong on any of them."""
    visitors = Visitors(contexts, platform.pages)
    yield visitors.open
    await platform.forget_choices()
    assert await visitors.close() == []


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def listed(platform: PagesPlatform) -> Listed:
    """120 payments of one customer."""
    listed = Listed(120)
    await listed.bring(platform)
    return listed


@pytest.fixture(scope="module")
def site() -> Iterator[PlayedSite]:
    """Pages over a gateway that is played."""
    fetch_browser_packages(complain)
    with PlayedSite() as site:
        yield site
