"""Debit insight in a browser: what debits bring, and from every number the way to its rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Locator, Page, expect

from browser.conftest import Visit
from browser.test_debits import there
from payops_contracts.topics import UPSTREAM_CHARGES
from payops_kernel.testing import eventually
from payops_testing.browser.platform import SEEN_LIMIT_S, PagesPlatform
from payops_testing.browser.visitors import NARROW
from payops_testing.browser.watching import faults, screenshot

CURRENCY = "CHF"
"""Nobody else's charges in this platform are in it."""
AMOUNT = 1_000
LONG = f"MP-{'a-member-number-that-is-as-long-as-they-may-be-' * 2}1"
CODES = ("insufficient_funds", "R01", "a_reason_whose_code_is_as_long_as_a_code_may_ever_be")
CHARGES = 3 + 3 + 3 + 4
PAGE = f"/debit-insight?currency={CURRENCY}"


def raised(
    charge_id: str, member: str, code: str | None, rail: str = "ACH", **more: Any
) -> dict[str, Any]:
    """A charge whose first attempt settlement made: it failed with a code, or succeeded."""
    now = more.pop("at", datetime.now(UTC)).isoformat()
    attempt: dict[str, Any] = {
        "debit_id": f"TX-{charge_id}",
        "at": now,
        "outcome": "FAILED" if code else "SUCCEEDED",
    }
    if code:
        attempt["failure"] = {"code": code}
    return {
        "specversion": "1.0",
        "id": f"evt-{uuid4().hex}",
        "source": "https://settlement.example",
        "type": "upstream.charge.raised.v1",
        "subject": charge_id,
        "time": now,
        "data": {
            "charge_id": charge_id,
            "created_at": now,
            "mpass_number": member,
            "user": {"id": f"u-{charge_id}", "name": "Duong Le"},
            "billing_code": f"BL-{charge_id}",
            "type": "END_OF_BILLING_CYCLE",
            "amount_minor": AMOUNT,
            "currency": CURRENCY,
            "rail": rail,
            "tax_rate_ppm": 100_000,
            "initial_attempt": attempt,
            **more,
        },
    }


@pytest.fixture(scope="module")
def began() -> list[str]:
    """Filled by the first test that brings the charges."""
    return []


async def bring(platform: PagesPlatform, began: list[str]) -> None:
    """Nine debits that failed, three times each for one reason, and four that succeeded."""
    if began:
        return
    began.append(uuid4().hex[:6])
    told = [
        raised(f"IN{began[0]}-{nth}-{each}", LONG if nth else "MP-7", code)
        for nth, code in enumerate(CODES)
        for each in range(3)
    ]
    told += [
        raised(f"IN{began[0]}-ok-{each}", "MP-8", None, ("ACH", "SEPA")[each % 2])
        for each in range(4)
    ]
    due_soon: dict[str, Any] = {"at": datetime.now(UTC) - timedelta(hours=12), "currency": "SEK"}
    told.append(raised(f"IN{began[0]}-due", "MP-9", "R01", **due_soon))
    await platform.tell(UPSTREAM_CHARGES.name, told)
    async with platform.api() as api:

        async def charged() -> int:
            query = {"window": "ytd", "currency": CURRENCY}
            answer = await api.get("/v1/kpis/debits-by-day", params=query)
            assert answer.is_success, answer.text
            return sum(int(each["total"]["count"]) for each in answer.json()["currencies"])

        await eventually(charged, SEEN_LIMIT_S, until=lambda number: number == CHARGES)
    await there(platform, "debit-attempts", began[0], {"q": f"TX-IN{began[0]}-due"}, 1)


def chart(page: Page, name: str) -> Locator:
    return page.locator(f"#chart-{name}")


def total(page: Page, name: str) -> Locator:
    return chart(page, name).locator(".chart-total strong")


async def rows_behind(page: Page, link: Locator, number: int) -> None:
    """Follow a link; the list has that many rows."""
    await link.click()
    await expect(page.locator("#list-showing")).to_contain_text(f"of {number}")
    await expect(page.locator("#list-table tbody tr")).to_have_count(number)
    await page.go_back()


