"""Members in a browser: found by standing, followed, blocked and unblocked with a reason."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from playwright.async_api import Page, expect

from browser.conftest import Visit
from browser.test_debits import Json, cells, event, raised, reversed_, row, rows, there
from payops_contracts.topics import UPSTREAM_CHARGES, UPSTREAM_DEBIT_RESULTS
from payops_kernel.auth.principals import UserRole
from payops_kernel.testing import eventually
from payops_testing.browser.platform import SEEN_LIMIT_S, PagesPlatform, a_payment
from payops_testing.browser.visitors import NARROW, WIDE
from payops_testing.browser.watching import faults, too_wide


async def bring(platform: PagesPlatform) -> str:
    """A member in each standing, and a card payment of the one in retry; how their numbers begin.

    Each charge is its own member's, ``MP-<charge>``.
    """
    begins = f"CM{uuid4().hex[:6]}"
    euro: Json = {"mpass_number": f"MP-{begins}-soft", "currency": "EUR", "amount_minor": 1000}
    await platform.tell(
        UPSTREAM_CHARGES.name,
        [
            raised(f"{begins}-soft", "FAILED", "insufficient_funds"),
            raised(f"{begins}-euro", **euro),
            raised(f"{begins}-hard", "FAILED", "account_closed"),
            raised(f"{begins}-paid", "SUCCEEDED"),
        ],
    )
    await platform.pay([a_payment(f"ORD-{begins}", "paid", user={"id": f"u-{begins}-soft"})])
    await there(platform, "members", begins, {"q": f"MP-{begins}"}, 3)
    async with platform.api() as api:

        async def owes_both() -> bool:
            answer = await api.get("/v1/members", params={"q": f"MP-{begins}-soft"})
            assert answer.is_success, answer.text
            return [row["unpaid"] for row in answer.json()["items"]] == [2]

        await eventually(owes_both, SEEN_LIMIT_S)
    return begins


async def standing(page: Page, said: str) -> None:
    """The page's own chip, as soon as it says so."""
    await expect(page.locator("h1 .chip")).to_have_text(said)


async def test_members_are_found_by_standing_with_what_they_owe_in_each_currency(
    visit: Visit, platform: PagesPlatform
) -> None:
    begins = await bring(platform)
    page, _ = await visit("/")
    await page.get_by_role("link", name="Members").click()
    await page.locator("#list-q").fill(f"mp-{begins}")
    await expect(rows(page)).to_have_count(3)
    soft = row(page, f"MP-{begins}-soft")
    assert await cells(soft, "standing", "user_name", "user_id", "owed", "unpaid") == [
        "In retry", "Duong Le", f"u-{begins}-soft", "€10.00 · US$32.30", "2",
    ]  # fmt: skip
    looks = {"soft": "care", "hard": "bad", "paid": "good"}
    for name, family in looks.items():
        chip = row(page, f"MP-{begins}-{name}").locator(".of-standing .chip")
        await expect(chip).to_contain_class(f"chip-{family}")
    await page.locator("#tab-in-arrears").click()
    await expect(rows(page)).to_have_count(1)
    assert "standing=IN_ARREARS" in page.url
    await expect(row(page, f"MP-{begins}-hard")).to_have_count(1)
    await page.goto(f"/search?q=MP-{begins}-soft")
    await page.get_by_role("link", name=re.compile(f"MP-{begins}-soft")).last.click()
    await standing(page, "In retry")


