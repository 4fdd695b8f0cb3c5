"""The Transactions list in a browser: what is asked, what is shown, the address that says it."""

from __future__ import annotations

import asyncio
import re
from typing import Any
from uuid import uuid4

from playwright.async_api import Page, Route, expect

from browser.conftest import Visit
from payops_testing.browser import hostile
from payops_testing.browser.listed import Listed
from payops_testing.browser.platform import PagesPlatform, a_payment
from payops_testing.browser.visitors import NARROW, WIDE
from payops_testing.browser.watching import screenshot, violations


def rows(page: Page) -> Any:
    return page.locator("#list-table tbody tr")


async def ids(page: Page) -> list[str]:
    found: list[str] = await rows(page).evaluate_all("rows => rows.map(row => row.dataset.id)")
    return found


async def test_the_list_has_the_columns_of_the_documents_newest_first(
    visit: Visit, listed: Listed
) -> None:
    page, _ = await visit(listed.address)
    heads = await page.locator("#list-table thead th").all_inner_texts()
    assert [" ".join(head.split()) for head in heads if head.strip()] == [
        "Status", "Date (UTC)", "Transaction ID", "Amount", "Method", "Channel", "Actions",
    ]  # fmt: skip
    assert await ids(page) == [listed.id(number) for number in range(120, 70, -1)]
    first = rows(page).nth(1)
    await expect(first).to_contain_text("Paid")
    await expect(first).to_contain_text("1 Mar 2026 01:59")
    await expect(first).to_contain_text("US$11.19")
    await expect(page.locator("#list-showing")).to_have_text("Showing 1-50 of 120")


async def test_counts_and_sums_come_after_the_rows(visit: Visit, listed: Listed) -> None:
    page, _ = await visit(listed.address)
    tabs = page.locator("#list-tabs")
    await expect(tabs.locator("#tab-all .list-tab-count")).to_have_text("120")
    await expect(tabs.locator("#tab-failed .list-tab-count")).to_have_text("12")
    await expect(tabs.locator("#tab-paid .list-tab-count")).to_have_text("108")
    total = sum(1000 + number for number in range(1, 121)) / 100
    await expect(page.locator("#list-sums")).to_have_text(
        f"Sum of all, whatever the status US${total:,.2f}"
    )


async def test_next_and_previous_walk_the_pages_and_the_address_follows(
    visit: Visit, listed: Listed
) -> None:
    page, _ = await visit(listed.address)
    await page.locator("#list-next").click()
    await expect(page.locator("#list-showing")).to_have_text("Showing 51-100 of 120")
    assert "cursor=" in page.url
    await page.reload()
    await expect(page.locator("#list-showing")).to_have_text("Showing 51-100 of 120")
    await page.locator("#list-previous").click()
    await expect(page.locator("#list-showing")).to_have_text("Showing 1-50 of 120")
    assert (await ids(page))[0] == listed.id(120)


async def test_at_the_last_page_the_focus_goes_to_the_way_back(
    visit: Visit, listed: Listed
) -> None:
    page, _ = await visit(listed.address)
    for showing in ("51-100", "101-120"):
        await page.locator("#list-next").press("Enter")
        await expect(page.locator("#list-showing")).to_have_text(f"Showing {showing} of 120")
    await expect(page.locator("#list-previous")).to_be_focused()


async def test_sorting_by_amount_turns_the_rows_and_says_so(visit: Visit, listed: Listed) -> None:
    page, _ = await visit(listed.address)
    await page.get_by_role("link", name="Amount").click()
    head = page.locator("th.head-amount_minor")
    await expect(head).to_have_attribute("aria-sort", "descending")
    await page.get_by_role("link", name="Amount").click()
    await expect(head).to_have_attribute("aria-sort", "ascending")
    assert (await ids(page))[0] == listed.id(1)
    assert "sort=amount" in page.url
    await expect(page.locator("#sort-amount_minor")).to_be_focused()


