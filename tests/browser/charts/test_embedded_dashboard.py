"""The dashboard inside a page of another site: by a token that reads KPIs and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import FrameLocator, Page, Request, expect

from browser.conftest import Visit
from payops_kernel.auth.principals import Scope
from payops_kernel.testing import eventually
from payops_testing.browser.other_site import OtherSite
from payops_testing.browser.platform import PagesPlatform, a_payment
from payops_testing.browser.watching import screenshot, violations

BOARD = "/data-visualization/#/transactions-analytics"
DAILY = "#chart-daily-payments"
COUNTED_LIMIT_S = 30.0


@pytest_asyncio.fixture(loop_scope="session")
async def paid(platform: PagesPlatform) -> None:
    """Something paid today in two currencies."""
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    currencies = {"EUR", "USD"}
    await platform.pay(
        [
            a_payment(f"embedded-{currency}-{number}", "paid", currency=currency, created_at=now)
            for currency in sorted(currencies)
            for number in range(2)
        ]
    )
    async with platform.api() as api:

        async def all_counted() -> bool:
            answer = await api.get("/v1/kpis/daily-payments")
            assert answer.is_success, answer.text
            return currencies <= {each["currency"] for each in answer.json()["currencies"]}

        await eventually(all_counted, deadline=COUNTED_LIMIT_S)


@pytest.fixture(scope="module")
def shop() -> Iterator[OtherSite]:
    with OtherSite() as site:
        yield site


async def made(platform: PagesPlatform, shop: OtherSite, **body: Any) -> str:
    """A token of the gateway for a page of the shop."""
    async with platform.api() as api:
        answer = await api.post("/v1/embed-tokens", json={"sites": [shop.named], **body})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["token"])


async def page_around(page: Page, shop: OtherSite, source: str, script: str = "") -> FrameLocator:
    """A page of the shop with the board in a frame."""
    shop.html = f"""<!doctype html><title>A shop</title><h1>Our figures</h1>
      <link rel="icon" href="data:,"><script>{script}</script>
      <iframe src="{source}" title="PayOps" width="1200" height="900"></iframe>"""
    await page.goto(shop.named)
    return page.frame_locator("iframe")


async def test_a_page_of_another_site_shows_the_dashboard_and_its_token_goes_nowhere_else(
    visit: Visit, platform: PagesPlatform, shop: OtherSite, paid: None
) -> None:
    token = await made(platform, shop, currency="EUR")
    page, _ = await visit("/sign-in", role=None)
    requests: list[Request] = []
    page.on("request", lambda request: requests.append(request))
    board = await page_around(page, shop, f"{platform.pages}{BOARD}?token={token}")
    await expect(board.locator(f"{DAILY} canvas")).to_be_visible()
    await expect(board.locator(".subtitle")).to_contain_text("EUR only")
    await screenshot(page, "embedded")
    await board.locator(DAILY).get_by_role("link", name="YTD").click()
    await expect(board.locator(f"{DAILY} [aria-current=true]")).to_have_text("YTD")
    # Who has a token alone has no rows to go to.
    await expect(board.get_by_role("link", name="See these payments")).to_have_count(0)
    asked = [each for each in requests if each.url.startswith(platform.pages)]
    assert any("authorization" in each.headers for each in asked)
    for each in asked:
        assert token not in each.url.partition("#")[0]
        assert token not in each.headers.get("referer", "")
    assert token not in platform.logs()
    assert token.rpartition(".")[2] not in platform.logs()


async def test_a_site_that_is_not_allowed_shows_nothing(
    visit: Visit, platform: PagesPlatform, shop: OtherSite
) -> None:
    token = await made(platform, shop)
    page, watch = await visit("/sign-in", role=None)
    watch.allow("frame-ancestors")
    await page_around(page, shop, f"{platform.pages}{BOARD}?token={token}")
    await page.goto(shop.numbered)
    frame = next(each for each in page.frames if each.parent_frame)
    assert "transactions-analytics" not in frame.url
    assert await frame.locator("embedded-board").count() == 0


async def test_what_the_address_says_cannot_widen_what_the_token_shows(
    visit: Visit, platform: PagesPlatform, shop: OtherSite, paid: None
) -> None:
    token = await made(platform, shop, currency="EUR")
    page, _ = await visit("/sign-in", role=None)
    for altered in ("currency=USD", "currency=", "currency=USD&currency=EUR", "limits={}"):
        source = f"{platform.pages}{BOARD}?{altered}&token={token}"
        board = await page_around(page, shop, source)
        await expect(board.locator(".subtitle")).to_contain_text("EUR only")
        await expect(board.locator(f"{DAILY} .chart-total strong")).to_contain_text("€")
    # Nor can a request that is made by hand: no figure of another currency is in its answer.
    for query in ("?currency=USD", "", "?currency=USD&currency=EUR"):
        answer = await page.context.request.get(
            f"/data-visualization/boards/transactions-analytics{query}",
            headers={"authorization": f"Bearer {token}"},
        )
        assert "US$" not in await answer.text()


async def test_a_token_whose_time_is_over_says_so_and_the_page_around_can_renew_it(
    visit: Visit, platform: PagesPlatform, shop: OtherSite, paid: None
) -> None:
    over = platform.issuer.issue_scoped(
        "embed:1",
        "Embedded",
        Scope.KPIS,
        timedelta(minutes=-5),
        {"sites": [shop.named], "limits": {}},
    )
    page, watch = await visit("/sign-in", role=None)
    watch.allow("status of 401")
    source = f"{platform.pages}{BOARD}?token={over}"
    board = await page_around(page, shop, source)
    await expect(board.get_by_role("alert")).to_contain_text("This view has expired.")
    await screenshot(page, "embedded-expired")
    fresh = json.dumps(await made(platform, shop))
    renewing = f"""addEventListener("message", ({{ origin, source, data }}) => {{
      if (origin !== "{platform.pages}" || data?.type !== "payops:token-needed") return;
      source.postMessage({{ type: "payops:token", token: {fresh} }}, origin);
    }});"""
    board = await page_around(page, shop, source, script=renewing)
    await expect(board.locator(f"{DAILY} canvas")).to_be_visible()


async def test_a_token_from_a_site_that_the_first_one_does_not_name_is_not_taken(
    visit: Visit, platform: PagesPlatform, shop: OtherSite
) -> None:
    over = platform.issuer.issue_scoped(
        "embed:1", "Embedded", Scope.KPIS, timedelta(minutes=-5),
        {"sites": ["https://shop.example"], "limits": {}},
    )  # fmt: skip
    page, watch = await visit("/sign-in", role=None)
    watch.allow("status of 401")
    watch.allow("postMessage")
    board = await page_around(page, shop, f"{platform.pages}{BOARD}?token={over}")
    await expect(board.get_by_role("alert")).to_contain_text("This view has expired.")
    await page.evaluate(
        """token => frames[0].postMessage({ type: "payops:token", token }, "*")""",
        await made(platform, shop),
    )
    frame = next(each for each in page.frames if each.parent_frame)
    # Messages are in order: once this one has come, the other was looked at and left.
    await page.evaluate("""() => frames[0].postMessage("after", "*")""")
    assert over in await frame.evaluate("location.hash")
    await expect(board.get_by_role("alert")).to_contain_text("This view has expired.")


async def test_inside_our_own_site_the_session_suffices(
    visit: Visit, platform: PagesPlatform, paid: None
) -> None:
    page, _ = await visit(BOARD, role="viewer")
    await expect(page.locator(f"{DAILY} canvas")).to_be_visible()
    await expect(page.locator(DAILY).get_by_role("link", name="See these payments")).to_be_visible()
    assert await violations(page) == []
    await page.locator(DAILY).get_by_role("link", name="YTD").click()
    await expect(page.locator(f"{DAILY} [aria-current=true]")).to_have_text("YTD")
    assert "daily-payments.window=ytd" in page.url.partition("#")[2]
    await page.reload()
    await expect(page.locator(f"{DAILY} [aria-current=true]")).to_have_text("YTD")


async def test_an_admin_makes_what_to_put_into_the_page(
    visit: Visit, platform: PagesPlatform, shop: OtherSite, paid: None
) -> None:
    page, watch = await visit("/analytics", role="admin")
    watch.allow("status of 422")
    await page.get_by_role("link", name="Embed").click()
    dialog = page.get_by_role("dialog", name="Embed Analytics")
    site = dialog.get_by_label("Address of the site")
    await site.fill("https://other.example")
    await dialog.get_by_role("button", name="Make the code").click()
    await expect(dialog).to_contain_text("is not among the sites of PAYOPS_EMBED_SITES")
    await expect(site).to_have_value("https://other.example")
    await site.fill(f"{shop.named}/")
    await dialog.get_by_role("button", name="Make the code").click()
    snippet = await dialog.get_by_label("For the page").input_value()
    await screenshot(page, "embed-dialog-made")
    assert await violations(page) == []
    source = snippet.split('src="')[1].split('"')[0]
    board = await page_around(page, shop, source)
    await expect(board.locator(f"{DAILY} canvas")).to_be_visible()


async def test_who_is_no_admin_is_not_offered_to_embed(
    visit: Visit, platform: PagesPlatform
) -> None:
    page, watch = await visit("/analytics", role="approver")
    watch.allow("status of 403")
    await expect(page.get_by_role("link", name="Embed")).to_have_count(0)
    await page.goto("/analytics/embedding")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Not allowed")


async def test_analytics_that_is_down_costs_its_own_parts(
    visit: Visit, platform: PagesPlatform, paid: None
) -> None:
    page, _ = await visit("/")
    with platform.down("analytics"):
        await page.goto("/")
        tile = page.locator(".figure-tile").first
        await expect(tile).to_contain_text("Analytics does not answer.")
        await expect(page.locator(DAILY)).to_contain_text("Analytics does not answer.")
        await screenshot(page, "home-analytics-down")
    await page.locator(DAILY).get_by_role("link", name="Retry").click()
    await expect(page.locator(DAILY)).to_be_visible()
