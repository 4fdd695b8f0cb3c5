"""Pages that stay true while somebody looks at them, and never jump."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import orjson
import pytest
from playwright.async_api import Locator, Page, Route, expect

from browser.conftest import Visit
from gateway.live.changes import CHANGES_MAX
from payops_contracts.topics import TRANSACTIONS
from payops_kernel.restoring.logs import values
from payops_kernel.testing import eventually
from payops_testing.browser.platform import PagesPlatform, a_payment
from payops_testing.browser.watching import screenshot, violations
from payops_testing.gateway.watching import publishing

LIVE_S = 15.0
NOTES_FLASH = """cell => new MutationObserver(() => {
  if (cell.classList.contains("changed")) cell.dataset.flashed = "";
}).observe(cell, { attributeFilter: ["class"] })"""
"""A flash may be over before a test looks for it."""
GONE_S = 5.0


@pytest.fixture
def mine() -> Callable[..., list[str]]:
    """Makes ids that begin alike and belong to this test alone."""
    prefix = f"live-{uuid4().hex[:8]}"
    return lambda *names: [f"{prefix}-{name}" for name in names]


def row(page: Page, transaction_id: str) -> Locator:
    return page.locator(f"tr[data-id='{transaction_id}']")


async def a_list(visit: Visit, prefix: str, **how: Any) -> Page:
    """The list of these payments, followed."""
    page, _ = await visit(f"/transactions?q={prefix}", **how)
    await is_live(page)
    return page


async def is_live(page: Page) -> None:
    await expect(page.locator("live-mark")).to_have_attribute("data-state", "live")


async def streams_open(platform: PagesPlatform) -> int:
    """As the gateway counts them."""
    async with platform.api() as api:
        number: int = (await api.get("/health/ready")).json()["streams"]["open"]
        return number


async def test_a_row_changes_where_it_stands_and_its_cell_flashes(
    visit: Visit, platform: PagesPlatform, mine: Any
) -> None:
    one, two = mine("1", "2")
    await platform.pay([a_payment(one), a_payment(two)])
    page = await a_list(visit, one[:-2])
    chip = row(page, one).locator(".of-status")
    await expect(chip).to_have_text("Created")
    await chip.evaluate(NOTES_FLASH)
    await platform.publish(a_payment(one, "paid")[1:])
    await expect(chip).to_have_text("Paid")
    await expect(chip).to_have_attribute("data-flashed", "")
    await screenshot(page, "live-changed")
    await expect(chip).not_to_contain_class("changed")
    await expect(row(page, two).locator(".of-status")).to_have_text("Created")
    assert await violations(page) == []


async def test_focus_selection_menu_and_scroll_stay_while_rows_change(
    visit: Visit, platform: PagesPlatform, mine: Any
) -> None:
    ids = mine(*(f"{number:02}" for number in range(30)))
    await platform.pay([a_payment(each) for each in ids])
    page = await a_list(visit, ids[0][:-3])
    await row(page, ids[3]).locator("[name=ids]").check()
    await row(page, ids[4]).locator(".row-link").focus()
    await row(page, ids[2]).locator(".row-menu").click()
    menu = row(page, ids[2]).locator(".menu")
    await expect(menu).to_be_visible()
    await expect(menu.locator("[data-action=refund]")).to_have_attribute("aria-disabled", "true")
    await page.evaluate("scrollTo(0, 120)")
    before = await page.evaluate("[scrollY, document.activeElement.id]")
    await platform.publish(event for each in ids[:6] for event in a_payment(each, "paid")[1:])
    for each in ids[:6]:
        await expect(row(page, each).locator(".of-status")).to_have_text("Paid")
    assert await page.evaluate("[scrollY, document.activeElement.id]") == before
    await expect(menu).to_be_visible()
    await expect(menu.locator("a[data-action=refund]")).to_be_visible()
    await expect(row(page, ids[3]).locator("[name=ids]")).to_be_checked()
    await expect(page.locator("#list-selection")).to_contain_text("1 selected")


async def test_a_row_that_no_longer_matches_stays_dimmed_and_says_so(
    visit: Visit, platform: PagesPlatform, mine: Any
) -> None:
    one, two = mine("1", "2")
    await platform.pay([a_payment(one), a_payment(two)])
    page, _ = await visit(f"/transactions?q={one[:-2]}&status=CREATED")
    await is_live(page)
    await platform.publish(a_payment(one, "paid")[1:])
    await expect(row(page, one)).to_contain_class("leaver")
    await expect(row(page, one).locator(".of-status")).to_have_text("Paidno longer matches")
    await expect(row(page, two)).not_to_contain_class("leaver")
    await expect(page.locator("#list-showing")).to_have_text(
        "Showing 1-1 of 1, 1 no longer matches"
    )
    await expect(page.locator("#tab-created .list-tab-count")).to_have_text("1")
    await screenshot(page, "live-leaver")
    assert await violations(page) == []


async def test_newcomers_wait_in_a_pill_until_they_are_asked_for(
    visit: Visit, platform: PagesPlatform, mine: Any
) -> None:
    old, *new = mine("0", "1", "2", "3")
    (other,) = mine("other")
    await platform.pay([a_payment(old, "paid")])
    page, _ = await visit(f"/transactions?q={old[:-2]}&status=PAID")
    await is_live(page)
    there = asyncio.Event()

    async def hold(route: Route) -> None:
        await there.wait()
        await route.continue_()

    # Until all are paid: who is asked for before that matches no filter of paid ones.
    await page.route("**/*rows=*", hold)
    await platform.pay([a_payment(other), *(a_payment(each, "paid") for each in new)])
    there.set()
    pill = page.locator(".newcomers")
    await expect(pill).to_have_text("3 new")
    assert await page.locator("tbody tr[data-id]").count() == 1
    await screenshot(page, "live-newcomers")
    await pill.click()
    await expect(page.locator("tbody tr[data-id]")).to_have_count(4)
    await expect(pill).to_be_hidden()


async def test_a_part_that_was_swapped_ten_times_has_one_stream_and_it_still_speaks(
    visit: Visit, platform: PagesPlatform, mine: Any
) -> None:
    one, two = mine("1", "2")
    await platform.pay([a_payment(one), a_payment(two)])
    await eventually(lambda: streams_open(platform), LIVE_S, until=lambda number: number == 0)
    page = await a_list(visit, one[:-2])
    for number in range(10):
        sort = "amount" if number % 2 else "-amount"
        await page.evaluate(
            f"document.querySelector('list-page').load('?q={one[:-2]}&sort={sort}')"
        )
    await is_live(page)
    await eventually(lambda: streams_open(platform), LIVE_S, until=lambda number: number == 1)
    await platform.publish(a_payment(one, "paid")[1:])
    await expect(row(page, one).locator(".of-status")).to_have_text("Paid")
    await page.close()
    await eventually(lambda: streams_open(platform), GONE_S, until=lambda number: number == 0)


async def test_a_hidden_tab_holds_no_stream_and_catches_up_when_it_is_shown(
    visit: Visit, platform: PagesPlatform, mine: Any
) -> None:
    (one,) = mine("1")
    await platform.pay([a_payment(one)])
    page = await a_list(visit, one[:-2])
    await show(page, hidden=True)
    await eventually(lambda: streams_open(platform), GONE_S, until=lambda number: number == 0)
    await platform.publish(a_payment(one, "paid")[1:])
    await platform.pay([a_payment(one, "paid")])
    await show(page, hidden=False)
    await expect(row(page, one).locator(".of-status")).to_have_text("Paid")
    await is_live(page)


async def show(page: Page, *, hidden: bool) -> None:
    """What a browser does when a tab is left, and when somebody comes back to it."""
    await page.evaluate(
        """(hidden) => {
          Object.defineProperty(document, "hidden", { configurable: true, value: hidden });
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


async def test_who_missed_five_thousand_changes_sees_what_a_reload_shows(
    visit: Visit, platform: PagesPlatform, mine: Any
) -> None:
    one, two, three = mine("1", "2", "3")
    await platform.pay([a_payment(one), a_payment(two)])
    page = await a_list(visit, one[:-2])
    await show(page, hidden=True)
    await platform.publish(a_payment(one, "paid")[1:])
    await platform.pay([a_payment(three)])
    again = await eventually(lambda: said_of(platform.kafka, two), LIVE_S)
    async with publishing(platform.kafka) as producer:
        for _ in range(max(5_000, CHANGES_MAX + 1)):
            await producer.send(TRANSACTIONS.name, again, key=two.encode())
    await show(page, hidden=False)
    await expect(row(page, one).locator(".of-status")).to_have_text("Paid")
    await expect(page.locator(".newcomers")).to_have_text("1 new")
    shown = await page.locator("tbody tr[data-id] .of-status").all_inner_texts()
    await page.reload()
    after = await page.locator("tbody tr[data-id] .of-status").all_inner_texts()
    assert after[-len(shown) :] == shown


async def said_of(kafka: str, transaction_id: str) -> bytes:
    """The event of a payment that lies in the log; to say it again changes nothing."""
    async for value in values(kafka, TRANSACTIONS.name):
        if orjson.loads(value)["subject"] == transaction_id:
            return value
    raise AssertionError(f"nothing was said of {transaction_id}")


async def test_a_payments_page_follows_and_keeps_the_open_dialog_with_what_was_typed(
    visit: Visit, platform: PagesPlatform, mine: Any
) -> None:
    (one,) = mine("1")
    await platform.pay([a_payment(one, "paid")])
    page, _ = await visit(f"/transactions/{one}")
    await is_live(page)
    await page.get_by_role("link", name="Refund").first.click()
    reason = page.locator("#dialog [name=reason]")
    await reason.fill("asked by phone")
    async with platform.api() as api:
        refund = {"amount_minor": 100, "reason": "requested_by_customer"}
        key = {"idempotency-key": uuid4().hex}
        answer = await api.post(f"/v1/transactions/{one}/refunds", json=refund, headers=key)
        assert answer.status_code < 300, answer.text
    await expect(page.locator("#detail")).to_contain_text("Refund requested")
    await expect(page.locator("#dialog")).to_be_visible()
    await expect(reason).to_have_value("asked by phone")