async def test_a_tab_is_its_filter_and_back_goes_back(visit: Visit, listed: Listed) -> None:
    page, _ = await visit(listed.address)
    await page.locator("#tab-failed").click()
    await expect(rows(page)).to_have_count(12)
    await expect(page.locator("#tab-failed")).to_have_attribute("aria-current", "true")
    assert "status=FAILED" in page.url
    await page.go_back()
    await expect(rows(page)).to_have_count(50)
    await expect(page.locator("#tab-all")).to_have_attribute("aria-current", "true")


async def test_the_address_alone_shows_the_same_to_somebody_else(
    visit: Visit, listed: Listed
) -> None:
    page, _ = await visit(listed.address)
    await page.locator("#tab-failed").click()
    await expect(rows(page)).to_have_count(12)
    other, _ = await visit(page.url.partition(page.url.split("/transactions")[0])[2], role="viewer")
    assert await ids(other) == await ids(page)
    await expect(other.locator("#tab-failed")).to_have_attribute("aria-current", "true")


async def test_results_change_while_one_types_and_the_field_keeps_the_focus(
    visit: Visit, listed: Listed
) -> None:
    page, _ = await visit("/transactions")
    search = page.locator("#list-q")
    await search.press_sequentially(listed.id(42), delay=20)
    await expect(rows(page)).to_have_count(1)
    await expect(search).to_be_focused()
    await expect(search).to_have_value(listed.id(42))
    assert page.url.endswith(f"q={listed.id(42)}")
    await page.go_back()
    await expect(search).to_have_value("")


async def test_a_jump_within_the_page_reads_no_rows_again(visit: Visit, listed: Listed) -> None:
    page, _ = await visit(listed.address)
    await page.wait_for_load_state("networkidle")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.evaluate("location.hash = '#main'")
    await page.go_back()
    await expect(page).to_have_url(re.compile(r"/transactions\?customer=[^#]*$"))
    await page.locator("#tab-failed").click()
    await expect(rows(page)).to_have_count(12)
    assert len([url for url in asked if "/parts/transactions?" in url]) == 1


async def test_the_newest_question_is_answered_however_late_an_older_answer_comes(
    visit: Visit,
) -> None:
    """P1: R, Ro, Ros; the answers to the first two come 1.5 s late."""
    page, _ = await visit("/transactions")
    late: list[asyncio.Event] = []

    async def hold(route: Route) -> None:
        if route.request.url.endswith(("q=R", "q=Ro")):
            released = asyncio.Event()
            late.append(released)
            await released.wait()
        await route.continue_()

    await page.route(re.compile("/parts/transactions[?]"), hold)
    search = page.locator("#list-q")
    for typed in ("R", "Ro", "Ros"):
        async with page.expect_request(re.compile(f"/parts/transactions[?]q={typed}$")):
            await search.press(typed[-1])
    await expect(page).to_have_url(re.compile("q=Ros$"))
    said = await page.locator("#list-said").inner_text()
    for released in late:
        released.set()
    await page.unroute_all(behavior="wait")
    await expect(page).to_have_url(re.compile("q=Ros$"))
    await expect(search).to_have_value("Ros")
    await expect(page.locator("#list-results")).to_have_attribute("data-search", "q=Ros")
    assert await page.locator("#list-said").inner_text() == said


async def test_a_filter_is_set_in_its_panel_said_by_a_chip_and_removed_by_it(
    visit: Visit, listed: Listed
) -> None:
    page, _ = await visit(listed.address)
    await page.get_by_role("button", name="Filter", exact=False).first.click()
    await page.locator("#head-of-method").click()
    await page.get_by_label("Apple Pay").check()
    await expect(page.locator("#chip-method")).to_contain_text("Apple Pay")
    await expect(page.locator("#list-showing")).to_have_text("Showing 1-40 of 40")
    assert await violations(page) == []
    await screenshot(page, "transactions-filters")
    await page.keyboard.press("Escape")
    await page.get_by_role("link", name="Remove the filter Method").click()
    await expect(page.locator("#chip-method")).to_have_count(0)
    await expect(page.locator("#list-showing")).to_have_text("Showing 1-50 of 120")
    await page.locator("#list-clear").click()
    await expect(page).to_have_url(re.compile("/transactions$"))


