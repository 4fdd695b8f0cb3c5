"""What the gateway is played to say of thirty days of Rome, and what is looked at of a picture."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Page, expect

from payops_testing.backoffice import kpi_answers as kpis
from payops_testing.backoffice.played_gateway import PlayedGateway

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
        "/v1/kpis/subscriptions-by-day": kpis.subscriptions(
            [3, 0, 1] * 10, [0, 1, 1] * 10, first=FIRST, last=LAST
        ),
        "/v1/kpis/subscription-payments": kpis.subscription_payments(
            [1, 0, 0] * 10, [8, 4, 0] * 10, first=FIRST, last=LAST
        ),
        "/v1/kpis/subscriptions-by-status": kpis.subscriptions_by_status(
            {"CREATED": 4, "ACTIVE": 55, "ON_HOLD": 5, "NOT_ACTIVE": 20},
            {"CANCELLED": 15, "EXPIRED": 0, "ABORTED": 5},
        ),
        "/v1/checkout-rules/hits": kpis.hits({"rule-1": ("Large baskets", 30)}),
        "/v1/dead-letters": {"items": [], "total": 2, "total_is_capped": False},
        **{f"/v1/kpis/amount-by-{by}": lines for by in ("method", "channel", "provider", "type")},
    }


PAID = {day: (3, 10_000 + 100 * nth) for nth, day in enumerate(kpis.days_of(FIRST, LAST))}
"""Something on every day, more each day; 29 March, when clocks change, among them."""


def asked_of(gateway: PlayedGateway, kpi: str) -> list[dict[str, str]]:
    """What a KPI was asked, each time."""
    return [
        {name: str(value) for name, value in dict(each.query).items()}
        for each in gateway.asked
        if each.path == f"/v1/kpis/{kpi}"
    ]


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
