"""Retry policies in a browser: looked at, changed, changed by two at once, made active."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from browser.conftest import Visit
from payops_kernel.auth.principals import UserRole
from payops_testing.browser.platform import PagesPlatform
from payops_testing.browser.visitors import NARROW, WIDE
from payops_testing.browser.watching import faults, too_wide

PATH, RESOURCE = "/retry-policies", "/v1/retry-policies"
HOUR_S = 3600
DAY_S = 24 * HOUR_S
STANDARD_S = [DAY_S, 3 * DAY_S, 7 * DAY_S]


async def changed(platform: PagesPlatform, delays_s: list[int]) -> dict[str, Any]:
    """The standard policy, after an admin changed it by the gateway."""
    async with platform.api(UserRole.ADMIN) as api:
        etag = (await api.get(f"{RESOURCE}/standard")).headers["etag"]
        body = {"delays_s": delays_s, "reason": "Of this test"}
        answer = await api.put(f"{RESOURCE}/standard", json=body, headers={"If-Match": etag})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def _as_shipped(platform: PagesPlatform) -> AsyncIterator[None]:
    """Other tests count on the policies as they were shipped."""
    yield
    async with platform.api(UserRole.ADMIN) as api:
        answer = await api.put(f"{RESOURCE}/active", json={"name": "standard"})
        assert answer.status_code == 200, answer.text
    await changed(platform, STANDARD_S)


def card(page: Page, name: str) -> Locator:
    """One policy on the page."""
    return page.locator(f"#policy-{name}")


async def toast(page: Page, said: str) -> None:
    """What is said after a success."""
    await expect(page.locator(".toast", has_text=said)).to_be_visible()


async def test_a_policy_is_changed_line_by_line_with_the_keyboard_alone(
    visit: Visit, platform: PagesPlatform
) -> None:
    page, watch = await visit("/", role=UserRole.ADMIN)
    watch.allow("422")  # a line that says nothing
    await page.keyboard.type("gp")
    standard, dialog = card(page, "standard"), page.locator("#dialog")
    await expect(standard.locator("h2 .chip-good svg")).to_be_visible()
    await page.wait_for_load_state()
    await expect(standard).to_contain_text(
        re.compile(r"First attempt, then \+24\sh, \+3\sd, \+7\sd")
    )
    await expect(standard.locator("tbody tr").first).to_contain_text("The rail allows no more.")
    await standard.get_by_role("link", name="Change").focus()
    await page.keyboard.press("Enter")
    await expect(dialog.locator("#wait-0")).to_be_focused()
    await page.keyboard.type("12")
    await dialog.get_by_role("button", name="Remove retry 2").press("Enter")
    await expect(dialog.locator("#wait-1")).to_be_focused()
    await expect(dialog.locator("#wait-1")).to_have_value("7")
    await expect(dialog.locator("#wait-0")).to_have_value(re.compile("12"))
    await dialog.locator("#wait-0").fill("12")
    await dialog.get_by_role("button", name="Add a retry").press("Enter")
    await expect(dialog.locator("#wait-2")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(dialog.locator("#wait-2-says")).to_contain_text("Write how long")
    await expect(dialog.locator("#wait-2")).to_be_focused()
    await page.keyboard.type("30")
    await dialog.get_by_label("Reason").fill("Agreed with settlement")
    await page.keyboard.press("Enter")
    await expect(dialog).to_be_hidden()
    await toast(page, "The retry policy standard is changed")
    await expect(standard).to_contain_text(
        re.compile(r"First attempt, then \+12\sh, \+7\sd, \+30\sd")
    )
    await expect(standard).to_contain_text(re.compile(r"by \S*admin"))
    async with platform.api() as api:
        kept = (await api.get(f"{RESOURCE}/standard")).json()
    assert kept["delays_s"] == [12 * HOUR_S, 7 * DAY_S, 30 * DAY_S]


async def test_a_change_by_somebody_else_is_shown_and_the_form_goes_on_from_there(
    visit: Visit, platform: PagesPlatform
) -> None:
    page, watch = await visit(PATH, role=UserRole.ADMIN)
    watch.allow("412")
    standard, dialog = card(page, "standard"), page.locator("#dialog")
    await standard.get_by_role("link", name="Change").click()
    await dialog.locator("#wait-2").fill("9")
    theirs = await changed(platform, [HOUR_S])
    await dialog.get_by_role("button", name="Change policy").click()
    notice = dialog.locator(".notice")
    await expect(notice).to_contain_text("Nothing was saved.")
    await expect(notice).to_contain_text(f"{theirs['changed_by']} made version {theirs['version']}")
    await expect(notice).to_contain_text(re.compile(r"You asked for: .*\+9\sd"))
    await expect(dialog.locator("[name^=wait-]")).to_have_count(1)
    await expect(dialog.locator("#wait-0")).to_have_value("1")
    await expect(standard).to_contain_text(re.compile(r"First attempt, then \+1\sh"))
    await dialog.locator("#wait-0").fill("2")
    await dialog.get_by_role("button", name="Change policy").click()
    await expect(standard).to_contain_text(re.compile(r"First attempt, then \+2\sh"))
    await expect(standard).to_contain_text(f"Version {theirs['version'] + 1}")


async def test_another_policy_is_made_active_after_its_consequence_was_said(visit: Visit) -> None:
    page, _ = await visit(PATH, role=UserRole.ADMIN)
    other, dialog = card(page, "three-total"), page.locator("#dialog")
    await other.get_by_role("link", name="Make active").click()
    await expect(dialog).to_contain_text("Every debit that fails from now on")
    await expect(dialog.locator("dl")).to_contain_text("standard")
    await dialog.get_by_role("button", name="Make active").click()
    await toast(page, "The retry policy three-total is active.")
    await expect(other.locator("h2 .chip")).to_have_text("Active now")
    await expect(card(page, "standard").locator("h2 .chip")).to_have_count(0)
    await expect(page.get_by_role("link", name="Make active")).to_have_count(1)


@pytest.mark.parametrize("role", [UserRole.VIEWER, UserRole.OPERATOR])
async def test_who_is_no_admin_sees_the_policies_and_cannot_change_them(
    visit: Visit, role: UserRole
) -> None:
    page, watch = await visit(PATH, role=role)
    watch.allow("403")
    for name, buttons in (("standard", 1), ("three-total", 2)):
        disabled = card(page, name).locator("button[aria-disabled=true]")
        await expect(disabled).to_have_count(buttons)
        await expect(disabled.first).to_have_attribute("title", "Administrators can do this.")
    answer = await page.goto(f"{PATH}/standard/change")
    assert answer is not None
    assert answer.status == 403


async def test_a_policy_is_changed_without_script(visit: Visit) -> None:
    page, _ = await visit(f"{PATH}/standard/change", role=UserRole.ADMIN, script=False)
    await page.get_by_role("button", name="Add a retry").click()
    await page.locator("#wait-3").fill("14")
    await page.get_by_role("button", name="Remove retry 1").click()
    await expect(page.locator("#wait-2")).to_have_value("14")
    await page.locator("#wait-2").press("Enter")
    await expect(card(page, "standard")).to_contain_text(
        re.compile(r"then \+3\sd, \+7\sd, \+14\sd")
    )


@pytest.mark.parametrize("language", ["en", "it"])
async def test_every_page_of_retry_policies_is_whole_at_each_width_in_each_theme(
    visit: Visit, language: str
) -> None:
    page, _ = await visit("/preferences", language=language, role=UserRole.ADMIN)
    await page.locator("#language").select_option(language)
    async with page.expect_navigation():
        await page.locator(".form-actions button").click()
    for path, name in (
        (PATH, "policies"),
        (f"{PATH}/standard/change", "change"),
        (f"{PATH}/three-total/activation", "activation"),
    ):
        await page.goto(path)
        await expect(page.locator("h1").first).to_be_visible()
        if language == "en":
            assert await faults(page, f"retry-{name}") == [], name
        assert await too_wide(page, NARROW, WIDE) == [], name
    if language == "it":
        await page.goto(PATH)
        await expect(page.locator("#policies")).to_contain_text(
            "Il circuito non ne permette altri."
        )
