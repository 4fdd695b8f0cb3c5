"""The list when what is asked is not answered, or is asked in haste."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Page, Route, expect

from browser.conftest import Visit
from browser.test_sign_in import end_session
from payops_kernel.testing import eventually
from payops_testing.browser.listed import Listed
from payops_testing.browser.platform import PagesPlatform, a_payment
from payops_testing.browser.visitors import UNTIL_COUNTED_MS

TYPED_AND_PRESSED = """([typed, pressed]) => {
  const field = document.getElementById("list-q");
  field.value = typed;
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  document.querySelector(pressed).click();
}"""
"""Sooner than what was typed is asked for."""


def rows(page: Page) -> Any:
    return page.locator("#list-table tbody tr")


async def sign_in_again(page: Page) -> None:
    """As the dialog over the page asks for it."""
    dialog = page.get_by_role("dialog", name="Your session is over")
    await dialog.get_by_label("Password").fill("payops-operator")
    await dialog.get_by_role("button", name="Sign in").click()
    await expect(dialog).to_be_hidden()


async def test_the_session_that_ended_is_asked_for_over_the_list_which_stays(
    visit: Visit, listed: Listed
) -> None:
    """P3: the sign-in page never fills the table; what was asked for is there afterwards."""
    page, watch = await visit(listed.address)
    watch.allow("status of 401")
    await end_session(page)
    await page.locator("#tab-failed").click()
    await expect(page.locator("#sign-in-again")).to_be_visible()
    await expect(rows(page)).to_have_count(50)
    await sign_in_again(page)
    await expect(rows(page)).to_have_count(12)
    await expect(page.locator("#tab-failed")).to_have_attribute("aria-current", "true")


async def test_a_row_that_changes_after_the_end_of_the_session_asks_for_it_too(
    visit: Visit, platform: PagesPlatform
) -> None:
    payment = f"over-{uuid4().hex[:8]}"
    await platform.pay([a_payment(payment)])
    page, watch = await visit(f"/transactions?q={payment}")
    watch.allow("status of 401")
    await expect(page.locator("live-mark")).to_have_attribute("data-state", "live")
    await end_session(page)
    await platform.publish(a_payment(payment, "paid")[1:])
    await sign_in_again(page)
    await expect(rows(page).locator(".of-status")).to_have_text("Paid")


async def test_what_was_not_answered_can_be_asked_again_as_it_stands(
    visit: Visit, listed: Listed
) -> None:
    page, watch = await visit(listed.address)
    watch.allow("ERR_FAILED")
    parts = re.compile("/parts/transactions[?]")
    await page.route(parts, lambda route: route.abort())
    search = page.locator("#list-q")
    await search.fill(listed.id(42))
    await expect(page.locator("#problem")).to_contain_text("The list could not be read.")
    await expect(rows(page)).to_have_count(50)
    await page.unroute(parts)
    await search.fill(listed.id(42))
    await expect(rows(page)).to_have_count(1)
    await expect(page.locator("#problem")).to_be_empty()


async def test_what_is_typed_goes_along_with_a_link_that_is_pressed_sooner(
    visit: Visit, listed: Listed
) -> None:
    page, _ = await visit(f"{listed.address}&channel=web")
    pressed = "#chip-channel .filter-chip-remove"
    await page.evaluate(TYPED_AND_PRESSED, [listed.id(42), pressed])
    query = f"q={listed.id(42)}&customer={listed.customer}"
    await expect(page).to_have_url(re.compile(f"/transactions[?]{query}$"))
    await expect(rows(page)).to_have_count(1)
    await page.evaluate(TYPED_AND_PRESSED, ["nobody", "#list-clear"])
    await expect(page).to_have_url(re.compile("/transactions$"))
    await expect(page.locator("#list-q")).to_have_value("")


async def test_what_is_typed_before_the_script_is_there_is_found_when_it_is(
    visit: Visit, listed: Listed
) -> None:
    page, _ = await visit("/")
    async with before_its_script(page, listed.address):
        await page.locator("#list-q").fill(listed.id(42))
    await expect(rows(page)).to_have_count(1)
    await expect(page).to_have_url(re.compile(f"[?]q={listed.id(42)}&customer={listed.customer}$"))


async def test_what_is_ticked_and_opened_before_the_script_is_there_is_so_when_it_is(
    visit: Visit, listed: Listed
) -> None:
    page, _ = await visit("/")
    box = page.locator(f"[id='select-{listed.id(119)}']")
    menu = page.locator(f"[id='menu-{listed.id(118)}']")
    async with before_its_script(page, listed.address):
        await box.check()
        await page.locator(f"[id='row-{listed.id(118)}'] .row-menu").click()
        await expect(menu.get_by_role("menuitem")).to_have_text("Open its page")
    await expect(page.locator(".selection-count")).to_have_text("1 selected")
    await expect(box).to_be_checked()
    await expect(menu.locator("[data-action=refund]")).to_be_visible()
    await page.reload()
    await expect(page.locator(".selection-count")).to_have_text("1 selected")


async def test_a_page_that_is_ticked_whole_before_the_script_is_there_is_selected_when_it_is(
    visit: Visit, listed: Listed
) -> None:
    page, _ = await visit("/")
    async with before_its_script(page, listed.address):
        await page.get_by_label("Select all rows of this page").check()
    await expect(page.locator(".selection-count")).to_have_text("50 selected")
    await expect(page.get_by_label("Select all rows of this page")).to_be_checked()


@asynccontextmanager
async def before_its_script(page: Page, address: str) -> AsyncIterator[None]:
    """A list whose script comes when the block is over."""
    there = asyncio.Event()

    async def hold(route: Route) -> None:
        await there.wait()
        await route.continue_()

    await page.route(re.compile("/js/list-page"), hold)
    await page.goto(address, wait_until="commit")
    yield
    there.set()


async def test_the_key_of_an_export_does_nothing_where_there_is_nothing_to_export(
    visit: Visit,
) -> None:
    page, _ = await visit("/transactions?q=zzz-nobody")
    await expect(page.locator("#list-export")).to_be_hidden()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.keyboard.press("e")
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    assert [url for url in asked if "/export" in url] == []


async def test_counts_that_did_not_come_are_asked_for_again(visit: Visit, listed: Listed) -> None:
    page, _ = await visit(listed.address, fresh=True)
    await page.clock.install()
    tried: list[Route] = []

    async def once_unanswered(route: Route) -> None:
        tried.append(route)
        await (route.fulfill(status=200, body="") if len(tried) == 1 else route.continue_())

    await page.route("**/parts/transactions/totals*", once_unanswered)
    await page.locator("#tab-failed").click()
    await expect(rows(page)).to_have_count(12)
    await eventually(lambda: tried, until=bool)
    await page.clock.fast_forward(UNTIL_COUNTED_MS)
    await expect(page.locator("#list-sums")).to_contain_text("Sum of all")
    assert len(tried) == 2


@pytest.mark.parametrize("late", ["counts", "sums"])
async def test_what_was_not_counted_in_time_is_asked_for_again(
    visit: Visit, listed: Listed, late: str
) -> None:
    page, _ = await visit(listed.address, fresh=True)
    await page.clock.install()
    tried: list[Route] = []

    async def once_late(route: Route) -> None:
        tried.append(route)
        answer = await route.fetch()
        body = await answer.text()
        if len(tried) == 1:
            without = f'data-sums="null" data-late="{late}"></p>'
            body = re.sub(r'data-sums=".*?</p>', without, body, flags=re.DOTALL)
        await route.fulfill(response=answer, body=body)

    await page.route("**/parts/transactions/totals*", once_late)
    await page.locator("#tab-failed").click()
    await expect(rows(page)).to_have_count(12)
    await eventually(lambda: tried, until=bool)
    await expect(page.locator("#list-sums")).to_be_empty()
    await page.clock.fast_forward(UNTIL_COUNTED_MS)
    await expect(page.locator("#list-sums")).to_contain_text("Sum of all")
    assert len(tried) == 2
