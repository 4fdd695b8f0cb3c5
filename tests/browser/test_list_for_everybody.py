"""The Transactions list for everybody: widths, themes, languages, no script, few bytes."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page, expect

from backoffice.formatting.shares import shown_count
from browser.conftest import Visit
from payops_testing.browser.listed import Listed
from payops_testing.browser.visitors import NARROW, WIDE
from payops_testing.browser.watching import faults, too_wide

FIRST_VISIT_BYTES, LATER_BYTES = 200_000, 20_000


def rows(page: Page) -> Any:
    return page.locator("#list-table tbody tr")


@pytest.mark.parametrize("language", ["en", "it"])
async def test_axe_finds_nothing_on_the_list_which_fits_its_window(
    visit: Visit, listed: Listed, language: str
) -> None:
    page, _ = await visit(f"{listed.address}&channel=web", language=language)
    await expect(rows(page).nth(39)).to_be_visible()
    await expect(page.locator("#tab-all .list-tab-count")).to_have_text("40")
    await rows(page).first.locator("[name=ids]").check()
    if language == "en":
        assert await faults(page, "transactions") == []
    assert await too_wide(page, NARROW, WIDE) == []
    said = "1 selected" if language == "en" else "1 selezionato"
    await expect(page.locator(".selection-count")).to_have_text(said)


async def test_script_says_numbers_as_the_server_does(visit: Visit) -> None:
    page, _ = await visit("/transactions", language="it")
    said = await page.evaluate(
        """async () => {
          const list = document.querySelector("script[src$='js/list-page.js']").src;
          const { count, counted } = await import(new URL("numbers.js", list).href);
          const both = (number) => counted(number, "{n} sì", "{n} no");
          return [count(1234), both(1), both(2), both(1234)];
        }"""
    )
    assert said == [shown_count(1234, "it"), "1 sì", "2 no", "1.234 no"]


async def test_without_script_it_lists_filters_sorts_pages_and_exports(
    visit: Visit, listed: Listed
) -> None:
    page, _ = await visit(listed.address, script=False)
    await expect(rows(page).nth(49)).to_be_visible()
    await page.locator("#list-next").click()
    await expect(page.locator("#list-showing")).to_have_text("Showing 51-100 of 120")
    await page.locator("#tab-failed").click()
    await expect(rows(page)).to_have_count(12)
    await page.get_by_role("link", name="Amount").click()
    await expect(page.locator("th.head-amount_minor")).to_have_attribute("aria-sort", "descending")
    await page.locator("#list-add-filter").click()
    await page.locator("#head-of-channel").click()
    await page.get_by_label("Web").check()
    await page.locator("#list-filters").get_by_role("button", name="Apply").click()
    await expect(page.locator("#chip-channel")).to_contain_text("Web")
    await page.get_by_role("link", name="Export").click()
    await expect(page.get_by_role("heading", name="Export")).to_be_visible()
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Export").click()
    assert (await download.value).suggested_filename.endswith(".csv")


async def test_a_visit_stays_within_its_bytes(visit: Visit, listed: Listed) -> None:
    page, _ = await visit(listed.address, fresh=True)
    await page.wait_for_load_state("networkidle")
    assert 0 < await transferred(page) <= FIRST_VISIT_BYTES
    await page.goto(f"{listed.address}&sort=amount", wait_until="networkidle")
    assert 0 < await transferred(page) <= LATER_BYTES


async def transferred(page: Page) -> int:
    """What the page and all that it loaded took over the network."""
    found: int = await page.evaluate(
        """["navigation", "resource"].flatMap((type) => performance.getEntriesByType(type))
        .reduce((sum, entry) => sum + entry.transferSize, 0)"""
    )
    return found
