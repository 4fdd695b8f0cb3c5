"""Analytics and Dashboard: each chart on its own, the address as state, for everybody."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from browser.charts.played import (
    DAILY,
    FIRST,
    LAST,
    METHODS,
    PAID,
    answers,
    asked_of,
    plot,
)
from browser.conftest import Visit
from payops_testing.backoffice.played_gateway import PlayedGateway
from payops_testing.browser.watching import faults, screenshot, violations


async def test_without_script_the_tables_are_the_charts_and_days_can_be_chosen(
    look: Visit, gateway: PlayedGateway
) -> None:
    page, _ = await look(script=False)
    rows = page.locator(f"{DAILY} tbody tr")
    await expect(rows).to_have_count(30)
    await expect(rows.first).to_be_visible()
    await expect(page.locator(f"{DAILY} [data-chart=table]")).to_be_hidden()
    await screenshot(page, "analytics-without-script")
    async with page.expect_navigation():
        await page.locator(DAILY).get_by_role("link", name="YTD").click()
    assert asked_of(gateway, "daily-payments")[-1] == {"window": "ytd", "currency": "EUR"}
    await page.locator(f"{METHODS} summary").click()
    await page.locator(METHODS).get_by_label("First day").fill("2026-03-01")
    await page.locator(METHODS).get_by_label("Last day").fill("2026-03-10")
    async with page.expect_navigation():
        await page.locator(METHODS).get_by_role("button", name="Show").click()
    assert "daily-payments.window=ytd" in page.url
    chosen = {"window": "custom", "from": "2026-03-01", "to": "2026-03-10", "currency": "EUR"}
    assert asked_of(gateway, "amount-by-method")[-1] == chosen


async def test_each_chart_loads_alone_and_the_address_is_the_whole_state(
    look: Visit, gateway: PlayedGateway
) -> None:
    page, _ = await look()
    await plot(page, DAILY, "0")
    gateway.asked.clear()
    await page.locator(DAILY).get_by_role("link", name="YTD").click()
    current = page.locator(f"{DAILY} .segmented a[aria-current=true]")
    await expect(current).to_have_text("YTD")
    await expect(current).to_be_focused()
    charts = [each.path for each in gateway.asked if each.path.startswith("/v1/kpis/")]
    assert charts == ["/v1/kpis/daily-payments"]
    # A link that was rendered before the address changed keeps what was chosen since.
    await page.locator(METHODS).get_by_role("link", name="YTD").click()
    await expect(page.locator(f"{METHODS} .segmented a[aria-current=true]")).to_have_text("YTD")
    assert "daily-payments.window=ytd" in page.url
    assert "amount-by-method.window=ytd" in page.url
    await page.reload()
    for chart in (DAILY, METHODS):
        await expect(page.locator(f"{chart} .segmented a[aria-current=true]")).to_have_text("YTD")
    await page.go_back()
    await expect(page.locator(f"{METHODS} .segmented a[aria-current=true]")).to_have_text("MTD")
    await expect(page.locator(f"{DAILY} .segmented a[aria-current=true]")).to_have_text("YTD")


async def test_days_of_ones_own_are_chosen_in_place(look: Visit, gateway: PlayedGateway) -> None:
    page, _ = await look()
    await plot(page, DAILY, "0")
    await page.locator(f"{DAILY} summary").click()
    await page.locator(DAILY).get_by_label("First day").fill("2026-03-01")
    await page.locator(DAILY).get_by_label("Last day").fill("2026-03-10")
    await screenshot(page, "chart-custom")
    await page.keyboard.press("Enter")
    await expect(page.locator(f"{DAILY} details[aria-current=true] > summary")).to_be_focused()
    chosen = {"window": "custom", "from": "2026-03-01", "to": "2026-03-10", "currency": "EUR"}
    assert asked_of(gateway, "daily-payments")[-1] == chosen


async def test_the_other_measure_is_one_press_away(look: Visit) -> None:
    page, _ = await look()
    await plot(page, DAILY, "0")
    await page.locator(DAILY).get_by_role("link", name="Show counts").click()
    await expect(page.locator(f"{DAILY} .chart-total strong")).to_have_text("90 payments")
    assert await plot(page, DAILY, "u.data[1]") == [3] * 30


async def test_a_chart_that_fails_says_so_and_retry_brings_it(
    look: Visit, gateway: PlayedGateway
) -> None:
    away = {"service": "analytics", "trace_id": "4bf92f3577b34da6"}
    gateway.play("GET", "/v1/kpis/amount-by-method", away, 503)
    page, watch = await look()
    failed = page.locator(METHODS).get_by_role("alert")
    await expect(failed).to_contain_text("Analytics does not answer.")
    await expect(failed).to_contain_text("4bf92f3577b34da6")
    await expect(page.locator(f"{DAILY} canvas")).to_be_visible()
    await screenshot(page, "chart-failed")
    assert await violations(page) == []
    watch.allow("ERR_FAILED")
    await page.route("**/charts/amount-by-method?*", lambda route: route.abort())
    await failed.get_by_role("link", name="Retry", exact=True).click()
    await expect(failed).to_contain_text("PayOps does not answer.")
    await expect(failed.get_by_role("link", name="Retry", exact=True)).to_be_focused()
    await page.unroute_all()
    gateway.play("GET", "/v1/kpis/amount-by-method", answers(PAID)["/v1/kpis/amount-by-method"])
    await failed.get_by_role("link", name="Retry", exact=True).click()
    await expect(page.locator(f"{METHODS} canvas")).to_be_visible()
    await expect(page.locator(f"{METHODS} .segmented a[aria-current=true]")).to_be_focused()


async def test_without_any_payment_every_chart_says_so(look: Visit, gateway: PlayedGateway) -> None:
    for path, answer in answers(PAID).items():
        if path.startswith("/v1/kpis/"):
            gateway.play("GET", path, {**answer, "currencies": []})
    page, _ = await look()
    await expect(page.locator(DAILY)).to_contain_text("No payment in these days.")
    await screenshot(page, "analytics-without-payments")
    assert await violations(page) == []


async def test_another_currency_is_another_page_and_never_added(
    look: Visit, gateway: PlayedGateway
) -> None:
    status = answers(PAID)["/v1/kpis/payments-by-status"]
    dollars = {**status["currencies"][0], "currency": "USD", "total": {"count": 1}}
    status["currencies"] = [*status["currencies"], dollars]
    gateway.play("GET", "/v1/kpis/payments-by-status", status)
    page, _ = await look()
    await page.get_by_role("navigation", name="Currency").get_by_role("link", name="USD").click()
    await expect(page.locator(".subtitle")).to_have_text("Days in Rome · USD only")
    asked = [query["currency"] for query in asked_of(gateway, "daily-payments")]
    assert asked == ["EUR", "USD"]


async def test_figures_lead_to_exactly_their_rows(look: Visit) -> None:
    page, _ = await look()
    await expect(
        page.locator(DAILY).get_by_role("link", name="See these payments")
    ).to_have_attribute(
        "href",
        f"/transactions?created_from={FIRST}&created_to={LAST}&currency=EUR"
        "&status=PAID&status=PARTIALLY_REFUNDED&status=TOTALLY_REFUNDED",
    )
    failed = page.locator("#chart-payments-by-status").get_by_role("link", name="Payment Failed")
    assert "status=FAILED" in str(await failed.get_attribute("href"))


async def test_a_session_that_is_over_leads_to_sign_in_and_back_to_the_same_chart(
    look: Visit,
) -> None:
    page, _ = await look()
    await plot(page, DAILY, "0")
    await page.context.clear_cookies()
    await page.locator(DAILY).get_by_role("link", name="YTD").click()
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await page.get_by_role("button", name="Admin", exact=True).click()
    await expect(page.locator(f"{DAILY} .segmented a[aria-current=true]")).to_have_text("YTD")


async def test_axe_finds_nothing(look: Visit) -> None:
    page, _ = await look("/")
    for path in ("/", "/analytics", "/analytics/embedding"):
        if path != "/":
            await page.goto(path)
        if path != "/analytics/embedding":
            await plot(page, DAILY, "0")
        assert await faults(page, path.strip("/").replace("/", "-") or "home") == [], path


@pytest.mark.parametrize("language", ["en", "it"])
@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
async def test_no_page_is_wider_than_its_window(look: Visit, language: str, script: bool) -> None:
    page, _ = await look("/analytics", size=(360, 740), language=language, script=script)
    for path in ("/analytics", "/", "/analytics/embedding"):
        await page.goto(path)
        for width in (360, 390, 900):
            await page.set_viewport_size({"width": width, "height": 740})
            assert await page.evaluate("document.documentElement.scrollWidth") <= width, path


async def test_in_italian_no_english_is_left(look: Visit) -> None:
    page, _ = await look("/analytics", language="it-IT")
    await plot(page, DAILY, "0")
    await screenshot(page, "analytics-it")
    text = await page.locator("main").inner_text()
    for word in ("Payment", "Verified", "Counted", "against", "Show", "See", "only", "Days"):
        assert word not in text, word
    await page.goto("/")
    text = await page.locator("main").inner_text()
    for word in ("Payment", "Refund", "letters", "yesterday", "awaiting"):
        assert word not in text, word


async def test_the_dashboard_has_today_and_what_waits_each_a_link_to_its_rows(look: Visit) -> None:
    page, _ = await look("/")
    payments = page.locator(".figure-tile").first
    await expect(payments).to_contain_text("5 by 12:00 yesterday")
    await expect(payments.locator("a")).to_have_attribute(
        "href", "/transactions?created_from=2026-03-15&created_to=2026-03-15"
    )


async def test_a_figure_that_is_missing_says_so_and_the_others_are_there(
    look: Visit, gateway: PlayedGateway
) -> None:
    gateway.play("GET", "/v1/kpis/today", {"service": "analytics"}, 503)
    page, _ = await look("/")
    payments = page.locator(".figure-tile").first
    await expect(payments).to_contain_text("Analytics does not answer.")
    letters = page.locator(".figure-tile", has_text="Open dead letters")
    await expect(letters.locator(".figure-number")).to_have_text("2: Open dead letters")
    await screenshot(page, "home-with-a-part-missing")
