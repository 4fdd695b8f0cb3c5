"""A newcomer's first morning, from yesterday's failed payments to a dashboard on their own page."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from playwright.async_api import Page, expect

from browser.conftest import Visit
from payops_kernel.testing import eventually
from payops_testing.browser.listed import Listed
from payops_testing.browser.other_site import OtherSite
from payops_testing.browser.platform import PagesPlatform, a_payment

MANY = 40
DONE_LIMIT_MS = 90_000
COUNTED_LIMIT_S = 30.0
DAILY = "#chart-daily-payments"


async def test_a_newcomer_finds_refunds_bills_writes_compares_and_embeds(
    visit: Visit, platform: PagesPlatform
) -> None:
    prefix, recalled = f"NEW-{uuid4().hex[:8]}", Listed(MANY, failed_each=MANY + 1)
    failed = await brought(platform, prefix)
    await recalled.bring(platform)
    page, _ = await visit("/", role="admin")
    await finds_yesterdays_failed_payments(page, failed)
    await refunds_a_part_then_the_rest(page, f"{prefix}-paid")
    await downloads_the_invoice_and_mails_the_customer(page)
    await refunds_many_at_once(page, recalled)
    await compares_this_month_with_the_last(page, platform)
    with OtherSite() as shop:
        await embeds_the_dashboard(page, shop)


async def brought(platform: PagesPlatform, prefix: str) -> list[str]:
    """Yesterday's payments; gives the ids of those by Satispay that failed, newest first."""
    noon = (datetime.now(UTC) - timedelta(days=1)).replace(hour=12, minute=0, second=0)

    def at(minute: int) -> str:
        return (noon + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:%SZ")

    wanted = [f"{prefix}-{number}" for number in (3, 2, 1)]
    await platform.pay(
        [
            *(
                a_payment(each, "failed", method="satispay", created_at=at(-place))
                for place, each in enumerate(wanted)
            ),
            a_payment(f"{prefix}-other", "failed", method="pay-pal", created_at=at(1)),
            a_payment(
                f"{prefix}-paid", "paid", method="satispay", created_at=at(2),
                amount_minor=12_900, notification_channels=["email"],
            ),
        ]
    )  # fmt: skip
    return wanted


async def finds_yesterdays_failed_payments(page: Page, failed: list[str]) -> None:
    await (
        page.get_by_role("navigation", name="Pages")
        .get_by_role("link", name="Transactions")
        .click()
    )
    await page.wait_for_url("**/transactions")
    await page.locator("#tab-failed").click()
    await page.locator("#list-add-filter").click()
    await page.locator("#head-of-created").click()
    await page.get_by_role("link", name="Yesterday").click()
    await expect(page.locator("#chip-created")).to_be_visible()
    await page.locator("#head-of-method").click()
    await page.locator("#filter-method-satispay").check()
    found = page.locator("#list-table tbody tr")
    await expect(found).to_have_count(len(failed))
    assert await found.evaluate_all("rows => rows.map(row => row.dataset.id)") == failed


async def refunds_a_part_then_the_rest(page: Page, payment: str) -> None:
    await page.goto(f"/search?q={payment}")
    await page.get_by_role("link", name=payment).click()
    await page.wait_for_url(f"**/transactions/{payment}")
    dialog = page.get_by_role("dialog")
    for amount, shown in (("29", "US$29.00"), ("", "US$100.00")):
        await page.get_by_role("link", name="Refund", exact=True).click()
        if amount:
            await dialog.get_by_label("Amount").fill(amount)
        await dialog.get_by_label("Reason").fill("Locker broken")
        await dialog.get_by_role("button", name=f"Refund {shown}").click()
        await expect(dialog).to_be_hidden()
        await expect(page.locator("#toasts")).to_contain_text(f"Refund of {shown} requested.")
    await expect(
        page.get_by_role("button", name="Refund", exact=True)
    ).to_have_accessible_description("Nothing is left to refund.")


async def downloads_the_invoice_and_mails_the_customer(page: Page) -> None:
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Download invoice").click()
    file = await download.value
    assert file.suggested_filename.startswith("INV-")
    assert (await file.path()).read_bytes().startswith(b"%PDF-")
    await page.get_by_role("link", name="Send notification").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("ada@example.com gets this e-mail.")
    await dialog.get_by_role("button", name="Send notification").click()
    await expect(dialog).to_be_hidden()
    await expect(page.locator("#toasts")).to_contain_text("is on its way")


async def refunds_many_at_once(page: Page, recalled: Listed) -> None:
    await page.goto(recalled.address)
    await page.get_by_label("Select all rows of this page").check()
    await expect(page.locator(".selection-count")).to_have_text(f"{MANY} selected")
    await page.get_by_role("button", name="Refund…").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Reason").fill("Recall of a batch")
    await dialog.get_by_role("button", name="Refund US$").click()
    await expect(page.locator("#job-tray")).to_contain_text(
        f"{MANY} of {MANY}", timeout=DONE_LIMIT_MS
    )


async def compares_this_month_with_the_last(page: Page, platform: PagesPlatform) -> None:
    today = datetime.now(UTC)
    before = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    months = {"now": (today, 3_000), "then": (before, 2_000)}
    await platform.pay(
        [
            a_payment(
                f"month-{name}-{uuid4().hex[:8]}", "paid", currency="CHF", amount_minor=amount,
                created_at=day.strftime("%Y-%m-%dT00:00:01Z"),
            )
            for name, (day, amount) in months.items()
        ]
    )  # fmt: skip
    async with platform.api() as api:

        async def counted() -> bool:
            answer = await api.get(
                "/v1/kpis/daily-payments", params={"window": "mtd", "currency": "CHF"}
            )
            assert answer.is_success, answer.text
            return any(
                each["total"]["count"] == each["previous"]["count"] == 1
                for each in answer.json()["currencies"]
            )

        await eventually(counted, COUNTED_LIMIT_S)
    await page.get_by_role("navigation", name="Pages").get_by_role("link", name="Analytics").click()
    await page.get_by_role("navigation", name="Currency").get_by_role("link", name="CHF").click()
    await page.wait_for_url(re.compile("currency=CHF"))
    await page.locator(DAILY).get_by_role("link", name="MTD").click()
    total = page.locator(f"{DAILY} .chart-total")
    await expect(total).to_contain_text("CHF")
    await expect(total).to_contain_text("30.00")
    await expect(total).to_contain_text("+50.00% against")


async def embeds_the_dashboard(page: Page, shop: OtherSite) -> None:
    await page.get_by_role("link", name="Embed").click()
    dialog = page.get_by_role("dialog", name="Embed Analytics")
    await dialog.get_by_label("Address of the site").fill(shop.named)
    await dialog.get_by_role("button", name="Make the code").click()
    frame = await dialog.get_by_label("For the page").input_value()
    assert re.match(r"<iframe\b", frame)
    shop.html = f'<!doctype html><title>A shop</title><link rel="icon" href="data:,">{frame}'
    await page.goto(shop.named)
    board = page.frame_locator("iframe")
    await expect(board.locator(f"{DAILY} canvas")).to_be_visible()
    await expect(board.locator(".subtitle")).to_contain_text("CHF")
