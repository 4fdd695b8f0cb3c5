"""The search palette: records and pages from anywhere, by keys, mouse and without script."""

from __future__ import annotations

import asyncio
import re

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, Route, expect

from browser.conftest import Visit
from browser.test_sign_in import end_session
from payops_testing.browser.listed import Listed
from payops_testing.browser.platform import PagesPlatform
from payops_testing.browser.visitors import NARROW, WIDE
from payops_testing.browser.watching import screenshot, violations


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def listed(platform: PagesPlatform) -> Listed:
    """A few payments of one customer."""
    found = Listed(3)
    await found.bring(platform)
    return found


def field(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Search everything")


def options(page: Page) -> Locator:
    return page.get_by_role("listbox").get_by_role("option")


def active(page: Page) -> Locator:
    return page.locator("[role=option][aria-selected=true]")


@pytest.mark.parametrize(("size", "dark"), [(WIDE, False), (NARROW, True)], ids=["wide", "narrow"])
async def test_what_is_typed_finds_a_payment_and_enter_opens_it(
    visit: Visit, listed: Listed, size: tuple[int, int], dark: bool
) -> None:
    page, _ = await visit("/preferences", size=size, dark=dark)
    await page.keyboard.press("/")
    await expect(field(page)).to_be_focused()
    await screenshot(page, "palette-empty")
    assert await violations(page) == []
    async with page.expect_response(re.compile(f"/parts/search[?]q={listed.customer}$")):
        await page.keyboard.type(listed.customer)
    await expect(page.locator(".palette-results[data-busy]")).to_have_count(0)
    await expect(options(page)).to_have_count(4)
    for said in ("Paid", "Rosa Neri", "US$10.03"):
        await expect(options(page).first).to_contain_text(said)
    await expect(page.locator(".hit .money-code").first).to_be_hidden()
    await expect(options(page).last).to_have_text("Show all results")
    await expect(page.get_by_role("status").filter(has_text="3 found")).to_be_visible()
    await screenshot(page, "palette")
    assert await violations(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth") <= size[0]
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile(f"/transactions/{listed.id(2)}$"))


async def test_arrows_go_round_focus_stays_in_the_field_and_escape_leads_back(
    visit: Visit,
) -> None:
    page, _ = await visit("/preferences")
    theme = page.get_by_label("Theme")
    await theme.focus()
    await page.keyboard.press("Control+k")
    await page.keyboard.press("ArrowUp")
    await expect(active(page)).to_have_text(await options(page).last.text_content() or "?")
    await page.keyboard.press("ArrowDown")
    await expect(active(page)).to_have_text(await options(page).first.text_content() or "?")
    said = await active(page).get_attribute("id")
    await expect(field(page)).to_have_attribute("aria-activedescendant", said or "?")
    await expect(field(page)).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(field(page)).to_be_hidden()
    await expect(theme).to_be_focused()


async def test_a_page_is_found_by_the_beginnings_of_its_words(visit: Visit) -> None:
    page, _ = await visit("/preferences")
    await page.locator("#search-everything").click()
    await page.keyboard.type("lett dead")
    await expect(active(page)).to_have_text("Dead letters")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile("/dead-letters$"))


async def test_what_can_be_done_on_the_page_is_found_by_its_words_too(
    visit: Visit, listed: Listed
) -> None:
    page, _ = await visit(f"/transactions/{listed.id(2)}")
    for typed, said in (("refu", "Refund"), ("keyb", "Keyboard?")):
        await page.keyboard.press("/")
        await page.keyboard.type(typed)
        await expect(active(page)).to_have_text(said)
        await page.keyboard.press("Enter")
        await expect(field(page)).to_be_hidden()
        await expect(page.locator("#dialog")).to_contain_text(said[:-1])
        await page.keyboard.press("Escape")
        await expect(page.locator("#dialog")).to_be_hidden()