async def test_days_are_chosen_at_one_press_or_typed(visit: Visit, listed: Listed) -> None:
    page, _ = await visit(listed.address)
    await page.keyboard.press("f")
    panel = await page.locator("#list-filters").bounding_box()
    button = await page.locator("#list-add-filter").bounding_box()
    assert panel
    assert button
    assert panel["y"] >= button["y"] + button["height"]
    assert panel["x"] < button["x"] + button["width"] <= panel["x"] + panel["width"]
    await page.locator("#head-of-created").click()
    await page.get_by_role("link", name="Yesterday").click()
    await expect(page.locator("#list-nothing")).to_contain_text("Nothing in Transactions matches")
    await page.get_by_label("From").fill("2026-03-01")
    await page.get_by_label("To", exact=True).fill("2026-03-01")
    await expect(page.locator("#list-showing")).to_have_text("Showing 1-50 of 120")
    await expect(page.locator("#chip-created")).to_contain_text("1 Mar 2026")


async def test_an_amount_asks_for_its_currency_preset_to_the_one_most_used(
    visit: Visit, listed: Listed
) -> None:
    page, watch = await visit(listed.address)
    await page.keyboard.press("f")
    await page.locator("#head-of-amount").click()
    await page.get_by_label("Least").press_sequentially("11.15")
    await expect(page.get_by_label("Currency")).to_have_value("USD")
    await expect(rows(page)).to_have_count(6)
    watch.allow("status of 422")
    await page.get_by_label("Currency").select_option("")
    await expect(page.locator("#list-filters .field-error")).to_have_text(
        "Choose the currency of the amount."
    )
    await expect(page.locator("#list-results")).to_contain_text("A filter is not understood")


async def test_pasted_ids_are_found_one_by_one_and_missing_ones_are_named(
    visit: Visit, listed: Listed
) -> None:
    page, _ = await visit("/transactions")
    wanted = [listed.id(3), listed.id(9), "nobody-1"]
    search = page.locator("#list-q")
    await search.focus()
    await page.evaluate(
        """text => { const data = new DataTransfer(); data.setData("text/plain", text);
        document.activeElement.dispatchEvent(new ClipboardEvent("paste",
        {clipboardData: data, bubbles: true, cancelable: true})) }""",
        "\n".join(wanted),
    )
    await expect(rows(page)).to_have_count(2)
    await expect(page.locator("#list-missing")).to_contain_text("nobody-1")
    await expect(page.locator("#chip-transaction_id")).to_contain_text(listed.id(9))
    await expect(search).to_have_value("")


async def test_what_is_empty_by_its_filters_says_them_and_the_way_out(visit: Visit) -> None:
    page, _ = await visit("/transactions?q=zzz-nobody&created_from=2026-03-02&channel=web")
    nothing = page.locator("#list-nothing")
    await expect(nothing).to_contain_text("Nothing in Transactions matches")
    await expect(nothing).to_contain_text("Channel Web")
    await screenshot(page, "transactions-empty")
    assert await violations(page) == []
    further = await nothing.get_by_role("link", name="Search 90 days more").get_attribute("href")
    assert further is not None
    assert "created_from=2025-12-02" in further
    await nothing.get_by_role("link", name="Clear filters").click()
    await expect(rows(page).first).to_be_visible()


async def test_columns_are_chosen_and_kept(visit: Visit, listed: Listed) -> None:
    page, _ = await visit(listed.address)
    await page.get_by_role("button", name="Columns").click()
    async with page.expect_navigation():
        await page.locator("#list-columns").get_by_label("Customer").check()
    await expect(rows(page).first).to_contain_text("Rosa Neri")
    assert "customer=" in page.url
    await page.goto("/transactions")
    await expect(page.locator("th.head-user_name")).to_be_visible()
    await page.get_by_role("button", name="Columns").click()
    await page.get_by_role("button", name="As at first").click()
    await expect(page.locator("th.head-user_name")).to_have_count(0)