async def test_every_number_of_debit_insight_leads_to_its_rows(
    visit: Visit, platform: PagesPlatform, began: list[str]
) -> None:
    await bring(platform, began)
    page, _ = await visit("/")
    links = page.locator(".sidebar").get_by_role("link")
    await links.filter(has_text="Debit insight").click()
    await expect(page.locator("h1")).to_have_text("Debit insight")
    await page.goto(PAGE)
    await expect(total(page, "debits-by-day")).to_contain_text("130.00")
    await expect(total(page, "debit-success")).to_have_text("30.77%")
    await expect(total(page, "debits-by-retry")).to_have_text("30.77%")
    await expect(chart(page, "debits-by-retry")).to_contain_text("4 of 13")
    await expect(total(page, "debit-exposure")).to_contain_text("40.00")
    reasons = chart(page, "debits-by-failure-reason").locator("tbody tr")
    await expect(reasons).to_have_count(3)
    await expect(reasons.first).to_contain_text("0.00% recovered")
    await rows_behind(page, chart(page, "debits-by-day").get_by_text("See these charges"), 13)
    await rows_behind(page, chart(page, "debits-by-retry").get_by_role("link", name="First"), 13)
    why = chart(page, "debits-by-failure-reason")
    await rows_behind(page, why.get_by_role("link", name="Insufficient funds", exact=True), 3)
    rail = chart(page, "debit-exposure").get_by_role("link", name="SEPA")
    await rows_behind(page, rail, 2)
    again = chart(page, "repeated-failures").locator("tbody tr")
    await expect(again).to_have_count(6)  # each reason, of its member and of the day
    await rows_behind(page, again.get_by_role("link", name="Member MP-7: Insufficient"), 3)


async def test_the_dashboard_says_what_failed_today_what_is_due_and_what_waits(
    visit: Visit, platform: PagesPlatform, began: list[str]
) -> None:
    await bring(platform, began)
    page, _ = await visit("/")
    tiles = page.locator(".figure-tile")
    for title in ("Failed debits today", "Retries due in 24 hours", "Open exceptions"):
        tile = tiles.filter(has_text=title)
        await expect(tile).to_have_count(1)
        await expect(tile.locator(".figure-missing")).to_have_count(0)
    waiting = tiles.filter(has_text="Open exceptions").get_by_role("link")
    await expect(waiting).to_have_attribute("href", "/debit-exceptions?state=OPEN")
    tile = tiles.filter(has_text="Retries due in 24 hours")
    shown = int((await tile.locator(".figure-number a").inner_text()).partition(":")[0])
    assert shown >= 1
    await expect(tile).to_contain_text("SEK\N{NO-BREAK SPACE}10.00")
    await tile.locator(".figure-number a").click()
    await expect(page.locator("#list-showing")).to_contain_text(f"of {shown}")


async def test_much_and_long_things_fit_in_both_languages_and_nothing_says_so(
    visit: Visit, platform: PagesPlatform, began: list[str]
) -> None:
    await bring(platform, began)
    page, _ = await visit(PAGE)
    await expect(total(page, "repeated-failures")).to_be_visible()
    assert await faults(page, "debit-insight") == []
    italian, _ = await visit(PAGE, language="it", size=NARROW, dark=True)
    await expect(italian.locator("h1")).to_have_text("Analisi dei prelievi")
    await expect(total(italian, "debit-success")).to_have_text("30,77%")
    await screenshot(italian, "debit-insight-italian")
    nothing, _ = await visit("/debit-insight?currency=ISK")
    await expect(chart(nothing, "debits-by-day")).to_contain_text("No charge in these days.")
    await expect(chart(nothing, "debit-exposure")).to_contain_text("can go back any more")
    await expect(chart(nothing, "repeated-failures")).to_contain_text("No reason repeats")
    assert await faults(nothing, "debit-insight-empty") == []
