"""A service that is down: its part says so, the rest works, and nothing that was typed is lost."""

from __future__ import annotations

from uuid import uuid4

from playwright.async_api import Page, expect

from browser.conftest import Visit
from payops_testing.browser.listed import Listed
from payops_testing.browser.platform import PagesPlatform, a_payment
from payops_testing.browser.visitors import ANSWER_LIMIT_MS
from payops_testing.browser.watching import screenshot, violations


async def test_transactions_that_is_down_costs_rows_and_writes_and_nothing_else(
    visit: Visit, platform: PagesPlatform, listed: Listed
) -> None:
    payment = await a_payment_of(platform, "paid")
    page, watch = await visit(listed.address)
    watch.allow("status of 503")
    form, watch = await visit(f"/transactions/{payment}")
    watch.allow("status of 503")
    await form.get_by_role("link", name="Refund", exact=True).click()
    await form.get_by_label("Reason").fill("Damaged")
    with platform.down("transactions"):
        await page.locator("#tab-failed").click()
        results = page.locator("#list-results")
        await expect(results).to_contain_text("Transactions does not answer.")
        await screenshot(page, "transactions-away")
        assert await violations(page) == []
        await expect(page.locator("#list-q")).to_be_visible()
        await form.locator("[id^=refund-submit]").click()
        await expect(form.locator("#dialog-problem")).to_contain_text("does not answer")
        await expect(form.get_by_label("Reason")).to_have_value("Damaged")
        other, _ = await visit("/dead-letters")
        await expect(other.locator("#list-results")).not_to_contain_text("does not answer")
        await other.goto("/analytics")
        await expect(other.locator(".chart").first).not_to_contain_text("does not answer")
    await page.get_by_role("link", name="Retry", exact=True).click()
    await expect(page.locator("#list-table tbody tr")).to_have_count(12)
    await form.locator("[id^=refund-submit]").click()
    await expect(form.get_by_role("dialog")).to_be_hidden()
    async with platform.api() as api:
        found = (await api.get(f"/v1/transactions/{payment}")).json()["refunds"]
    assert len(found) == 1


async def test_a_gateway_that_is_down_is_told_beside_what_was_there_and_is_found_again(
    visit: Visit, platform: PagesPlatform
) -> None:
    payment = await a_payment_of(platform)
    page, watch = await visit("/preferences")
    watch.allow("status of 503|ERR_")
    rows, watch = await visit(f"/transactions?q={payment}")
    watch.allow("status of 503|ERR_")
    mark = rows.locator("live-mark")
    await expect(mark).to_have_attribute("data-state", "live")
    await page.get_by_label("Theme").select_option("Dark")
    with platform.down("gateway"):
        await page.get_by_role("button", name="Save preferences").click()
        told = page.get_by_role("alert")
        await expect(told).to_contain_text("Gateway does not answer.")
        await expect(told).to_contain_text("Trace ID")
        await screenshot(page, "gateway-away")
        await is_one_page(page)
        await expect(page.get_by_label("Theme")).to_have_value("dark")
        await expect(mark).to_have_attribute("data-state", "reconnecting")
        await expect(mark).to_contain_text("Reconnecting, last at")
        await screenshot(rows, "live-reconnecting")
        await expect(rows.locator(f"tr[data-id='{payment}']")).to_be_visible()
    # The page tries again every 40 s at the slowest.
    await expect(mark).to_have_attribute("data-state", "live", timeout=2 * ANSWER_LIMIT_MS)
    await platform.publish(a_payment(payment, "paid")[1:])
    await expect(rows.locator(f"tr[data-id='{payment}'] .of-status")).to_have_text("Paid")


async def is_one_page(page: Page) -> None:
    await expect(page.locator("main")).to_have_count(1)
    await expect(page.get_by_role("navigation", name="Pages")).to_have_count(1)


async def a_payment_of(platform: PagesPlatform, *ends: str) -> str:
    payment = f"away-{uuid4().hex[:8]}"
    await platform.pay([a_payment(payment, *ends)])
    return payment