async def test_the_last_records_that_somebody_opened_are_offered_until_they_sign_out(
    visit: Visit, listed: Listed
) -> None:
    page, _ = await visit(f"/sign-in?next=/transactions/{listed.id(1)}", role=None, fresh=True)
    await page.get_by_role("button", name="Operator", exact=True).click()
    await page.wait_for_url(f"**/transactions/{listed.id(1)}")
    for path in (f"/transactions/{listed.id(2)}", "/preferences"):
        await page.goto(path)
    recent = page.get_by_role("group", name="Recent").get_by_role("option")
    await page.keyboard.press("/")
    await expect(recent).to_have_text([f"{listed.id(each)}Transactions" for each in (2, 1)])
    await screenshot(page, "palette-recent")
    assert await violations(page) == []
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/transactions/{listed.id(2)}")
    await page.keyboard.press("/")
    await expect(recent).to_have_text([f"{listed.id(1)}Transactions"])
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="You: Operator").click()
    await page.get_by_role("button", name="Sign out").click()
    operator = page.get_by_role("button", name="Operator", exact=True)
    await expect(operator).to_be_visible()
    # Its keys are there when it has loaded, which is after its heading.
    async with page.expect_navigation(url=re.compile("/$")):
        await operator.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Dashboard")
    await page.keyboard.press("/")
    await expect(options(page).first).to_be_visible()
    await expect(recent).to_have_count(0)


async def test_an_answer_that_comes_late_is_dropped_and_waiting_is_said(
    visit: Visit, listed: Listed
) -> None:
    page, _ = await visit("/preferences")
    held = asyncio.Event()

    async def hold(route: Route) -> None:
        if "nobody" in route.request.url:
            await held.wait()
        await route.continue_()

    await page.route("**/parts/search?*", hold)
    await page.keyboard.press("/")
    await field(page).fill("nobody")
    said = page.locator("#palette-said")
    await expect(said).to_have_text("Searching…")
    await field(page).fill(listed.id(1))
    await expect(said).to_have_text("1 found")
    held.set()
    await field(page).fill("nobody else")
    await expect(said).to_have_text("Nothing begins with this")
    await expect(options(page)).to_have_count(0)


async def test_a_platform_that_does_not_answer_is_never_nothing_found(visit: Visit) -> None:
    page, watch = await visit("/preferences")
    watch.allow("ERR_FAILED")
    await page.route("**/parts/search?*", lambda route: route.abort())
    await page.keyboard.press("/")
    await page.keyboard.type("ORD")
    await expect(page.get_by_role("alert")).to_contain_text("PayOps does not answer.")
    await expect(page.locator("#palette-said")).to_have_text("")


async def test_the_session_that_ended_is_asked_for_over_the_palette_and_never_in_it(
    visit: Visit, listed: Listed
) -> None:
    page, watch = await visit("/preferences")
    watch.allow("status of 401")
    await end_session(page)
    await page.keyboard.press("/")
    await page.keyboard.type(listed.id(1))
    again = page.get_by_role("dialog", name="Your session is over")
    await expect(again.get_by_label("Password")).to_have_count(1)
    await expect(page.locator("#palette-notes")).to_be_empty()
    await again.get_by_label("Password").fill("payops-operator")
    await again.get_by_role("button", name="Sign in").click()
    await expect(page.locator("#palette-said")).to_have_text("1 found")


async def test_pasted_lines_become_a_list_of_ids(visit: Visit, listed: Listed) -> None:
    page, _ = await visit("/preferences")
    await page.keyboard.press("/")
    lines = f"{listed.id(1)}\n{listed.id(2)}\nORD-nowhere"
    await field(page).evaluate(
        """(field, text) => {
          const data = new DataTransfer();
          data.setData("text/plain", text);
          const paste = { clipboardData: data, bubbles: true, cancelable: true };
          field.dispatchEvent(new ClipboardEvent("paste", paste));
        }""",
        lines,
    )
    await expect(options(page).last).to_have_text("Find 3 IDs")
    await expect(page.locator("#palette-notes")).to_contain_text("Not found: ORD-nowhere")
    await options(page).last.click()
    await expect(page.get_by_role("heading", name="Transactions 2")).to_be_visible()


@pytest.mark.parametrize(("size", "dark"), [(WIDE, True), (NARROW, False)], ids=["wide", "narrow"])
async def test_without_script_the_field_leads_to_the_same_on_a_page(
    visit: Visit, listed: Listed, size: tuple[int, int], dark: bool
) -> None:
    page, _ = await visit("/", size=size, dark=dark, script=False)
    if size == NARROW:
        await page.get_by_role("link", name="Search").click()
        await expect(page.get_by_text("Up to 50 IDs at once")).to_be_visible()
    box = page.locator("#search-text" if size == NARROW else "#search-everything")
    await box.fill(listed.customer)
    await box.press("Enter")
    await expect(page.get_by_role("link", name=listed.id(1))).to_contain_text("Rosa Neri")
    await screenshot(page, "search")
