"""What is done with many rows of the list: selection, sums, bulk actions, files, the job tray."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from browser.conftest import Visit
from payops_kernel.testing import SLOW_MACHINE, eventually
from payops_testing.browser.listed import Listed
from payops_testing.browser.platform import PagesPlatform
from payops_testing.browser.watching import faults, screenshot, violations

DONE_LIMIT_S = 30.0
DONE_LIMIT_MS = DONE_LIMIT_S * SLOW_MACHINE * 1_000


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def many(platform: PagesPlatform) -> Listed:
    """70 payments of one customer."""
    many = Listed(70)
    await many.bring(platform)
    return many


async def some(platform: PagesPlatform, count: int = 12) -> Listed:
    """A few payments that a test may refund."""
    listed = Listed(count)
    await listed.bring(platform)
    return listed


def boxes(page: Page) -> Any:
    return page.locator("tbody [name=ids]")


async def refunded(platform: PagesPlatform, listed: Listed) -> dict[str, int]:
    """What is reserved or refunded of each payment, by id; only those of which something is."""
    async with platform.api() as api:
        answer = await api.get(
            "/v1/transactions", params={"customer": listed.customer, "limit": 200}
        )
    assert answer.is_success, answer.text
    rows = answer.json()["items"]
    gone = {
        row["transaction_id"]: row["in_flight_minor"] + row["total_refunded_minor"] for row in rows
    }
    return {key: amount for key, amount in gone.items() if amount}


async def test_a_selection_outlives_paging_with_its_sum_and_says_what_is_not_shown(
    visit: Visit, many: Listed
) -> None:
    page, _ = await visit(many.address)
    await boxes(page).nth(0).check()
    await boxes(page).nth(2).click(modifiers=["Shift"])
    await expect(page.locator(".selection-count")).to_have_text("3 selected")
    await expect(page.locator(".selection-sums")).to_have_text("US$32.07")
    await page.locator("#list-next").click()
    await expect(page.locator(".selection-hidden")).to_have_text("3 not shown")
    await boxes(page).nth(0).check()
    await expect(page.locator(".selection-count")).to_have_text("4 selected")
    await page.locator("#list-previous").click()
    await expect(page.locator(".selection-hidden")).to_have_text("1 not shown")
    for number in (70, 69, 68):
        await expect(page.locator(f"[id='select-{many.id(number)}']")).to_be_checked()
    await page.reload()
    await expect(page.locator(".selection-count")).to_have_text("4 selected")
    await page.get_by_role("button", name="Clear", exact=True).click()
    await expect(page.locator("#list-selection")).to_be_hidden()


async def test_rows_that_a_filter_hides_are_said_and_previewed_with_the_rest(
    visit: Visit, many: Listed
) -> None:
    """P10: 5 selected, a filter hides 2; the preview lists exactly the rows acted on."""
    page, _ = await visit(many.address)
    for number in (70, 69, 68, 60, 59):
        await page.locator(f"[id='select-{many.id(number)}']").check()
    await page.locator("#tab-failed").click()
    await expect(page.locator(".selection-count")).to_have_text("5 selected")
    await expect(page.locator(".selection-hidden")).to_have_text("3 not shown")
    await page.get_by_role("button", name="Refund…").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("heading", name="Refund 3 payments")).to_be_visible()
    await expect(dialog.locator(".bulk-excluded")).to_contain_text("2 are left out")
    await expect(dialog.locator(".bulk-excluded")).to_contain_text(many.id(60))
    await dialog.get_by_text("The 3 payments").click()
    listed = await dialog.locator(".bulk-rows code").evaluate_all("all => all.map(e => e.title)")
    assert listed == [many.id(69), many.id(68), many.id(59)]
    await screenshot(page, "bulk-refund")
    assert await violations(page) == []


async def test_all_rows_of_a_filter_are_selected_as_such_until_the_filter_changes(
    visit: Visit, many: Listed
) -> None:
    page, _ = await visit(f"{many.address}&status=PAID")
    await page.get_by_label("Select all rows of this page").check()
    await expect(page.locator(".selection-count")).to_have_text("50 selected")
    await page.get_by_role("button", name="Select all 63").click()
    await expect(page.locator(".selection-count")).to_have_text("All 63 selected")
    total = sum(1000 + number for number in range(1, 71) if number % 10) / 100
    await expect(page.locator(".selection-sums")).to_have_text(f"US${total:,.2f}")
    await page.locator("#list-next").click()
    await expect(boxes(page).first).to_be_checked()
    await page.get_by_role("button", name="Invoices").click()
    await expect(page.get_by_role("heading", name="Download 63 invoices")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.locator("#tab-failed").click()
    await expect(page.locator(".selection-count")).to_have_text(
        "Selection cleared: the filters changed."
    )
    await expect(boxes(page).first).not_to_be_checked()


async def test_a_bulk_refund_asks_for_its_reason_runs_in_the_tray_and_refunds_once(
    visit: Visit, platform: PagesPlatform
) -> None:
    listed = await some(platform)
    page, watch = await visit(listed.address)
    watch.allow("status of 422")
    await page.get_by_label("Select all rows of this page").check()
    await page.get_by_role("button", name="Refund…").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("link", name="Cancel")).to_be_focused()
    go = dialog.get_by_role("button", name="Refund US$110.68")
    await expect(dialog).to_contain_text("US$110.68 of 11 payments go back to their payers.")
    await go.click()
    await expect(dialog).to_contain_text("Say why")
    await dialog.get_by_label("Reason").fill("Recall of a batch")
    await go.dblclick()
    await expect(dialog).to_be_hidden()
    tray = page.locator("#job-tray")
    await expect(tray).to_contain_text("Bulk refund")
    await expect(tray).to_contain_text("11 of 11", timeout=DONE_LIMIT_MS)
    await screenshot(page, "job-tray")
    await expect(page.locator("#list-selection")).to_be_hidden()
    wanted = {listed.id(n): 1000 + n for n in range(1, 13) if not listed.failed(n)}

    async def all_asked() -> bool:
        return await refunded(platform, listed) == wanted

    await eventually(all_asked, deadline=DONE_LIMIT_S)
    await tray.get_by_role("link", name="Bulk refund").first.click()
    await expect(page.locator("tbody tr")).to_have_count(11)
    await expect(page.locator("tbody tr").first).to_contain_text("Succeeded")


async def test_payments_that_changed_since_the_preview_are_named_before_anything_is_done(
    visit: Visit, platform: PagesPlatform
) -> None:
    listed = await some(platform, 3)
    page, watch = await visit(listed.address)
    watch.allow("status of 409")
    await page.get_by_label("Select all rows of this page").check()
    await page.get_by_role("button", name="Refund…").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Reason").fill("Recall")
    async with platform.api() as api:
        await api.post(
            f"/v1/transactions/{listed.id(2)}/refunds",
            json={"reason": "first", "amount_minor": 1002, "currency": "USD"},
            headers={"Idempotency-Key": listed.customer},
        )
    await dialog.get_by_role("button", name="Refund US$30.06").click()
    await expect(dialog).to_contain_text("Meanwhile the payments have changed")
    await expect(dialog).to_contain_text(listed.id(2))
    assert await refunded(platform, listed) == {listed.id(2): 1002}
    await dialog.get_by_role("button", name="Go on without them").click()
    await expect(page.locator("#job-tray")).to_contain_text("2 of 2", timeout=DONE_LIMIT_MS)


async def test_invoices_of_many_are_one_file_in_the_tray(
    visit: Visit, platform: PagesPlatform
) -> None:
    listed = await some(platform, 3)
    page, _ = await visit(listed.address)
    await page.get_by_label("Select all rows of this page").check()
    await page.get_by_role("button", name="Invoices").click()
    await page.get_by_role("dialog").get_by_role("button", name="Download 3 invoices").click()
    # The tray may still show those of before, and their files.
    job = page.locator("#job-tray .job").first
    for said in ("Bulk invoice download", "3 of 3"):
        await expect(job).to_contain_text(said, timeout=DONE_LIMIT_MS)
    link = job.get_by_role("link", name="Download", exact=True)
    await expect(link).to_be_visible(timeout=DONE_LIMIT_MS)
    async with page.expect_download() as download:
        await link.click()
    assert (await download.value).suggested_filename.endswith(".zip")


async def test_the_file_is_the_list_that_is_seen_with_the_columns_that_are_chosen(
    visit: Visit, many: Listed
) -> None:
    page, _ = await visit(f"{many.address}&status=FAILED&sort=amount")
    await page.get_by_role("link", name="Export").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("7 rows: ")
    assert await violations(page) == []
    await screenshot(page, "export")
    await dialog.get_by_label("Channel").uncheck()
    async with page.expect_download() as download:
        await dialog.get_by_role("button", name="Export").click()
    text = (await (await download.value).path()).read_text(encoding="utf-8")
    read = list(csv.DictReader(io.StringIO(text)))
    assert [row["Transaction ID"] for row in read] == [many.id(n) for n in range(10, 71, 10)]
    assert {row["Status"] for row in read} == {"Failed"}
    assert "Channel" not in read[0]
    assert read[0]["Currency"] == "USD"
    await expect(dialog).to_be_hidden()


@pytest.mark.parametrize("kind", ["Excel", "Parquet"])
async def test_selected_rows_are_exported_in_each_format(
    visit: Visit, many: Listed, kind: str
) -> None:
    page, _ = await visit(many.address)
    await boxes(page).nth(0).check()
    await page.locator("#list-selection").get_by_role("button", name="Export").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("1 selected row.")
    await dialog.get_by_label(kind).check()
    async with page.expect_download() as download:
        await dialog.get_by_role("button", name="Export").click()
    ending = {"Excel": ".xlsx", "Parquet": ".parquet"}[kind]
    assert (await download.value).suggested_filename.endswith(ending)


async def test_a_viewer_sees_why_refunds_are_not_for_them(visit: Visit, many: Listed) -> None:
    page, _ = await visit(many.address, role="viewer")
    await boxes(page).nth(0).check()
    button = page.locator("#list-selection").get_by_role("button", name="Refund…")
    await expect(button).to_have_attribute("aria-disabled", "true")
    await expect(button).to_have_attribute("title", "Operators can do this, you are a viewer.")


async def test_a_row_says_what_can_be_done_with_it_and_why_not(visit: Visit, many: Listed) -> None:
    page, _ = await visit(many.address)
    await page.locator(f"[id='row-{many.id(69)}'] .row-menu").click()
    menu = page.locator(f"[id='menu-{many.id(69)}']")
    await expect(menu).to_contain_text("Not part of a subscription.")
    await expect(menu.get_by_role("menuitem", name="Go to detail")).to_have_attribute(
        "href", f"/transactions/{many.id(69)}"
    )
    assert await violations(page) == []
    await menu.get_by_role("menuitem", name="Refund").click()
    await expect(page.get_by_role("dialog")).to_contain_text(many.id(69))
    await page.keyboard.press("Escape")
    await page.locator(f"[id='row-{many.id(70)}'] .row-menu").click()
    failed = page.locator(f"[id='menu-{many.id(70)}']").locator("[data-action=refund]")
    await expect(failed).to_have_attribute("aria-disabled", "true")
    await expect(failed).to_contain_text("Only paid")


async def test_a_rows_menu_that_is_not_answered_leads_to_its_page(
    visit: Visit, many: Listed
) -> None:
    page, watch = await visit(many.address)
    watch.allow("net::ERR_FAILED")
    await page.route("**/parts/transactions/menu?*", lambda route: route.abort())
    await page.locator(f"[id='row-{many.id(69)}'] .row-menu").click()
    menu = page.locator(f"[id='menu-{many.id(69)}']")
    await menu.get_by_role("menuitem", name="Open its page").click()
    await page.wait_for_url(f"**/transactions/{many.id(69)}")


async def test_without_script_rows_that_are_ticked_are_refunded_together(
    visit: Visit, platform: PagesPlatform
) -> None:
    listed = await some(platform, 4)
    page, _ = await visit(listed.address, script=False)
    await boxes(page).nth(0).check()
    await boxes(page).nth(1).check()
    await page.get_by_role("button", name="Refund…").click()
    await page.get_by_label("Reason").fill("Recall")
    await page.get_by_role("button", name="Refund US$20.07").click()
    await expect(page).to_have_url(re.compile("/jobs/"))
    wanted = {listed.id(4): 1004, listed.id(3): 1003}

    async def both_asked() -> bool:
        return await refunded(platform, listed) == wanted

    await eventually(both_asked, deadline=DONE_LIMIT_S)
    await page.reload()
    await expect(page.locator("tbody tr")).to_have_count(2)


async def test_the_list_of_jobs_is_the_same_page_with_other_columns(
    visit: Visit, many: Listed
) -> None:
    page, _ = await visit("/jobs")
    texts = await page.locator("thead th").all_inner_texts()
    heads = [" ".join(text.split()) for text in texts]
    assert heads[:2] == ["Status", "Date (UTC)"]
    assert await violations(page) == []


async def test_the_tray_and_its_page_fit_and_axe_finds_nothing(visit: Visit, many: Listed) -> None:
    page, _ = await visit("/jobs/tray")
    assert await faults(page, "tray-page") == []
    await page.locator("#job-tray-open").click()
    await expect(page.locator("#job-tray")).to_be_visible()
    assert await faults(page, "tray") == []
