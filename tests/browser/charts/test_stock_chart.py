"""A chart's picture: drawn from the server's table, zoomed, read by keys, in any zone."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import expect

from browser.charts.played import (
    DAILY,
    FIRST,
    LAST,
    METHODS,
    drag,
    plot,
)
from browser.conftest import Visit
from payops_kernel.testing import eventually
from payops_testing.backoffice import kpi_answers as kpis
from payops_testing.backoffice.played_gateway import PlayedGateway
from payops_testing.browser.visitors import NARROW
from payops_testing.browser.watching import screenshot, too_wide, violations


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
    there, _ = await look(zone=zone)
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
    room = "u.width - u.over.offsetLeft - u.over.clientWidth"
    assert await plot(page, METHODS, room) > 60
    legend = page.locator(f"{METHODS} .chart-legend")
    await expect(legend).to_be_hidden()
    # Where there is no such room the names stand below the plot.
    await page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    await expect(legend.get_by_role("listitem")).to_have_text(names)
    await expect(legend).to_be_visible()

    async def has_room() -> bool:
        return bool(await plot(page, METHODS, room) < 30)

    await eventually(has_room)


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


async def test_the_picture_follows_the_theme_and_the_width(look: Visit) -> None:
    page, _ = await look()
    stroke = "u.series[1].stroke()"
    assert await plot(page, DAILY, stroke) == "rgb(46, 73, 192)"
    await page.emulate_media(color_scheme="dark")

    async def is_dark() -> bool:
        return bool(await plot(page, DAILY, stroke) == "rgb(147, 168, 255)")

    await eventually(is_dark)
    await page.set_viewport_size({"width": 800, "height": 900})
    picture = page.locator(f"{DAILY} .chart-picture")
    await expect(picture.locator("canvas")).to_have_js_property(
        "clientWidth", await picture.evaluate("each => each.clientWidth")
    )


async def test_the_line_of_whole_days_ends_before_today_and_the_cursor_reads_today(
    look: Visit, gateway: PlayedGateway
) -> None:
    today = datetime.now(ZoneInfo("Europe/Rome")).date()
    days = [(today - timedelta(days=back)).isoformat() for back in (4, 3, 2, 1, 0)]
    paid = dict.fromkeys(days[:4], (3, 10000)) | {days[4]: (1, 100)}
    gateway.play("GET", "/v1/kpis/daily-payments", kpis.daily(paid, days[0], days[4]))
    page, _ = await look()
    assert await plot(page, DAILY, "u.data[1]") == [100, 100, 100, 100, 1]
    under = """[2.5, 3.2].map((day) => {
      const at = [u.valToPos(day, "x", true), u.valToPos(33, "y", true)].map(Math.round);
      return u.ctx.getImageData(at[0], at[1], 1, 1).data[3] > 0;
    })"""
    assert await plot(page, DAILY, under) == [True, False]
    # Its words stand 8 px above the plot, and nowhere while the cursor reads a day.
    words = """[[22, 8], [7, 1]].map(([from, to]) => {
      const { left, width, top } = u.bbox;
      const place = [left + width - 60, top - from, 50, from - to].map(Math.round);
      return u.ctx.getImageData(...place).data.some((each) => each > 0);
    })"""
    assert await plot(page, DAILY, words) == [True, False]
    picture = page.locator(f"{DAILY} .chart-picture")
    await picture.focus()
    await page.keyboard.press("End")
    assert await plot(page, DAILY, words) == [False, False]
    said = await picture.get_attribute("aria-valuetext")
    assert said is not None
    assert ", so far: " in said
    await screenshot(page, "chart-today")


async def test_the_line_ends_at_today_when_days_to_come_are_asked_for_too(
    look: Visit, gateway: PlayedGateway
) -> None:
    today = datetime.now(ZoneInfo("Europe/Rome")).date()
    days = [(today + timedelta(days=each)).isoformat() for each in (-2, -1, 0, 1, 2)]
    paid = dict.fromkeys(days[:3], (3, 10000))
    gateway.play("GET", "/v1/kpis/daily-payments", kpis.daily(paid, days[0], days[4]))
    page, _ = await look()
    await plot(page, DAILY, "0")
    chart = f"document.querySelector('{DAILY} stock-chart').chart"
    assert await page.evaluate(f"{chart}.whole") == 2


async def test_payments_are_counted_in_whole_steps(look: Visit, gateway: PlayedGateway) -> None:
    paid = {day: (nth + 4, 100) for nth, day in enumerate(kpis.days_of(FIRST, "2026-03-22"))}
    gateway.play("GET", "/v1/kpis/daily-payments", kpis.daily(paid, FIRST, "2026-03-22"))
    page, _ = await look("/analytics?daily-payments.measure=count")
    assert await plot(page, DAILY, "Math.max(...u.data[1])") == 10
    assert await plot(page, DAILY, "u.axes[1].splits()") == [0, 5, 10]


async def test_a_picture_that_is_too_wide_for_its_window_never_widens_the_page(
    look: Visit,
) -> None:
    page, _ = await look()
    await plot(page, DAILY, "0")
    await page.locator(f"{DAILY} .chart-picture").focus()
    await page.keyboard.press("End")
    await page.evaluate(
        """() => {
          for (const chart of document.querySelectorAll("stock-chart")) {
            for (const each of chart.watches) each.disconnect();
          }
        }"""
    )
    assert await too_wide(page, NARROW) == []
    picture = page.locator(f"{DAILY} .u-wrap")
    assert await picture.evaluate("each => each.clientWidth") > NARROW[0]