async def test_a_saved_view_is_lit_when_the_filters_equal_it(visit: Visit, listed: Listed) -> None:
    page, _ = await visit(f"{listed.address}&status=FAILED", role="approver")
    name = f"Failed {uuid4().hex[:6]}"
    await page.get_by_role("button", name="Saved views").click()
    await page.get_by_placeholder("Name of the view").fill(name)
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.locator("#list-view-name")).to_have_text(name)
    await page.locator("#tab-all").click()
    await expect(page.locator("#list-view-name")).to_have_text("Saved views")
    await page.locator("#list-views-open").click()
    await page.get_by_role("link", name=name).click()
    await expect(page.locator("#list-view-name")).to_have_text(name)
    await expect(rows(page)).to_have_count(12)
    await page.locator("#list-views-open").click()
    await page.get_by_role("button", name=f"Remove the view {name}").click()
    await expect(page.locator("#list-view-name")).to_have_text("Saved views")


async def test_going_back_from_a_payment_shows_the_whole_page_again(
    visit: Visit, listed: Listed
) -> None:
    """P4: filter, open a row, Back, reload: a full page each time."""
    page, _ = await visit(listed.address)
    await page.locator("#tab-failed").click()
    await expect(rows(page)).to_have_count(12)
    await rows(page).first.locator(".row-link").click()
    await expect(page).to_have_url(re.compile(f"/transactions/{listed.id(120)}$"))
    for step in (page.go_back, page.reload):
        await step()
        await expect(rows(page)).to_have_count(12)
        assert await page.locator("main").count() == 1
        assert await page.locator("nav.sidebar").count() == 1


async def test_a_row_opens_where_it_has_no_text_and_its_text_can_be_selected(
    visit: Visit, listed: Listed
) -> None:
    page, _ = await visit(listed.address)
    cell = await rows(page).nth(1).locator(".of-method bdi").bounding_box()
    assert cell is not None
    await page.mouse.move(cell["x"] + 1, cell["y"] + 8)
    await page.mouse.down()
    await page.mouse.move(cell["x"] + cell["width"], cell["y"] + 8, steps=4)
    await page.mouse.up()
    assert (await page.evaluate("getSelection().toString()")).strip() == "PayPal"
    assert page.url.endswith(listed.address)
    await page.goto(listed.address)
    await rows(page).nth(1).locator("td.of-channel").click(position={"x": 2, "y": 2})
    await expect(page).to_have_url(re.compile(f"/transactions/{listed.id(119)}$"))


async def test_keys_walk_the_rows_select_them_and_open_one(visit: Visit, listed: Listed) -> None:
    page, _ = await visit(listed.address)
    for key in ("j", "j", "j", "k", "x"):
        await page.keyboard.press(key)
    await expect(page.locator(f"[id='open-{listed.id(119)}']")).to_be_focused()
    await expect(page.locator(f"[id='select-{listed.id(119)}']")).to_be_checked()
    await expect(page.locator(".selection-count")).to_have_text("1 selected")
    await page.keyboard.press("e")
    await expect(page.get_by_role("dialog")).to_contain_text("Export transactions")
    await page.keyboard.press("Escape")
    await page.locator(f"[id='open-{listed.id(119)}']").focus()
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile(f"/transactions/{listed.id(119)}$"))


async def test_hostile_names_are_text_and_break_nothing(
    visit: Visit, platform: PagesPlatform
) -> None:
    customer = f"u-{uuid4().hex[:8]}"
    user = {"id": customer, "name": hostile.NAME, "email": "ada@example.com"}
    await platform.pay([a_payment((f"{customer}-" + hostile.ID)[:128], "paid", user=user)])
    page, _ = await visit("/transactions")
    await page.get_by_role("button", name="Columns").click()
    async with page.expect_navigation():
        await page.locator("#list-columns").get_by_label("Customer").check()
    for size in (WIDE, NARROW):
        await page.set_viewport_size({"width": size[0], "height": size[1]})
        await page.goto(f"/transactions?customer={customer}")
        await expect(rows(page)).to_have_count(1)
        await expect(rows(page).locator(".of-user_name")).to_contain_text(hostile.MARKUP)
        await expect(rows(page).locator("img")).to_have_count(0)
        assert await page.evaluate("document.documentElement.scrollWidth") <= size[0]
        await screenshot(page, "transactions-hostile")
    await rows(page).locator(".row-link").click()
    await expect(page).to_have_url(re.compile(customer))
