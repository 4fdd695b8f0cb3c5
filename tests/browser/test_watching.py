"""What every test of pages relies on: whatever goes wrong on any page of a visit fails it."""

from __future__ import annotations

import pytest
from playwright.async_api import Page

from payops_kernel.testing import eventually
from payops_testing.browser.platform import PagesPlatform
from payops_testing.browser.visitors import Contexts, Visitors


async def another_tab(page: Page) -> Page:
    """A page that this one opens."""
    async with page.context.expect_page() as opened:
        await page.evaluate("void window.open('/preferences')")
    tab = await opened.value
    await tab.wait_for_load_state()
    return tab


@pytest.mark.parametrize("elsewhere", [False, True], ids=["the page", "a tab that it opened"])
async def test_what_goes_wrong_on_a_page_fails_the_test_that_opened_it(
    contexts: Contexts, platform: PagesPlatform, elsewhere: bool
) -> None:
    visitors = Visitors(contexts, platform.pages)
    opened, watch = await visitors.open("/keys")
    page = await another_tab(opened) if elsewhere else opened
    for what, told in (
        ("console.error('broken')", "broken"),
        ("setTimeout(() => { throw new Error('thrown'); })", "script: thrown"),
        ("document.body.setAttribute('style', 'color: red')", "Content Security Policy"),
        ("document.body.append(Object.assign(new Image(), { src: '/nowhere' }))", "status of 404"),
    ):
        await page.evaluate(what)
        await eventually(lambda: list(watch.errors), until=lambda seen: told in " ".join(seen))  # noqa: B023
    assert await visitors.close() == watch.errors
    # Who has the context next has a page and errors of their own.
    others = Visitors(contexts, platform.pages)
    await others.open("/keys")
    assert await others.close() == []
