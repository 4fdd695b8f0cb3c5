"""The editor of a checkout rule in a browser: written, checked, simulated, changed by two."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from browser.conftest import Visit
from payops_kernel.auth.principals import UserRole
from payops_kernel.testing import eventually
from payops_testing.browser.checkout_rules import remove_rules
from payops_testing.browser.platform import PagesPlatform, a_payment
from payops_testing.browser.visitors import NARROW, WIDE
from payops_testing.browser.watching import faults, too_wide

RULES, NEW = "/v1/checkout-rules", "/checkout-rules/new"
DETAIL = re.compile(r"/checkout-rules/rule-[0-9a-f]+$")
ADYEN = {"provider": "adyen", "method": "credit-cards"}
NEXI = {"provider": "nexi", "method": "credit-cards"}
DONE_MS = 60_000
"""A simulation of some payments ends within it, on a machine that is busy."""
KNOWN_LIMIT_S = 60
PAID_ON = "2026-03-01"
"""The day of payments of tests."""
OWN = "NOK"
"""A currency in which no other test has payments: here alone something moves."""
NAMES = "Editor test"
"""How the names of the rules of these tests begin."""


async def made(platform: PagesPlatform, *, active: bool = False, **terms: Any) -> dict[str, Any]:
    """A rule, as a draft or active, made by the gateway."""
    async with platform.api(UserRole.APPROVER) as api:
        body = {"terms": {"pairs": [ADYEN], **terms}, "reason": "Of this test"}
        answer = await api.post(RULES, json=body, headers={"Idempotency-Key": uuid4().hex})
        assert answer.status_code == 201, answer.text
        rule: dict[str, Any] = answer.json()
        if active:
            path, etag = f"{RULES}/{rule['rule_id']}/activation", answer.headers["etag"]
            headers = {"If-Match": etag, "Idempotency-Key": uuid4().hex}
            activated = await api.post(path, json={"accept_warnings": True}, headers=headers)
            assert activated.status_code == 200, activated.text
        return rule


async def kept(platform: PagesPlatform, rule_id: str) -> dict[str, Any]:
    """A rule, as the gateway has it now."""
    async with platform.api() as api:
        found: dict[str, Any] = (await api.get(f"{RULES}/{rule_id}")).json()
        return found


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def _no_rule_stays(platform: PagesPlatform) -> AsyncIterator[None]:
    """Other tests count on the rules that there are at first."""
    yield
    await remove_rules(platform)


async def saved(page: Page, platform: PagesPlatform) -> dict[str, Any]:
    """The rule that the page has come to after it was saved."""
    await page.wait_for_url(DETAIL)
    return await kept(platform, page.url.rpartition("/")[2])


async def test_a_rule_is_written_with_the_keyboard_and_saved_as_a_draft(
    visit: Visit, platform: PagesPlatform
) -> None:
    page, watch = await visit(NEW)
    watch.allow("422")  # it is sent once before it has a pair
    findings = page.locator("#findings")
    await expect(page.get_by_label("Name")).to_be_focused()
    await page.keyboard.type(f"{NAMES}: high amounts")
    await page.get_by_label("Currency").select_option("EUR")
    await page.get_by_label("From, included").fill("50")
    await page.get_by_label("Channel").fill("web\nmobile")
    await expect(findings).to_contain_text("Choose at least one pair.")
    await page.get_by_role("button", name="Add a condition").press("Enter")
    await expect(page.locator("#custom-0-path")).to_be_focused()
    await page.keyboard.type("basket/quantity")
    await page.get_by_label("Operator").select_option("greater_or_equal_than")
    await expect(page.get_by_label("Kind of value")).to_have_value("number")
    await expect(page.get_by_label("Operator")).to_be_focused()
    await page.get_by_label("Value", exact=True).fill("9")
    await page.keyboard.press("Enter")
    await expect(page.locator("#pairs-says")).to_contain_text("Choose at least one pair.")
    await expect(page.get_by_label("Another pair")).to_be_focused()
    for pair in ("Adyen / Credit card", "Nexi / Credit card"):
        await page.get_by_label("Another pair").select_option(label=pair)
        await page.get_by_role("button", name="Add", exact=True).press("Enter")
        await expect(page.locator(".editor-pair", has_text=pair)).to_be_visible()
    await page.get_by_role("button", name="Move Nexi / Credit card up").press("Enter")
    await expect(page.locator(".editor-pair").first).to_contain_text("Nexi / Credit card")
    await expect(page.locator("#down-0")).to_be_focused()
    await expect(findings).to_contain_text("Nothing is in the way of this rule.")
    await page.get_by_role("button", name="Save as draft").click()
    rule = await saved(page, platform)
    await expect(page.locator(".toast")).to_contain_text("is saved as a draft: version 1.")
    assert (rule["status"], rule["version"]) == ("DRAFT", 1)
    assert rule["terms"] == {
        "name": f"{NAMES}: high amounts",
        "amount": {"currency": "EUR", "min_minor": 5000},
        "match_lists": [{"key": "channel", "values": ["web", "mobile"]}],
        "custom_conditions": [
            {"path": "basket/quantity", "operator": "greater_or_equal_than", "value": 9}
        ],
        "pairs": [NEXI, ADYEN],
    }


async def test_a_rule_that_never_answers_is_told_while_it_is_written(
    visit: Visit, platform: PagesPlatform
) -> None:
    wide = await made(platform, name=f"{NAMES}: all of web", active=True, match_lists=[
        {"key": "channel", "values": ["web"]},
    ])  # fmt: skip
    page, _ = await visit(NEW)
    findings = page.locator("#findings")
    await page.get_by_label("Another pair").select_option(label="Nexi / Credit card")
    await page.get_by_role("button", name="Add", exact=True).click()
    await page.get_by_label("Channel").fill("web")
    await page.get_by_label("Currency").select_option("EUR")
    await page.get_by_label("Up to, included").fill("10")
    await expect(findings).to_contain_text("Shadowed by an earlier rule")
    await expect(findings).to_contain_text("never answers")
    await expect(findings.locator(".finding-example")).to_contain_text("Channel Web")
    named = findings.get_by_role("link", name=f"{NAMES}: all of web")
    await expect(named).to_have_attribute("href", f"/checkout-rules/{wide['rule_id']}")
    await page.get_by_label("Channel").fill("mobile")
    await expect(findings).to_contain_text("Nothing is in the way of this rule.")


async def test_a_change_by_somebody_else_is_told_and_what_was_typed_is_saved_over_it(
    visit: Visit, platform: PagesPlatform
) -> None:
    rule = await made(platform, name=f"{NAMES}: of two")
    page, watch = await visit(f"/checkout-rules/{rule['rule_id']}/change")
    watch.allow("412")
    await page.get_by_label("Name").fill(f"{NAMES}: mine")
    async with platform.api(UserRole.OPERATOR) as api:
        terms = {"name": f"{NAMES}: theirs", "pairs": [NEXI]}
        headers = {"If-Match": f'"{rule["step"]}"'}
        answer = await api.put(f"{RULES}/{rule['rule_id']}", json={"terms": terms}, headers=headers)
        assert answer.status_code == 200, answer.text
    await page.get_by_role("button", name="Save as draft").click()
    notice = page.locator("#rule-editor .notice")
    await expect(notice).to_contain_text("Nothing was saved.")
    await expect(notice).to_contain_text(re.compile(r"\S*operator\S* changed it on .*Rule changed"))
    await expect(notice).to_contain_text("Nexi / Credit card")
    await expect(page.get_by_label("Name")).to_have_value(f"{NAMES}: mine")
    await page.get_by_role("button", name="Save as draft").click()
    now = await saved(page, platform)
    assert (now["terms"]["name"], now["version"]) == (f"{NAMES}: mine", 3)
    assert now["terms"]["pairs"] == [ADYEN]


async def test_a_rule_is_written_without_script(visit: Visit, platform: PagesPlatform) -> None:
    page, _ = await visit(NEW, script=False)
    await page.get_by_label("Name").fill(f"{NAMES}: plain")
    await page.get_by_role("button", name="Add a condition").click()
    await page.get_by_label("Path").fill("country")
    await page.get_by_label("Operator").select_option("in")
    await page.get_by_label("Value", exact=True).fill("IT")
    await page.get_by_role("button", name="Add", exact=True).click()
    await expect(page.get_by_label("Values, one a line")).to_have_value("IT")
    await page.get_by_label("Values, one a line").fill("IT\nFR")
    await page.get_by_role("button", name="Check").click()
    await expect(page.locator("#findings")).to_contain_text("Nothing is in the way")
    await page.get_by_label("Name").press("Enter")
    rule = await saved(page, platform)
    assert rule["terms"]["custom_conditions"] == [
        {"path": "country", "operator": "in", "value": ["IT", "FR"]}
    ]


async def test_what_is_typed_is_simulated_beside_the_editor_on_payments_of_a_day(
    visit: Visit, platform: PagesPlatform
) -> None:
    await platform.pay([a_payment(f"sim-{number}", "paid", currency=OWN) for number in range(3)])
    page, _ = await visit(NEW)
    await page.get_by_label("Name").fill(f"{NAMES}: other pair")
    await page.get_by_label("Currency").select_option(OWN)
    await page.get_by_label("From, included").fill("0")
    await page.get_by_label("Another pair").select_option(label="Nexi / Credit card")
    await page.get_by_role("button", name="Add", exact=True).click()
    await expect(page.locator(".editor-pair")).to_have_count(1)
    for day in ("First day", "Last day"):
        await page.get_by_label(day).fill(PAID_ON)
    beside, link = page.locator("#simulation-beside"), "Flows, hits and payments"

    async def are_known() -> bool:
        """Their contexts are kept by events: whether they are there by now."""
        await page.get_by_role("button", name="Simulate").click()
        await expect(beside.get_by_role("link", name=link)).to_be_visible(timeout=DONE_MS)
        return f"Other pairs in {OWN}" in await beside.inner_text()

    await eventually(are_known, deadline=KNOWN_LIMIT_S)
    path = await beside.get_by_role("link", name=link).get_attribute("href")
    assert path is not None
    await page.goto(path)
    await expect(page.get_by_role("table", name=f"Flows in {OWN}")).to_be_visible()
    await expect(page.locator(".flows-picture .flow:not(.flow-stays)").first).to_be_visible()
    await expect(page.locator(".flow-changes").first).to_contain_text("Nexi / Credit card")
    assert await faults(page, "checkout-simulation-result") == []
    async with platform.api() as api:
        names = [each["name"] for each in (await api.get(RULES)).json()["items"]]
    assert f"{NAMES}: other pair" not in names, "nothing is saved"


async def test_who_only_looks_gets_no_editor(visit: Visit) -> None:
    page, watch = await visit("/", role=UserRole.VIEWER)
    watch.allow("403")
    for path in (NEW, "/checkout-rules/default/change", "/checkout-rules/simulation"):
        answer = await page.goto(path)
        assert answer is not None
        assert answer.status == 403, path


@pytest.mark.parametrize("language", ["en", "it"])
async def test_the_editor_is_whole_at_each_width_in_each_theme(
    visit: Visit, platform: PagesPlatform, language: str
) -> None:
    rule = await made(
        platform,
        name=f"{NAMES} {language}: " + "a very long name " * 4,
        amount={"currency": "EUR", "min_minor": 5000},
        match_lists=[{"key": "channel", "values": ["web"]}, {"key": "shop/size", "values": [1]}],
        custom_conditions=[
            {"path": "basket/" + "quantity" * 8, "operator": "less_than", "value": 9},
            {"path": "is_new", "operator": "equals", "value": True},
            {"path": "country", "operator": "not_in", "value": ["IT", "FR"]},
        ],
        pairs=[ADYEN, NEXI, {"provider": "flowpay", "method": "wire-transfer"}],
    )
    page, _ = await visit("/preferences", language=language)
    await page.locator("#language").select_option(language)
    async with page.expect_navigation():
        await page.locator(".form-actions button").click()
    for path, name in (
        (NEW, "new"),
        (f"/checkout-rules/{rule['rule_id']}/change", "change"),
        ("/checkout-rules/default/change", "default"),
        ("/checkout-rules/simulation", "simulation"),
        ("/checkout-rules/evaluation?ask=1&channel=web", "evaluation"),
    ):
        await page.goto(path)
        await expect(page.locator("h1").first).to_be_visible()
        if language == "en":
            assert await faults(page, f"checkout-editor-{name}") == [], name
        assert await too_wide(page, NARROW, WIDE) == [], name
    if language == "it":
        await expect(page.locator("main")).to_contain_text("Decisa dalla regola")
