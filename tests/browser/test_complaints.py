"""What operators complain about elsewhere, tried here; see `docs/backoffice-complaints.md`."""

from __future__ import annotations

import csv
import io
import re
from uuid import uuid4

from playwright.async_api import Page, Route, expect

from browser.conftest import Visit
from payops_kernel.testing import eventually
from payops_testing.browser.listed import Listed
from payops_testing.browser.platform import SEEN_LIMIT_S, PagesPlatform, a_payment
from payops_testing.browser.visitors import UNTIL_COUNTED_MS

LEAP_DAY = "2024-02-29"
"""A day on which no other test has a payment."""
DAILY = "#chart-daily-payments"


async def in_a_new_tab(page: Page, link: str) -> Page:
    """What a press with Ctrl opens beside the page."""
    async with page.context.expect_page() as opened:
        await page.locator(link).click(modifiers=["Control"])
    return await opened.value


async def test_a_payment_and_the_next_page_open_in_new_tabs_as_they_are(
    visit: Visit, listed: Listed
) -> None:
    page, _ = await visit(listed.address)
    payment = await in_a_new_tab(page, f"tr[data-id='{listed.id(119)}'] .row-link")
    await expect(payment).to_have_url(re.compile(f"/transactions/{listed.id(119)}$"))
    beside = await in_a_new_tab(page, f"tr[data-id='{listed.id(118)}'] td.of-channel")
    await expect(beside).to_have_url(re.compile(f"/transactions/{listed.id(118)}$"))
    following = await in_a_new_tab(page, "#list-next")
    await expect(following.locator("#list-showing")).to_have_text("Showing 51-100 of 120")
    await expect(page.locator("#list-showing")).to_have_text("Showing 1-50 of 120")
    assert page.url.endswith(listed.address)


async def test_what_was_searched_is_what_is_exported(visit: Visit, listed: Listed) -> None:
    page, _ = await visit("/transactions")
    await page.locator("#list-q").fill(f"{listed.customer}-011")
    await expect(page.locator("#list-table tbody tr")).to_have_count(10)
    await page.get_by_role("link", name="Export").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text(f"10 rows: {listed.customer}-011")
    async with page.expect_download() as download:
        await dialog.get_by_role("button", name="Export").click()
    text = (await (await download.value).path()).read_text(encoding="utf-8")
    found = [row["Transaction ID"] for row in csv.DictReader(io.StringIO(text))]
    assert found == [listed.id(number) for number in range(119, 109, -1)]


async def test_times_are_of_the_zone_that_is_chosen_whatever_the_browsers(
    visit: Visit, listed: Listed
) -> None:
    page, _ = await visit("/preferences", role="approver", zone="Asia/Kolkata")

    async def choose(zone: str) -> None:
        await page.goto("/preferences")
        await page.get_by_label("Time zone").select_option(zone)
        async with page.expect_navigation():
            await page.get_by_role("button", name="Save preferences").click()
        await page.goto(listed.address)

    for zone, head, time in (
        ("Europe/Rome", "Date (Rome)", "1 Mar 2026 02:59"),
        ("UTC", "Date (UTC)", "1 Mar 2026 01:59"),
    ):
        await choose(zone)
        await expect(page.locator("th.head-created_at")).to_contain_text(head)
        row = page.locator(f"tr[data-id='{listed.id(119)}']")
        await expect(row.locator(".of-created_at")).to_contain_text(time)


async def test_every_cell_stands_under_the_head_of_its_column(visit: Visit, listed: Listed) -> None:
    page, _ = await visit(f"{listed.address}&columns=customer,provider")
    places = r"(cells) => cells.map((cell) => /(head|of)-(\w+)/.exec(cell.className)?.[2])"
    heads = await page.locator("#list-table thead th").evaluate_all(places)
    assert {"status", "created_at", "amount_minor"} <= set(heads)
    for number in (120, 119):
        cells = page.locator(f"tr[data-id='{listed.id(number)}'] td")
        assert await cells.evaluate_all(places) == heads


async def test_the_field_and_an_empty_result_say_what_the_search_looks_at(visit: Visit) -> None:
    page, _ = await visit("/transactions")
    field = page.get_by_role("searchbox", name="ID, e-mail, name")
    await field.fill("zzz-nobody")
    await expect(page.locator("#list-nothing")).to_contain_text(
        "The search looks at the beginning of IDs, e-mails and names."
    )


async def test_a_paid_total_is_the_sum_of_the_rows_that_it_leads_to(
    visit: Visit, platform: PagesPlatform
) -> None:
    key = f"leap-{uuid4().hex[:8]}"
    amounts = {"paid": (1_099, 2_501), "failed": (9_900,)}
    await platform.pay(
        [
            a_payment(
                f"{key}-{amount}", end, amount_minor=amount, created_at=f"{LEAP_DAY}T10:00:00Z"
            )
            for end, each in amounts.items()
            for amount in each
        ]
    )
    own = f"daily-payments.from={LEAP_DAY}&daily-payments.to={LEAP_DAY}"
    page, _ = await visit(f"/analytics?currency=USD&daily-payments.window=custom&{own}")

    async def counted() -> str | None:
        await page.reload()
        total = page.locator(f"{DAILY} .chart-total strong")
        return await total.text_content() if await total.count() else None

    await eventually(counted, SEEN_LIMIT_S, until=lambda total: total == "US$36.00")
    await page.locator(DAILY).get_by_role("link", name="See these payments").click()
    await expect(page.locator("#list-table tbody tr")).to_have_count(2)
    await expect(page.locator("#list-table tbody")).to_contain_text("US$25.01")
    await expect(page.locator("#list-table tbody")).to_contain_text("US$10.99")
    await expect(page.locator("#list-sums")).to_contain_text("US$36.00")


async def test_a_row_that_could_not_be_renewed_stays_on_a_page_that_is_one_page(
    visit: Visit, platform: PagesPlatform
) -> None:
    payment = f"renewed-{uuid4().hex[:8]}"
    await platform.pay([a_payment(payment)])
    page, watch = await visit(f"/transactions?q={payment}", fresh=True)
    await page.clock.install()
    watch.allow("status of 500")
    await expect(page.locator("live-mark")).to_have_attribute("data-state", "live")
    refused: list[str] = []

    async def broken(route: Route) -> None:
        refused.append(route.request.url)
        page_of_error = "<html><body><nav></nav><main>A whole page of an error</main></body></html>"
        await route.fulfill(status=500, content_type="text/html", body=page_of_error)

    await page.route("**/*rows=*", broken)
    await platform.publish(a_payment(payment, "paid")[1:])
    await eventually(lambda: refused, SEEN_LIMIT_S, until=bool)
    status = page.locator(f"tr[data-id='{payment}'] .of-status")
    await expect(status).to_have_text("Creatednot read again yet")
    await page.unroute("**/*rows=*")
    await page.clock.fast_forward(UNTIL_COUNTED_MS)
    await expect(status).to_have_text("Paid")
    await expect(page.locator("main")).to_have_count(1)
    await expect(page.get_by_role("navigation", name="Pages", exact=True)).to_have_count(1)
    await expect(page.locator("body")).not_to_contain_text("A whole page of an error")
