"""Adaptive checkout from end to end in a browser: a rule is written, warned of, simulated,
activated, named by a decision, changed, and put back."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from browser.conftest import Visit
from payops_kernel.auth.principals import UserRole
from payops_kernel.testing import eventually
from payops_testing.browser.checkout_rules import remove_rules
from payops_testing.browser.platform import PagesPlatform, a_payment

PATH, RESOURCE = "/checkout-rules", "/v1/checkout-rules"
SOME_SECONDS = 60_000
"""Milliseconds: what a job and a consumer may take on a busy machine."""
LOOK_MS = 20_000
KNOWN_LIMIT_S = 60
STRIPE, ADYEN = ("stripe", "credit-cards"), ("adyen", "credit-cards")
PAYMENTS = 3


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def _no_rule_stays(platform: PagesPlatform) -> AsyncIterator[None]:
    """Other tests count on the rules that there are at first."""
    yield
    await remove_rules(platform)


async def post(
    platform: PagesPlatform, path: str, body: dict[str, Any], etag: str = ""
) -> dict[str, Any]:
    """What the gateway answers somebody else."""
    headers = {"Idempotency-Key": str(uuid4())} | ({"If-Match": etag} if etag else {})
    async with platform.api(UserRole.APPROVER) as api:
        answer = await api.post(f"{RESOURCE}{path}", json=body, headers=headers)
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def an_active_rule(platform: PagesPlatform, name: str, shop: str) -> None:
    """For guests of a shop, with Stripe."""
    terms = {
        "name": name,
        "match_lists": [
            {"key": "shop", "values": [shop]},
            {"key": "user_type", "values": ["guest"]},
        ],
        "pairs": [{"provider": STRIPE[0], "method": STRIPE[1]}],
    }
    made = await post(platform, "", {"terms": terms, "priority": 90_000})
    path = f"/{made['rule_id']}/activation"
    await post(platform, path, {"accept_warnings": True}, f'"{made["step"]}"')


async def yesterdays(platform: PagesPlatform, shop: str) -> None:
    """Payments of guests of a shop, which the checkout rules know as well."""
    at = datetime.now(UTC) - timedelta(days=1)
    known = {"shop": shop, "user_type": "guest"}
    await platform.pay(
        [
            a_payment(f"{shop}-{number}", "paid", created_at=at.isoformat(), attributes=known)
            for number in range(PAYMENTS)
        ]
    )


async def answers_at_a_checkout(platform: PagesPlatform, shop: str, payment: str) -> dict[str, Any]:
    """The decision about somebody who is there now, kept as a payment's."""
    context = {"shop": shop, "user_type": "guest", "amount_minor": 5000, "currency": "EUR"}
    said = await post(platform, "/evaluations", {"context": context, "transaction_id": payment})
    (decision,) = said["decisions"]
    found: dict[str, Any] = decision
    return found


def version(page: Page, number: int) -> Locator:
    """A row of the rule's versions."""
    rows = page.locator("section[aria-labelledby=section-versions] tbody tr")
    return rows.filter(has=page.locator(f'td[data-label="Version"]:text-is("{number}")'))


async def add_pair(page: Page, pair: tuple[str, str]) -> None:
    """One more, at the end."""
    await page.locator("#add-pair").select_option("/".join(pair))
    await page.get_by_role("button", name="Add", exact=True).click()
    await expect(page.locator(f'.editor-pairs input[value="{"/".join(pair)}"]')).to_be_attached()


async def activate(page: Page) -> None:
    """Have the draft answer, in the dialog, though a warning was told."""
    dialog = page.locator("#dialog")
    press = page.locator(".page-actions").get_by_role("link", name="Activate")
    await expect(press).to_be_visible()
    await page.wait_for_load_state()
    await press.click()
    await dialog.get_by_label("I accept the warnings").check()
    await dialog.get_by_role("button", name="Activate rule").click()
    await expect(dialog).to_be_hidden()
    await expect(page.locator(".page-head .chip").first).to_have_text("Active")


