"""Charts in the browser: drawn from the server's table, zoomed, read by keys, in any zone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from browser.conftest import Visit
from payops_local.browser_packages import fetch_browser_packages
from payops_local.console import complain
from payops_testing.backoffice import kpi_answers as kpis
from payops_testing.backoffice.played_gateway import PlayedGateway
from payops_testing.backoffice.played_site import PlayedSite
from payops_testing.browser.visitors import NARROW, WIDE, Visitors
from payops_testing.browser.watching import screenshot, violations

FIRST, LAST = "2026-03-16", "2026-04-14"
DAILY, METHODS = "#chart-daily-payments", "#chart-amount-by-method"
METHOD_LINES = {
    name: [amount * (day % 3 + 1) for day in range(30)]
    for name, amount in {"credit-cards": 9_000, "pay-pal": 5_000, "applepay": 3_000,
                         "satispay": 2_000, "scalapay": 1_000}.items()
}  # fmt: skip
PLOT = "document.querySelector('{} stock-chart').plot"


def answers(paid: dict[str, tuple[int, int]]) -> dict[str, Any]:
    """Every KPI of the Analytics page and the Dashboard."""
    daily = kpis.daily(paid, FIRST, LAST)
    lines = kpis.by_method(METHOD_LINES, FIRST, LAST)
    status = kpis.by_status({"PAID": 8, "FAILED": 2}, {"PAID": 80.0, "FAILED": 20.0})
    reasons = kpis.by_reason({"insufficient_funds": 2}, {"insufficient_funds": 100.0})
    return {
        "/v1/kpis/daily-payments": daily,
        "/v1/kpis/payments-by-status": status,
        "/v1/kpis/refunds-and-net": kpis.net(1_000, 300),
        "/v1/kpis/failure-reasons": reasons,
        "/v1/kpis/today": kpis.today(),
        "/v1/dead-letters": {"items": [], "total": 2, "total_is_capped": False},
        **{f"/v1/kpis/amount-by-{by}": lines for by in ("method", "channel", "provider", "type")},
    }


PAID = {day: (3, 10_000 + 100 * nth) for nth, day in enumerate(kpis.days_of(FIRST, LAST))}
"""Something on every day, more each day; 29 March, when clocks change, among them."""


@pytest.fixture(scope="module")
def site() -> Iterator[PlayedSite]:
    fetch_browser_packages(complain)
    with PlayedSite() as site:
        yield site


@pytest.fixture
def gateway(site: PlayedSite) -> PlayedGateway:
    """Answers of thirty days of Rome, with a payment on each."""
    for path, body in answers(PAID).items():
        site.gateway.play("GET", path, body)
    site.gateway.asked.clear()
    return site.gateway


def asked_of(gateway: PlayedGateway, kpi: str) -> list[dict[str, str]]:
    """What a KPI was asked, each time."""
    return [
        {name: str(value) for name, value in dict(each.query).items()}
        for each in gateway.asked
        if each.path == f"/v1/kpis/{kpi}"
    ]


@pytest.fixture(scope="module")
def states() -> dict[str, Any]:
    return {}


@pytest_asyncio.fixture(loop_scope="session")
async def look(
    browser: Browser, site: PlayedSite, gateway: PlayedGateway, states: dict[str, Any]
) -> AsyncIterator[Visit]:
    """Open a page over the played gateway."""
    visitors = Visitors(browser, site.address, states)

    async def opened(path: str = "/analytics", **more: Any) -> Any:
        return await visitors.open(path, role="admin", **more)

    yield opened
    assert await visitors.close() == []


async def plot(page: Page, chart: str, what: str) -> Any:
    """Something of the picture of a chart."""
    await expect(page.locator(f"{chart} stock-chart[drawn] canvas")).to_be_visible()
    return await page.evaluate(f"(() => {{ const u = {PLOT.format(chart)}; return {what}; }})()")


async def drag(page: Page, chart: str, begin: float, end: float) -> None:
    """Drag over a part of the picture, in shares of its width."""
    box = await page.locator(f"{chart} .u-over").bounding_box()
    assert box
    middle = box["y"] + box["height"] / 2
    await page.mouse.move(box["x"] + begin * box["width"], middle)
    await page.mouse.down()
    await page.mouse.move(box["x"] + end * box["width"], middle, steps=5)
    await page.mouse.up()


async def test_the_picture_has_the_values_of_the_table_and_an_axis_from_zero(look: Visit) -> None:
    page, _ = await look()
    drawn = await plot(page, DAILY, "u.data[1]")
    cells = page.locator(f"{DAILY} tbody td:nth-child(2)")
    shown = [text.strip() for text in await cells.all_text_contents()]
    assert [f"€{value:,.2f}" for value in drawn] == shown
    assert await plot(page, DAILY, "u.scales.y.min") == 0


async def test_a_drag_zooms_in_and_reset_shows_all_days_again(look: Visit) -> None:
    page, _ = await look()
    await plot(page, DAILY, "0")
    reset = page.locator(f"{DAILY} [data-chart=reset]")
    await expect(reset).to_be_hidden()
    await drag(page, DAILY, 0.0, 0.24)
    await expect(page.locator(f"{DAILY} .chart-spoken")).to_have_text(
        "Zoomed to 16 Mar 2026 to 23 Mar 2026"
    )
    assert await plot(page, DAILY, "[u.scales.x.min, u.scales.x.max, u.scales.y.min]") == [0, 7, 0]
    # Another chart keeps its days.
    assert await plot(page, METHODS, "u.scales.x.max") == 29
    await screenshot(page, "chart-zoomed")
    await reset.click()
    assert await plot(page, DAILY, "[u.scales.x.min, u.scales.x.max]") == [0, 29]
    await expect(reset).to_be_hidden()


async def test_keys_alone_move_a_spoken_cursor_and_zoom(look: Visit) -> None:
    page, _ = await look()
    picture = page.get_by_role("slider", name="Daily payments, day by day")
    await picture.focus()
    await page.keyboard.press("ArrowRight")
    await expect(picture).to_have_attribute("aria-valuetext", "16 Mar 2026: Amount €100.00")
    await expect(page.locator(f"{DAILY} .chart-tip")).to_contain_text("16 Mar 2026")
    await page.keyboard.press("PageDown")
    await page.keyboard.press("ArrowLeft")
    await expect(picture).to_have_attribute("aria-valuetext", "22 Mar 2026: Amount €106.00")
    await expect(picture).to_have_attribute("aria-valuenow", "6")
    await page.keyboard.press("End")
    await expect(picture).to_have_attribute("aria-valuetext", "14 Apr 2026: Amount €129.00")
    await page.keyboard.press("Home")
    for _ in range(4):
        await page.keyboard.press("Shift+ArrowRight")
    await screenshot(page, "chart-chosen-by-keys")
    await page.keyboard.press("Enter")
    assert await plot(page, DAILY, "[u.scales.x.min, u.scales.x.max]") == [0, 4]
    await page.keyboard.press("Escape")
    assert await plot(page, DAILY, "[u.scales.x.min, u.scales.x.max]") == [0, 29]


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata", "UTC"])
async def test_the_day_of_the_clocks_change_is_itself_whatever_the_browsers_zone(
    look: Visit, zone: str
) -> None:
    page, _ = await look()
    other = await page.context.browser.new_context(  # type: ignore[union-attr]
        timezone_id=zone,
        storage_state=await page.context.storage_state(),
        viewport={"width": 1440, "height": 900},
    )
    there = await other.new_page()
    await there.goto(page.url)
    place = kpis.days_of(FIRST, LAST).index("2026-03-29")
    row = there.locator(f"{DAILY} tbody tr", has=there.locator("time[datetime='2026-03-29']"))
    assert await row.locator("td").first.text_content() == "€113.00"
    assert await plot(there, DAILY, f"u.data[1][{place}]") == 113
    ticks = await plot(
        there, DAILY, f"u.axes[0].values(u, [0, {place}, 29]).concat(u.axes[0]._splits.length)"
    )
    assert ticks[:3] == ["16 Mar", "29", "14 Apr"]
    picture = there.get_by_role("slider", name="Daily payments, day by day")
    await picture.focus()
    for _ in range(place + 1):
        await there.keyboard.press("ArrowRight")
    await expect(there.locator(f"{DAILY} .chart-tip")).to_have_text("29 Mar 2026Amount€113.00")
    await other.close()


async def test_one_payment_is_a_point_that_is_seen_and_all_other_days_are_zero(
    look: Visit, gateway: PlayedGateway
) -> None:
    one = kpis.daily({"2026-03-02": (1, 5_000)}, "2026-03-01", "2026-03-15")
    gateway.play("GET", "/v1/kpis/daily-payments", one)
    page, _ = await look()
    assert await plot(page, DAILY, "u.data[1]") == [0, 50, *[0] * 13]
    ring = """(() => {
      const at = [u.valToPos(1, "x", true) + 3, u.valToPos(50, "y", true)].map(Math.round);
      return [...u.ctx.getImageData(at[0], at[1], 1, 1).data];
    })()"""
    drawn = (await plot(page, DAILY, ring))[:3]
    assert all(abs(one - other) < 16 for one, other in zip(drawn, (46, 73, 192), strict=True))
    await screenshot(page, "chart-one-point")


async def test_a_window_of_one_day_shows_its_value(look: Visit, gateway: PlayedGateway) -> None:
    one = kpis.daily({"2026-03-02": (1, 5_000)}, "2026-03-02", "2026-03-02")
    gateway.play("GET", "/v1/kpis/daily-payments", one)
    page, _ = await look()
    assert await plot(page, DAILY, "[u.scales.x.min, u.scales.x.max]") == [-0.5, 0.5]
    await page.locator(f"{DAILY} .u-over").hover()
    await expect(page.locator(f"{DAILY} .chart-tip")).to_have_text("2 Mar 2026Amount€50.00")


async def test_a_day_without_a_value_is_a_gap_and_never_a_line_through_it(look: Visit) -> None:
    page, _ = await look()
    await plot(page, DAILY, "0")
    cell = page.locator(f"{DAILY} tbody tr:nth-child(5) td:nth-child(2)")
    await cell.evaluate("cell => { cell.dataset.value = ''; cell.textContent = '-'; }")
    gap = "[u.data[1][3], u.data[1][4], u.data[1][5], u.series[1].spanGaps]"
    assert await plot(page, DAILY, gap) == [103, None, 105, False]


async def test_lines_are_named_where_they_end_and_dashed_from_the_fourth(look: Visit) -> None:
    page, _ = await look()
    dashes = await plot(page, METHODS, "u.series.slice(1).map((each) => each.dash.length > 0)")
    assert dashes == [False, False, False, True, True]
    names = await plot(page, METHODS, "u.series.slice(1).map((each) => each.label)")
    assert names == ["Credit card", "PayPal", "Apple Pay", "Satispay", "Scalapay"]
    # The room on the right is the labels': the plot ends before it.
    room = await plot(page, METHODS, "u.width - u.over.offsetLeft - u.over.clientWidth")
    assert room > 60


async def test_the_table_is_there_at_a_press_and_the_picture_again(look: Visit) -> None:
    page, _ = await look()
    table = page.locator(f"{DAILY} table")
    await expect(page.locator(f"{DAILY} canvas")).to_be_visible()
    await expect(table).to_be_hidden()
    await page.locator(DAILY).get_by_role("button", name="Show as table").press("Enter")
    await expect(table).to_be_visible()
    await expect(page.locator(f"{DAILY} canvas")).to_be_hidden()
    assert await violations(page) == []
    await page.locator(DAILY).get_by_role("button", name="Show as chart").click()
    await expect(page.locator(f"{DAILY} canvas")).to_be_visible()


async def test_without_script_the_tables_are_the_charts_and_days_can_be_chosen(
    look: Visit, gateway: PlayedGateway
) -> None:
    page, _ = await look(script=False)
    rows = page.locator(f"{DAILY} tbody tr")
    await expect(rows).to_have_count(30)
    await expect(rows.first).to_be_visible()
    await expect(page.locator(f"{DAILY} [data-chart=table]")).to_be_hidden()
    await screenshot(page, "analytics-without-script")
    await page.locator(DAILY).get_by_role("link", name="YTD").click()
    assert asked_of(gateway, "daily-payments")[-1] == {"window": "ytd", "currency": "EUR"}
    await page.locator(f"{METHODS} summary").click()
    await page.locator(METHODS).get_by_label("First day").fill("2026-03-01")
    await page.locator(METHODS).get_by_label("Last day").fill("2026-03-10")
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
    current = page.locator(f"{DAILY} .pick a[aria-current=true]")
    await expect(current).to_have_text("YTD")
    await expect(current).to_be_focused()
    assert [each.path for each in gateway.asked] == ["/v1/kpis/daily-payments"]
    # A link that was rendered before the address changed keeps what was chosen since.
    await page.locator(METHODS).get_by_role("link", name="YTD").click()
    await expect(page.locator(f"{METHODS} .pick a[aria-current=true]")).to_have_text("YTD")
    assert "daily-payments.window=ytd" in page.url
    assert "amount-by-method.window=ytd" in page.url
    await page.reload()
    for chart in (DAILY, METHODS):
        await expect(page.locator(f"{chart} .pick a[aria-current=true]")).to_have_text("YTD")
    await page.go_back()
    await expect(page.locator(f"{METHODS} .pick a[aria-current=true]")).to_have_text("MTD")
    await expect(page.locator(f"{DAILY} .pick a[aria-current=true]")).to_have_text("YTD")


async def test_days_of_ones_own_are_chosen_in_place(look: Visit, gateway: PlayedGateway) -> None:
    page, _ = await look()
    await plot(page, DAILY, "0")
    await page.locator(f"{DAILY} summary").click()
    await page.locator(DAILY).get_by_label("First day").fill("2026-03-01")
    await page.locator(DAILY).get_by_label("Last day").fill("2026-03-10")
    await screenshot(page, "chart-custom")
    await page.keyboard.press("Enter")
    await expect(page.locator(f"{DAILY} details[aria-current=true]")).to_be_visible()
    chosen = {"window": "custom", "from": "2026-03-01", "to": "2026-03-10", "currency": "EUR"}
    assert asked_of(gateway, "daily-payments")[-1] == chosen


async def test_the_other_measure_is_one_press_away(look: Visit) -> None:
    page, _ = await look()
    await plot(page, DAILY, "0")
    await page.locator(DAILY).get_by_role("link", name="90 payments").click()
    await expect(page.locator(f"{DAILY} .chart-total strong")).to_have_text("90")
    assert await plot(page, DAILY, "u.data[1]") == [3] * 30


async def test_a_chart_that_fails_says_so_and_retry_brings_it(
    look: Visit, gateway: PlayedGateway
) -> None:
    away = {"service": "analytics", "trace_id": "4bf92f3577b34da6"}
    gateway.play("GET", "/v1/kpis/amount-by-method", away, 503)
    page, _ = await look()
    failed = page.locator(METHODS).get_by_role("alert")
    await expect(failed).to_contain_text("Analytics does not answer.")
    await expect(failed).to_contain_text("4bf92f3577b34da6")
    await expect(page.locator(f"{DAILY} canvas")).to_be_visible()
    await screenshot(page, "chart-failed")
    assert await violations(page) == []
    gateway.play("GET", "/v1/kpis/amount-by-method", answers(PAID)["/v1/kpis/amount-by-method"])
    await failed.get_by_role("link", name="Retry").click()
    await expect(page.locator(f"{METHODS} canvas")).to_be_visible()


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
    await expect(page.locator(".subtitle")).to_have_text("Days of Rome · USD only")
    asked = [query["currency"] for query in asked_of(gateway, "daily-payments")]
    assert asked == ["EUR", "USD"]


async def test_the_picture_follows_the_theme_and_the_width(look: Visit) -> None:
    page, _ = await look()
    stroke = "u.series[1].stroke()"
    assert await plot(page, DAILY, stroke) == "rgb(46, 73, 192)"
    await page.emulate_media(color_scheme="dark")
    await page.wait_for_function(
        f"{PLOT.format(DAILY)}?.series[1].stroke() === 'rgb(147, 168, 255)'"
    )
    await page.set_viewport_size({"width": 800, "height": 900})
    picture = page.locator(f"{DAILY} .chart-picture")
    await expect(picture.locator("canvas")).to_have_js_property(
        "clientWidth", await picture.evaluate("each => each.clientWidth")
    )


async def test_figures_lead_to_exactly_their_rows(look: Visit) -> None:
    page, _ = await look()
    await expect(page.locator(DAILY).get_by_role("link", name="Rows")).to_have_attribute(
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
    await expect(page.locator(f"{DAILY} .pick a[aria-current=true]")).to_have_text("YTD")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
async def test_axe_finds_nothing(look: Visit, size: tuple[int, int], dark: bool) -> None:
    page, _ = await look("/", size=size, dark=dark)
    for path in ("/", "/analytics", "/analytics/embedding"):
        await page.goto(path)
        if path != "/analytics/embedding":
            await plot(page, DAILY, "0")
        name = path.strip("/").replace("/", "-") or "home"
        await screenshot(page, f"{name}-{'dark' if dark else 'light'}")
        assert await violations(page) == [], path


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
    for word in ("Payment", "Verified", "as of", "against", "Show", "Rows", "only", "Days"):
        assert word not in text, word
    await page.goto("/")
    text = await page.locator("main").inner_text()
    for word in ("Payment", "Refund", "letters", "yesterday", "awaiting"):
        assert word not in text, word


async def test_the_dashboard_has_today_and_what_waits_each_a_link_to_its_rows(look: Visit) -> None:
    page, _ = await look("/")
    payments = page.locator(".figure-tile").first
    await expect(payments).to_contain_text("+20.00% against yesterday until 12:00 (5)")
    await expect(payments.locator("a")).to_have_attribute(
        "href", "/transactions?created_from=2026-03-15&created_to=2026-03-15"
    )


async def test_a_figure_that_is_missing_says_so_and_the_others_are_there(
    look: Visit, gateway: PlayedGateway
) -> None:
    gateway.play("GET", "/v1/kpis/today", {"service": "analytics"}, 503)
    page, _ = await look("/")
    payments = page.locator(".figure-tile").first
    await expect(payments).to_contain_text("The service analytics does not answer.")
    letters = page.locator(".figure-tile", has_text="Open dead letters")
    await expect(letters.locator(".figure-number")).to_have_text("2: Open dead letters")
    await screenshot(page, "home-with-a-part-missing")
