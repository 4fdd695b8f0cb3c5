"""Charts of subscriptions in a browser: what runs, moved, brings and fails, and where it leads."""

from __future__ import annotations

from playwright.async_api import Page, expect

from browser.charts.played import FIRST, LAST, answers, asked_of, plot
from browser.conftest import Visit
from payops_testing.backoffice import kpi_answers as kpis
from payops_testing.backoffice.played_gateway import PlayedGateway
from payops_testing.browser.visitors import NARROW
from payops_testing.browser.watching import faults, screenshot

ACTIVE, MOVES, MRR, FAILED, STATUS = (
    f"#chart-{name}"
    for name in (
        "active-subscriptions", "new-and-churned", "monthly-revenue", "subscription-payments",
        "subscriptions-by-status",
    )
)  # fmt: skip
OF_THEM = (ACTIVE, MOVES, MRR, FAILED, STATUS)


async def _seen(page: Page, name: str) -> None:
    """A picture of the first of these charts and those behind it."""
    for chart in (ACTIVE, FAILED):
        await page.locator(chart).scroll_into_view_if_needed()
        await page.evaluate(f"document.querySelector('{chart}').scrollIntoView()")
        await screenshot(page, f"{name}-{chart.removeprefix('#chart-')}")


async def test_each_chart_says_its_numbers_and_leads_to_its_rows(
    look: Visit, gateway: PlayedGateway
) -> None:
    page, _ = await look()
    assert await plot(page, ACTIVE, "[u.data[1][0], u.data[1][29]]") == [43, 60]
    assert await plot(page, MRR, "u.data[1][29]") == 599.4
    # A day without a payment is a gap of the line, not a nought.
    assert await plot(page, FAILED, "u.data[1].slice(0, 3)") == [11.11, 0, None]
    await expect(page.locator(f"{ACTIVE} .chart-total strong")).to_have_text("60 subscriptions")
    await expect(page.locator(f"{MRR} .chart-total strong")).to_have_text("€599.40")
    await expect(page.locator(f"{MOVES} .chart-total strong")).to_have_text("40 new, 20 churned")
    await expect(page.locator(MOVES)).to_contain_text("churn rate 50.00% of 40 subscriptions")
    for chart, link, href in (
        (ACTIVE, "See these subscriptions", "/subscriptions?active_on="),
        (MOVES, "See new ones", f"/subscriptions?started_from={FIRST}&started_to={LAST}"),
        (MOVES, "See churned ones", f"/subscriptions?ended_from={FIRST}&ended_to={LAST}"),
        (FAILED, "See failed ones", f"/transactions?created_from={FIRST}&created_to={LAST}"),
        (STATUS, "Not Active: Cancelled", "/subscriptions?status=NOT_ACTIVE&end_reason=CANCELLED"),
    ):
        way = page.locator(chart).get_by_role("link", name=link)
        assert str(await way.get_attribute("href")).startswith(href)
    await page.locator(MRR).get_by_role("link", name="YTD").click()
    current = page.locator(f"{MRR} .segmented a[aria-current=true]")
    await expect(current).to_have_text("YTD")
    assert asked_of(gateway, "subscriptions-by-day")[-1]["window"] == "ytd"
    await page.locator(MOVES).get_by_role("link", name="Show amounts").click()
    total = page.locator(f"{MOVES} .chart-total strong")
    await expect(total).to_have_text("€399.60 new, €199.80 churned")


async def test_they_fit_wide_and_narrow_light_and_dark_in_both_languages(look: Visit) -> None:
    page, _ = await look()
    await plot(page, ACTIVE, "0")
    await _seen(page, "subscriptions")
    assert await faults(page, "subscriptions-analytics") == []
    italian, _ = await look(language="it", size=NARROW, dark=True)
    await plot(italian, ACTIVE, "0")
    await _seen(italian, "subscriptions-italian")
    for chart in OF_THEM:
        text = await italian.locator(chart).inner_text()
        for word in ("ubscription", "Failed", "See", "New", "churn rate", "Active"):
            assert word not in text, (chart, word)


async def test_much_and_nothing_are_shown_too(look: Visit, gateway: PlayedGateway) -> None:
    days = len(kpis.days_of("2025-01-01", "2026-12-31"))
    much = kpis.subscriptions(
        [90_000] * days, [80_000] * days, 10**9, 10**7, first="2025-01-01", last="2026-12-31"
    )
    gateway.play("GET", "/v1/kpis/subscriptions-by-day", much)
    page, _ = await look(size=NARROW)
    await plot(page, ACTIVE, "0")
    await _seen(page, "subscriptions-much")
    assert await page.evaluate("document.documentElement.scrollWidth") <= NARROW[0]
    for path, answer in answers({}).items():
        if "subscription" in path:
            gateway.play("GET", path, {**answer, "currencies": []})
    none, _ = await look()
    for chart in (ACTIVE, MOVES, MRR):
        await expect(none.locator(chart)).to_contain_text("No subscription in these days.")
    await expect(none.locator(STATUS)).to_contain_text("No subscription yet.")
    await expect(none.locator(FAILED)).to_contain_text("No payment in these days.")
    await _seen(none, "subscriptions-none")
