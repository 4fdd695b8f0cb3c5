"""Subscriptions in a browser: found, followed, cancelled and kept, from a payment and back."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Locator, Page, expect

from browser.conftest import Visit
from payops_contracts.topics import UPSTREAM_SUBSCRIPTIONS
from payops_kernel.auth.principals import UserRole
from payops_kernel.testing import eventually
from payops_testing.browser.platform import SEEN_LIMIT_S, PagesPlatform
from payops_testing.browser.visitors import NARROW, WIDE
from payops_testing.browser.watching import faults, too_wide
from payops_testing.subscriptions.upstream import paid_for, said_of, subscribed

NOW = datetime.now(UTC).replace(microsecond=0)
LONG = "Maria Annunziata Gräfin von und zu Hohenstein-Waldburg di Montefeltro " * 2
FOLLOWED_MS = 60_000
"""A page follows its subscription by Kafka, too."""
STATUSES = {"new": "CREATED", "paid": "ACTIVE", "hold": "ON_HOLD", "gone": "NOT_ACTIVE"}


def at(**ago: int) -> str:
    return (NOW - timedelta(**ago)).isoformat()


def dialog(page: Page) -> Locator:
    return page.locator("#dialog")


def row(page: Page, subscription_id: str) -> Locator:
    return page.locator(f"tr[data-id='{subscription_id}']")


async def bring(platform: PagesPlatform) -> str:
    """A subscription in each status, begun an hour ago; how their ids begin."""
    begins = f"SB{uuid4().hex[:6]}"
    agreed: dict[str, Any] = {"created_at": at(hours=1)}
    names = {"paid": {"user": {"id": f"u-{begins}", "name": LONG.strip()}}}
    await platform.tell(
        UPSTREAM_SUBSCRIPTIONS.name,
        [
            *(subscribed(f"{begins}-{each}", **agreed, **names.get(each, {})) for each in STATUSES),
            said_of("ended", f"{begins}-gone", at(minutes=5), reason="Closed at the provider"),
        ],
    )
    kinds = {"paid": "paid", "hold": "failed", "gone": "paid"}
    for name, kind in kinds.items():
        for each in ("created", kind):
            when = at(minutes=30)
            told = paid_for(each, f"{begins}-{name}", when, f"ORD-{begins}-{name}")
            await platform.publish([told])

    async def there() -> bool:
        async with platform.api() as api:
            answer = await api.get("/v1/subscriptions", params={"q": begins})
            assert answer.is_success, answer.text
            found = {each["subscription_id"]: each["status"] for each in answer.json()["items"]}
            return found == {f"{begins}-{name}": status for name, status in STATUSES.items()}

    await eventually(there, SEEN_LIMIT_S)
    return begins


async def test_the_list_finds_shows_and_opens_them_and_its_address_keeps_what_is_asked(
    visit: Visit, platform: PagesPlatform
) -> None:
    begins = await bring(platform)
    page, _ = await visit("/")
    await page.locator(".sidebar").get_by_role("link", name="Subscriptions").click()
    await page.locator("#list-q").fill(begins.lower())
    await expect(page.locator("#list-table tbody tr")).to_have_count(4)
    await expect(page.locator("#list-results")).to_contain_text("Showing 1-4 of 4")
    looks = {"new": "moving", "paid": "good", "hold": "care", "gone": "off"}
    for name, family in looks.items():
        chip = row(page, f"{begins}-{name}").locator(".of-status .chip")
        await expect(chip).to_contain_class(f"chip-{family}")
        await expect(chip.locator("svg")).to_have_count(1)
    paid = row(page, f"{begins}-paid")
    for column, said in {
        "status": "Active", "amount_minor": "US$32.30", "method": "Credit card",
        "provider": "Stripe",
    }.items():  # fmt: skip
        await expect(paid.locator(f".of-{column}")).to_contain_text(said)
    await page.locator("#tab-on-hold").click()
    await expect(page.locator("#list-table tbody tr")).to_have_count(1)
    assert {"status=ON_HOLD", f"q={begins.lower()}"} <= set(page.url.partition("?")[2].split("&"))
    await page.locator("#tab-all").click()
    await expect(page.locator("#list-table tbody tr")).to_have_count(4)
    await page.locator("#sort-amount_minor").click()
    await expect(page).to_have_url(re.compile("sort=-amount"))
    async with page.expect_download() as download:
        await page.locator("#list-export").click()
        await dialog(page).locator(".dialog-actions .button-primary").click()
    file = (await (await download.value).path()).read_text(encoding="utf-8-sig")
    assert file.count(begins) >= 4
    await paid.locator(".of-method").click()
    await expect(page.locator("h1")).to_contain_text("Active")
    await page.goto(f"/search?q={begins}-hold")
    await page.get_by_role("link", name=re.compile(f"{begins}-hold")).last.click()
    await expect(page.locator("h1 .chip")).to_have_text("On Hold")


async def test_a_page_and_its_payments_page_lead_to_each_other_and_say_who_is_away(
    visit: Visit, platform: PagesPlatform
) -> None:
    begins = await bring(platform)
    page, _ = await visit(f"/subscriptions/{begins}-hold")
    detail = page.locator("#detail")
    for said in (
        "Its last payment failed: No money", "That was attempt 1 of 4.", "Payment attempt 2 of 4",
        "Recurrence period", "Month", "Payment failed", "PayOps requests each payment",
    ):  # fmt: skip
        await expect(detail).to_contain_text(said)
    dates = page.locator("section", has=page.locator("#section-dates")).locator("tbody tr")
    await expect(dates).to_have_count(12)
    history = page.locator("section", has=page.locator("#section-history"))
    await expect(history.locator("tbody tr")).to_contain_text("Failed")
    await history.get_by_role("link", name="Payment", exact=True).click()
    await expect(page.locator("h1 .chip")).to_have_text("Failed")
    section = page.locator("section", has=page.locator("#section-subscription"))
    await expect(section).to_contain_text("On Hold")
    await page.get_by_role("link", name="Go to subscription").click()
    await expect(page.locator("h1 .chip")).to_have_text("On Hold")
    with platform.down("transactions"):
        await page.reload()
        await expect(detail).to_contain_text("Transactions does not answer.")
        await expect(history).to_contain_text(f"ORD-{begins}-hold")
    with platform.down("subscriptions"):
        await page.goto(f"/transactions/ORD-{begins}-hold")
        await expect(section).to_contain_text("Subscriptions does not answer.")
        await expect(page.locator("h1 .chip")).to_have_text("Failed")


async def test_one_is_cancelled_at_its_renewal_kept_and_cancelled_at_once_and_lists_follow(
    visit: Visit, platform: PagesPlatform
) -> None:
    begins = await bring(platform)
    listed, _ = await visit(f"/subscriptions?q={begins}")
    page, watch = await visit(f"/subscriptions/{begins}-paid", role=UserRole.OPERATOR)
    watch.allow("422")  # a cancellation without a reason
    for each in (listed, page):
        await expect(each.locator("live-mark")).to_have_attribute("data-state", "live")
    status = row(listed, f"{begins}-paid").locator(".of-status")
    await page.get_by_role("link", name="Cancel subscription").click()
    renewal = dialog(page).locator("[value=renewal]")
    await expect(renewal).to_be_checked()
    await expect(dialog(page)).to_contain_text("Until then this can be undone.")
    assert await too_wide(page, NARROW, WIDE) == []
    press = dialog(page).get_by_role("button", name="Cancel subscription")
    await press.click()
    await expect(dialog(page)).to_contain_text("Say why")
    await dialog(page).locator("[name=reason]").fill("Moves away")
    await press.click()
    await expect(page.locator(".detail-about")).to_contain_text("Cancels on")
    await expect(page.locator("h1 .chip")).to_have_text("Active")
    await expect(page.locator("#detail")).to_contain_text("It ends, because it was cancelled")
    await expect(status).to_contain_text("Cancels on", timeout=FOLLOWED_MS)
    await page.get_by_role("link", name="Undo cancellation").click()
    await dialog(page).get_by_role("button", name="Undo cancellation").click()
    await expect(page.locator(".detail-about")).not_to_contain_text("Cancels on")
    await expect(status).not_to_contain_text("Cancels on", timeout=FOLLOWED_MS)
    await page.get_by_role("link", name="Cancel subscription").click()
    await dialog(page).locator("[value=now]").check()
    await dialog(page).locator("[name=reason]").fill("Fraud")
    await press.click()
    await expect(page.locator("h1 .chip")).to_have_text("Not Active", timeout=FOLLOWED_MS)
    await expect(page.locator("#detail")).to_contain_text("It has ended. Cancelled.")
    await expect(status).to_contain_text("Not Active", timeout=FOLLOWED_MS)
    await expect(page.locator("#why-cancel-subscription")).to_have_text("It is Not Active already.")
    viewer, _ = await visit(f"/subscriptions/{begins}-hold", role=UserRole.VIEWER)
    await expect(viewer.locator(".page-actions")).to_contain_text("Operators can do this")


@pytest.mark.parametrize("language", ["en", "it"])
async def test_every_page_of_subscriptions_is_whole_at_each_width_in_each_theme(
    visit: Visit, platform: PagesPlatform, language: str
) -> None:
    begins = await bring(platform)
    page, _ = await visit("/preferences", language=language, role=UserRole.OPERATOR)
    await page.locator("#language").select_option(language)
    async with page.expect_navigation():
        await page.locator(".form-actions button").click()
    for path, name in (
        (f"/subscriptions?q={begins}", "list"),
        (f"/subscriptions?q=nothing-{begins}", "nothing"),
        (f"/subscriptions/{begins}-paid", "paid"),
        (f"/subscriptions/{begins}-hold", "hold"),
        (f"/subscriptions/{begins}-paid/cancellation", "cancelling"),
        (f"/transactions/ORD-{begins}-paid", "payment"),
    ):
        await page.goto(path)
        await expect(page.locator("h1").first).to_be_visible()
        if language == "en":
            assert await faults(page, f"subscriptions-{name}") == [], name
        assert await too_wide(page, NARROW, WIDE) == [], name
    if language == "it":
        await page.goto(f"/subscriptions/{begins}-hold")
        await expect(page.locator("#detail")).to_contain_text("L'ultimo pagamento è fallito")
