"""Sign-in, sign-out, and a session that ends while somebody works."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from playwright.async_api import Page, expect

from backoffice.session.cookies import SessionCookies
from browser.conftest import Visit
from payops_testing.browser.platform import PagesPlatform
from payops_testing.browser.watching import screenshot
from payops_testing.running_services import SESSION_KEY

COOKIES = SessionCookies(SESSION_KEY, secure=False)


async def end_session(page: Page) -> None:
    """The browser's session is over, as an hour later."""
    (cookie,) = [each for each in await page.context.cookies() if each["name"] == COOKIES.name]
    session = COOKIES.unsealed(cookie["value"])
    assert session is not None
    sealed = COOKIES.sealed(replace(session, expires_at=0.0))
    over: Any = {**cookie, "value": sealed}
    await page.context.add_cookies([over])


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
async def test_who_signs_in_gets_to_the_page_that_they_came_for(visit: Visit, script: bool) -> None:
    page, _ = await visit("/preferences?from=a%26b", role=None, script=script)
    await expect(page).to_have_title("Sign in · PayOps")
    await page.get_by_label("E-mail").fill("viewer@payops.local")
    await page.get_by_label("Password").fill("payops-viewer")
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await expect(page).to_have_url(re.compile(r"/preferences\?from=a%26b$"))
    await expect(page.get_by_role("heading", level=1)).to_have_text("Preferences")


async def test_a_wrong_password_is_told_and_the_address_is_kept(visit: Visit) -> None:
    page, watch = await visit("/sign-in", role=None)
    watch.allow("status of 401")
    await page.get_by_label("E-mail").fill("viewer@payops.local")
    await page.get_by_label("Password").fill("guess")
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await expect(page.get_by_role("alert")).to_have_text(
        "E-mail and password do not belong together."
    )
    await expect(page.get_by_label("E-mail")).to_have_value("viewer@payops.local")
    await expect(page.get_by_label("Password")).to_have_value("")
    await screenshot(page, "sign-in-refused")


async def test_no_password_at_all_is_told_before_anybody_is_asked(visit: Visit) -> None:
    page, watch = await visit("/sign-in", role=None)
    watch.allow("status of 422")
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await expect(page.get_by_role("alert")).to_contain_text("Enter your e-mail address")


async def test_the_way_back_never_leads_to_another_site(
    visit: Visit, platform: PagesPlatform
) -> None:
    for elsewhere in ("//evil.example/", "https://evil.example/", "/\\evil.example"):
        page, _ = await visit(f"/sign-in?next={elsewhere}", role=None)
        await page.get_by_role("button", name="Viewer", exact=True).click()
        await expect(page).to_have_url(f"{platform.pages}/")


async def test_who_signs_out_sees_no_page_any_more(visit: Visit) -> None:
    # Signed in for this test: others go on with theirs.
    page, _ = await visit("/sign-in", role=None)
    await page.get_by_role("button", name="Operator", exact=True).click()
    await page.get_by_role("button", name="You: Operator").click()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page).to_have_url(re.compile("/sign-in$"))
    await page.goto("/")
    await expect(page).to_have_url(re.compile(r"/sign-in\?next=/$"))


async def test_a_cookie_that_was_kept_aside_is_worth_nothing_after_sign_out(visit: Visit) -> None:
    page, _ = await visit("/sign-in", role=None)
    await page.get_by_role("button", name="Viewer", exact=True).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Dashboard")
    kept: Any = await page.context.cookies()
    await page.get_by_role("button", name="You: Viewer").click()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page).to_have_url(re.compile("/sign-in$"))
    await page.context.add_cookies(kept)
    await page.goto("/jobs")
    await expect(page).to_have_url(re.compile(r"/sign-in\?next=/jobs$"))


async def test_a_session_that_ends_asks_over_the_page_and_keeps_what_was_chosen(
    visit: Visit,
) -> None:
    page, watch = await visit("/preferences")
    watch.allow("status of 401")
    await page.get_by_label("Time zone", exact=True).select_option("Europe/Rome")
    await end_session(page)
    save = page.get_by_role("button", name="Save preferences")
    await save.click()

    again = page.get_by_role("dialog", name="Your session is over")
    await expect(again).to_be_visible()
    await expect(page.locator("main")).to_have_count(1)
    await expect(again.get_by_label("E-mail")).to_have_value("operator@payops.local")
    await screenshot(page, "session-over")
    await again.get_by_label("Password").fill("wrong")
    await again.get_by_role("button", name="Sign in").click()
    await expect(again.get_by_role("alert")).to_contain_text("do not belong together")
    await again.get_by_label("Password").fill("payops-operator")
    await again.get_by_role("button", name="Sign in").click()

    await expect(again).to_be_hidden()
    await expect(page.get_by_label("Time zone", exact=True)).to_have_value("Europe/Rome")
    await expect(save).to_be_focused()
    await save.click()
    await expect(page.get_by_role("status")).to_have_text("Preferences saved")
    await expect(page.get_by_label("Time zone", exact=True)).to_have_value("Europe/Rome")


async def test_a_reading_that_met_the_end_of_the_session_is_done_after_sign_in(
    visit: Visit,
) -> None:
    page, watch = await visit("/")
    watch.allow("status of 401")
    await end_session(page)
    await page.keyboard.press("?")
    again = page.get_by_role("dialog", name="Your session is over")
    await again.get_by_label("Password").fill("payops-operator")
    await again.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()


async def test_somebody_else_who_signs_in_over_the_page_gets_a_page_of_their_own(
    visit: Visit,
) -> None:
    page, watch = await visit("/")
    watch.allow("status of 401")
    await end_session(page)
    await page.keyboard.press("?")
    again = page.get_by_role("dialog", name="Your session is over")
    await again.get_by_label("E-mail").fill("viewer@payops.local")
    await again.get_by_label("Password").fill("payops-viewer")
    await again.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("button", name="You: Viewer")).to_be_visible()