async def test_a_members_page_has_all_that_is_theirs_and_is_reached_from_charge_and_debit(
    visit: Visit, platform: PagesPlatform
) -> None:
    begins = await bring(platform)
    page, _ = await visit(f"/charges/{begins}-soft")
    dispute = page.locator("section", has=page.locator("#section-dispute"))
    await expect(dispute).to_contain_text("In retry")
    await page.get_by_role("link", name=f"MP-{begins}-soft").click()
    await standing(page, "In retry")
    detail = page.locator("#detail")
    for said in (
        "A debit of one charge failed and is tried again.", "Owed in all: €10.00 · US$32.30.",
        f"{begins}-euro", f"TX-{begins}-soft", f"ORD-{begins}", "Charge raised",
    ):  # fmt: skip
        await expect(detail).to_contain_text(said)
    await page.get_by_role("link", name=f"TX-{begins}-soft").click()
    await page.get_by_role("link", name=f"MP-{begins}-soft").click()
    await page.get_by_role("link", name=f"ORD-{begins}").click()
    await expect(page.locator("h1")).to_be_visible()
    with platform.down("transactions"):
        await page.goto(f"/members/MP-{begins}-soft")
        away = page.locator("section", has=page.locator("#section-payments"))
        await expect(away).to_contain_text("Transactions does not answer.")
        await expect(detail).to_contain_text(f"{begins}-euro")


async def test_a_member_is_blocked_and_unblocked_with_a_reason_and_lists_follow(
    visit: Visit, platform: PagesPlatform
) -> None:
    begins = await bring(platform)
    listed, _ = await visit(f"/members?q=MP-{begins}")
    page, watch = await visit(f"/members/MP-{begins}-paid", role=UserRole.OPERATOR)
    watch.allow("422")  # a block without a reason
    for each in (listed, page):
        await expect(each.locator("live-mark")).to_have_attribute("data-state", "live")
    chip = row(listed, f"MP-{begins}-paid").locator(".of-standing .chip")
    await page.get_by_role("link", name="Block", exact=True).click()
    dialog = page.locator("#dialog")
    await expect(dialog).to_contain_text(f"Block member MP-{begins}-paid")
    await dialog.get_by_role("button", name="Block").click()
    await expect(dialog).to_contain_text("Say why")
    await dialog.locator("[name=reason]").fill("Disputes every charge")
    await dialog.get_by_role("button", name="Block").click()
    await standing(page, "Blocked")
    await expect(chip).to_have_text("Blocked")
    why = page.locator("section", has=page.locator("#section-standing"))
    await expect(why).to_contain_text("has blocked them: Disputes every charge")
    await page.get_by_role("link", name="Unblock", exact=True).click()
    await dialog.locator("[name=reason]").fill("Settled with the bank")
    await dialog.get_by_role("button", name="Unblock").click()
    await standing(page, "Good")
    history = page.locator("section", has=page.locator("#section-history"))
    for said in ("Member unblocked", "Settled with the bank", "Member blocked"):
        await expect(history).to_contain_text(said)
    await platform.tell(UPSTREAM_DEBIT_RESULTS.name, [reversed_(f"{begins}-paid")])
    await standing(page, "In arrears")
    await expect(chip).to_have_text("In arrears")
    settled = event("charge.settled", f"{begins}-paid", reason="Paid by wire")
    await platform.tell(UPSTREAM_CHARGES.name, [settled])
    await standing(page, "Good")
    viewer, _ = await visit(f"/members/MP-{begins}-paid", role=UserRole.VIEWER)
    await expect(viewer.locator(".page-actions")).to_contain_text("Operators can do this")


@pytest.mark.parametrize("language", ["en", "it"])
async def test_every_page_of_members_is_whole_at_each_width_in_each_theme(
    visit: Visit, platform: PagesPlatform, language: str
) -> None:
    begins = await bring(platform)
    page, _ = await visit("/preferences", language=language)
    await page.locator("#language").select_option(language)
    async with page.expect_navigation():
        await page.locator(".form-actions button").click()
    for path, name in (
        (f"/members?q=MP-{begins}", "list"),
        (f"/members?q=nobody-{begins}", "nobody"),
        (f"/members/MP-{begins}-soft", "member"),
        (f"/charges/{begins}-soft", "dispute"),
    ):
        await page.goto(path)
        await expect(page.locator("h1")).to_be_visible()
        if language == "en":
            assert await faults(page, f"members-{name}") == [], name
        assert await too_wide(page, NARROW, WIDE) == [], name
    if language == "it":
        await page.goto(f"/members/MP-{begins}-soft")
        await expect(page.locator("#detail")).to_contain_text("In riprova")