async def write(page: Page, name: str, shop: str) -> None:
    """A rule for all of a shop, with Adyen, that is tried before the others."""
    await page.get_by_role("link", name="Create rule").click()
    await page.wait_for_url(f"**{PATH}/new")
    await page.get_by_label("Name", exact=True).fill(name)
    await page.get_by_label("Priority").fill("89999")
    await page.get_by_role("button", name="Add a list for another key").click()
    other = page.locator(".editor-other")
    await other.get_by_label("Key", exact=True).fill("shop")
    await other.get_by_label("Values", exact=True).fill(shop)
    await add_pair(page, ADYEN)


async def simulate(page: Page) -> None:
    """What is typed, on yesterday's payments: all would go from Stripe to Adyen."""
    beside = page.locator("#simulation-beside")
    changed = beside.locator("dl > div", has_text="With other pairs").locator("dd strong")

    async def all_known() -> bool:
        """Payments are known here by events: whether all are by now."""
        await page.get_by_role("button", name="Simulate").click()
        await expect(beside).to_contain_text("With other pairs", timeout=SOME_SECONDS)
        await expect(changed).to_have_text(str(PAYMENTS), timeout=LOOK_MS)
        return True

    await eventually(all_known, KNOWN_LIMIT_S)
    async with page.context.expect_page() as opened:
        await beside.get_by_role("link", name="Flows, hits and payments").click()
    result = await opened.value
    flows = result.get_by_role("table", name=re.compile("^Flows in")).locator(".flow-changes")
    await expect(flows).to_contain_text("Stripe / Credit card")
    await expect(flows).to_contain_text("Adyen / Credit card")
    await result.close()


async def change_and_put_back(page: Page) -> None:
    """Another version answers, and then the one before again, as a version of its own."""
    await page.locator(".page-actions").get_by_role("link", name="Change").click()
    await page.wait_for_url("**/change")
    await add_pair(page, STRIPE)
    await page.get_by_role("button", name="Move Stripe / Credit card up").click()
    await expect(page.locator(".editor-pair").first).to_contain_text("Stripe / Credit card")
    await page.get_by_role("button", name="Save as draft").click()
    await activate(page)
    await expect(version(page, 2)).to_contain_text("Active")
    await version(page, 1).get_by_role("link", name="Restore version 1").click()
    await page.locator("#dialog").get_by_role("button", name="Restore as a draft").click()
    await expect(version(page, 3)).to_contain_text("restored from version 1")
    await expect(version(page, 2)).to_contain_text("Active")
    await activate(page)
    await expect(version(page, 3)).to_contain_text("Active")


async def test_a_rule_is_written_warned_of_simulated_activated_named_and_put_back(
    visit: Visit, platform: PagesPlatform
) -> None:
    shop = f"shop-{uuid4().hex[:8]}"
    narrow, wide, paid = f"Guests of {shop}", f"All of {shop}", f"{shop}-now"
    await an_active_rule(platform, narrow, shop)
    await yesterdays(platform, shop)
    page, _ = await visit(PATH, role=UserRole.APPROVER)
    await expect(page.get_by_role("link", name=narrow, exact=True)).to_be_visible()
    await write(page, wide, shop)
    # It is told while it is written that the other one would never answer any more.
    findings = page.locator("#findings")
    await expect(findings).to_contain_text("Shadowed by an earlier rule", timeout=SOME_SECONDS)
    await expect(findings.get_by_role("link", name=narrow, exact=True)).to_be_visible()
    await simulate(page)
    await page.get_by_role("button", name="Save as draft").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text(wide)
    await expect(page.locator(".page-head .chip").first).to_have_text("Draft")
    await activate(page)

    async def answered_by(number: int, provider: str, payment: str) -> bool:
        decision = await answers_at_a_checkout(platform, shop, payment)
        rule, first = decision["rule"], decision["pairs"][0]
        return (rule["name"], rule["version"], first["provider"]) == (wide, number, provider)

    # Whoever is at the checkout now is answered by it, and the payment says so.
    await eventually(lambda: answered_by(1, ADYEN[0], f"{shop}-{uuid4().hex}"))
    assert await answered_by(1, ADYEN[0], paid)
    await platform.pay([a_payment(paid, "paid")])
    await page.goto(f"/transactions/{paid}")
    await page.get_by_role("link", name=wide, exact=True).click()
    await change_and_put_back(page)
    await eventually(lambda: answered_by(3, ADYEN[0], f"{shop}-{uuid4().hex}"))
