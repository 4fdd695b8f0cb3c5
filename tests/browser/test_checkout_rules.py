"""Adaptive Checkout in a browser: rules ordered, activated, removed, restored; the catalogue."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from browser.conftest import Visit
from payops_kernel.auth.principals import UserRole
from payops_testing.browser.checkout_rules import remove_rules
from payops_testing.browser.platform import PagesPlatform
from payops_testing.browser.visitors import NARROW, WIDE
from payops_testing.browser.watching import faults, too_wide, violations

PATH, RULES, CATALOGUE = "/checkout-rules", "/v1/checkout-rules", "/v1/provider-catalogue"
CARDS = {"provider": "adyen", "method": "credit-cards"}
WIRE = {"provider": "flowpay", "method": "wire-transfer"}
NAMES = ("Over fifty", "On the web", "Everybody else, whoever they are and wherever they come from")


def terms(name: str, *, least: int = 5000, **other: Any) -> dict[str, Any]:
    """Of a rule for an amount of at least so much."""
    amount = {"currency": "EUR", "min_minor": least}
    return {"name": name, "amount": amount, "pairs": [CARDS], **other}


def keyed(**headers: str) -> dict[str, str]:
    """A request of its own."""
    return {"Idempotency-Key": uuid4().hex, **headers}


async def written(api: httpx.AsyncClient, said: dict[str, Any], rule_id: str = "") -> str:
    """The id of a rule with a draft that says so: a new one, or a version more of one."""
    if rule_id:
        etag = (await api.get(f"{RULES}/{rule_id}")).headers["etag"]
        body, headers = {"terms": said}, {"If-Match": etag}
        answer = await api.put(f"{RULES}/{rule_id}", json=body, headers=headers)
    else:
        answer = await api.post(RULES, json={"terms": said}, headers=keyed())
    assert answer.status_code in (200, 201), answer.text
    return str(answer.json()["rule_id"])


async def activated(api: httpx.AsyncClient, rule_id: str) -> None:
    """Have its draft answer, whatever the checks warn of."""
    etag = (await api.get(f"{RULES}/{rule_id}")).headers["etag"]
    path, body = f"{RULES}/{rule_id}/activation", {"accept_warnings": True}
    answer = await api.post(path, json=body, headers=keyed(**{"If-Match": etag}))
    assert answer.status_code == 200, answer.text


async def order(api: httpx.AsyncClient) -> list[str]:
    """The names of the active rules as they are tried."""
    return [each["name"] for each in (await api.get(f"{RULES}/rule-set")).json()["rules"]]


@pytest_asyncio.fixture(loop_scope="session")
async def rules(platform: PagesPlatform) -> AsyncIterator[list[str]]:
    """Three active rules, alone beside the default; the catalogue is put back as it was."""
    async with platform.api() as api:
        catalogue = (await api.get(CATALOGUE)).json()
        ids = [await written(api, terms(name)) for name in NAMES]
        for each in ids:
            await activated(api, each)
        yield ids
        await remove_rules(platform)
        pairs = [
            {key: value for key, value in each.items() if key != "label"}
            for each in catalogue["pairs"]
        ]
        now = (await api.get(CATALOGUE)).headers["etag"]
        put = await api.put(CATALOGUE, json={"pairs": pairs}, headers=keyed(**{"If-Match": now}))
        assert put.status_code == 200, put.text


def row(page: Page, rule_id: str) -> Locator:
    """One rule in the list."""
    return page.locator(f"#rule-{rule_id}")


async def toast(page: Page, said: str) -> None:
    """What is said after a success."""
    await expect(page.locator(".toast", has_text=said)).to_be_visible()


async def listed(page: Page, ids: Sequence[str]) -> None:
    """The rules stand in this order, the default behind them."""
    rows = page.locator(".rules tbody tr")
    for place, each in enumerate((*ids, "default")):
        await expect(rows.nth(place)).to_have_id(f"rule-{each}")


async def test_rules_are_tried_in_another_order_by_the_keyboard_alone(
    visit: Visit, platform: PagesPlatform, rules: list[str]
) -> None:
    page, watch = await visit("/", role=UserRole.APPROVER)
    watch.allow("409")
    await page.keyboard.type("gr")
    await listed(page, rules)
    await page.wait_for_load_state()
    first, second, third = rules
    up = page.get_by_role("button", name=f"Move {NAMES[2]} up")
    await up.focus()
    await page.keyboard.press("Enter")
    await expect(up).to_be_focused()
    said = page.locator("#rules-announced")
    await expect(said).to_have_text(f"{NAMES[2]} is now 2 of 3.")
    for _ in range(2):
        await page.keyboard.press("Enter")
    await expect(said).to_have_text(f"{NAMES[2]} is now 1 of 3.")
    await listed(page, [third, first, second])
    async with platform.api() as api:
        assert await order(api) == [*NAMES, "Default"]
        await page.get_by_label("Reason").fill("The widest first")
        await page.keyboard.press("Enter")
        await expect(page.locator("#rules-said")).to_contain_text(f'"{NAMES[0]}" never answers.')
        assert await order(api) == [*NAMES, "Default"]
        await page.get_by_role("button", name="Move anyway").press("Enter")
        await toast(page, "The order of the rules is saved.")
        await expect(page.locator(".order-bar")).to_be_hidden()
        assert await order(api) == [NAMES[2], *NAMES[:2], "Default"]
        history = (await api.get(f"{RULES}/{third}")).json()["history"]
    assert (history[0]["event"], history[0]["reason"]) == ("rule_moved", "The widest first")
    await listed(page, [third, first, second])


async def test_a_rule_is_dragged_to_its_place_and_the_order_can_be_discarded(
    visit: Visit, platform: PagesPlatform, rules: list[str]
) -> None:
    page, _ = await visit(PATH, role=UserRole.APPROVER)
    first, second, third = rules
    handle = row(page, first).locator(".rule-handle")
    await handle.hover()
    await page.mouse.down()
    below = await row(page, third).bounding_box()
    assert below is not None
    await page.mouse.move(below["x"] + 60, below["y"] + below["height"] - 4, steps=12)
    await page.mouse.up()
    await listed(page, [second, third, first])
    await expect(page.locator("#rules-announced")).to_have_text(f"{NAMES[0]} is now 3 of 3.")
    await page.get_by_role("link", name="Discard").click()
    await expect(page.locator(".order-bar")).to_be_hidden()
    await listed(page, rules)
    async with platform.api() as api:
        assert await order(api) == [*NAMES, "Default"]


async def test_an_order_that_somebody_overtakes_is_told_and_saved_the_second_time(
    visit: Visit, platform: PagesPlatform, rules: list[str]
) -> None:
    page, watch = await visit(PATH, role=UserRole.APPROVER)
    watch.allow("412")
    watch.allow("409")
    first, second, third = rules
    await page.get_by_role("button", name=f"Move {NAMES[0]} down").click()
    async with platform.api() as api:
        newest = await written(api, terms("Theirs", least=9000))
        await activated(api, newest)
        await page.get_by_role("button", name="Save order").click()
        notice = page.locator("#rules-said")
        await expect(notice).to_contain_text("Nothing was saved.")
        await expect(notice).to_contain_text(re.compile(r"admin\S* changed it on .*activated"))
        await listed(page, [second, first, third, newest])
        await page.get_by_role("button", name="Save order").click()
        await page.get_by_role("button", name="Move anyway").click()
        await toast(page, "The order of the rules is saved.")
        assert await order(api) == [NAMES[1], NAMES[0], NAMES[2], "Theirs", "Default"]


async def test_a_change_by_somebody_else_is_shown_while_one_looks(
    visit: Visit, platform: PagesPlatform, rules: list[str]
) -> None:
    page, _ = await visit(PATH, role=UserRole.VIEWER)
    await expect(page.locator("live-mark")).to_have_attribute("data-state", "live")
    async with platform.api() as api:
        await written(api, terms("Over sixty", least=6000), rules[0])
        await expect(row(page, rules[0])).to_contain_text("Draft waits")
        await activated(api, rules[0])
    await expect(row(page, rules[0])).to_contain_text("Amount from €60.00")
    await expect(row(page, rules[0])).to_contain_text("Over sixty")


async def test_a_shadowed_draft_is_activated_once_its_warning_is_accepted_and_taken_back(
    visit: Visit, platform: PagesPlatform, rules: list[str]
) -> None:
    page, watch = await visit(PATH, role=UserRole.APPROVER)
    watch.allow("409")
    async with platform.api() as api:
        custom = {"path": "basket/quantity", "operator": "greater_than", "value": 3}
        draft = terms(NAMES[1], least=7000, custom_conditions=[custom], pairs=[WIRE])
        await written(api, draft, rules[1])
    await row(page, rules[1]).locator(".rule-name a").click()
    pairs = page.get_by_role("region", name="Enabled provider-payment method pairs")
    await expect(pairs).to_contain_text("Active, version 1")
    await expect(pairs).to_contain_text("Flowpay / Wire transfer new in the draft")
    customs = page.get_by_role("region", name="Custom rules")
    await expect(customs.locator("tbody tr")).to_contain_text(["basket/quantitygreater than3"])
    await page.wait_for_load_state()
    dialog = page.locator("#dialog")
    await page.get_by_role("link", name="Activate").click()
    await expect(dialog).to_contain_text("Shadowed by an earlier rule")
    await expect(dialog.get_by_role("link", name=NAMES[0])).to_be_visible()
    await dialog.get_by_role("button", name="Activate rule").click()
    await expect(dialog).to_contain_text("Say that you accept the warnings")
    await dialog.get_by_label("I accept the warnings").check()
    await dialog.get_by_role("button", name="Activate rule").click()
    await toast(page, "The rule is active")
    await expect(page.locator("h1")).not_to_contain_text("Draft waits")
    await page.get_by_role("link", name="View version 1").click()
    await expect(dialog).to_contain_text("No custom rules.")
    await dialog.get_by_role("link", name="Restore as a draft").click()
    await dialog.get_by_role("button", name="Restore as a draft").click()
    await toast(page, "Version 1 is saved as a draft.")
    await expect(page.locator("h1")).to_contain_text("Draft waits")
    await expect(page.get_by_role("region", name="Versions")).to_contain_text(
        "restored from version 1"
    )
    await expect(page.locator(".timeline").last).to_contain_text("Version restored")


async def test_several_rules_are_removed_and_stay_to_be_restored(
    visit: Visit, platform: PagesPlatform, rules: list[str]
) -> None:
    page, _ = await visit(PATH, role=UserRole.APPROVER)
    for each in rules[:2]:
        await page.locator(f"#select-{each}").check()
    bar, dialog = page.locator("#list-selection"), page.locator("#dialog")
    await expect(bar).to_contain_text("2 selected")
    await bar.get_by_role("button", name="Remove").click()
    await expect(dialog.locator("h2")).to_have_text("Remove 2 rules")
    await dialog.get_by_label("Reason").fill("Nobody pays so")
    await dialog.get_by_role("button", name="Remove 2 rules").click()
    await toast(page, "2 rules are removed.")
    await listed(page, rules[2:])
    await expect(bar).to_be_hidden()
    async with platform.api() as api:
        assert await order(api) == [NAMES[2], "Default"]
    await page.get_by_role("link", name="Archived").click()
    await row(page, rules[0]).locator(".rule-name a").click()
    await expect(page.locator(".timeline").last).to_contain_text("Nobody pays so")
    await page.wait_for_load_state()
    await page.get_by_role("link", name="View version 1").click()
    await expect(dialog).to_contain_text("Amount from €50.00")


async def test_an_admin_changes_the_catalogue_and_the_rules_show_it(
    visit: Visit, platform: PagesPlatform, rules: list[str]
) -> None:
    page, watch = await visit("/provider-catalogue", role=UserRole.ADMIN)
    watch.allow("422")
    dialog, adyen = page.locator("#dialog"), page.locator("#pair-adyen-credit-cards")
    await adyen.get_by_role("link", name="Disable Adyen / Credit card").click()
    await expect(dialog).to_contain_text("4 active rules offer it")
    await dialog.get_by_role("button", name="Disable pair").click()
    await toast(page, "Adyen / Credit card is disabled.")
    await expect(adyen).to_contain_text("Disabled")
    await page.get_by_role("link", name="Add a pair").click()
    await dialog.get_by_label("Provider").fill("worldpay")
    await dialog.get_by_label("Method").fill("Gold")
    await dialog.get_by_role("button", name="Add pair").click()
    await expect(dialog.locator("#method")).to_be_focused()
    await page.keyboard.type("gold")
    await dialog.get_by_role("button", name="Add pair").click()
    await toast(page, "worldpay / gold is added.")
    await expect(page.locator("#pair-worldpay-gold")).to_contain_text("Enabled")
    await page.goto(PATH)
    await expect(row(page, rules[0])).to_contain_text("Adyen / Credit card disabled")


async def test_rules_are_ordered_without_script(
    visit: Visit, platform: PagesPlatform, rules: list[str]
) -> None:
    page, watch = await visit(PATH, role=UserRole.APPROVER, script=False)
    watch.allow("409")
    await page.get_by_role("button", name=f"Move {NAMES[1]} up").click()
    await expect(page.locator(".order-bar")).to_be_visible()
    await page.get_by_role("button", name="Save order").click()
    await page.get_by_role("button", name="Move anyway").click()
    await listed(page, [rules[1], rules[0], rules[2]])
    async with platform.api() as api:
        assert await order(api) == [NAMES[1], NAMES[0], NAMES[2], "Default"]


@pytest.mark.parametrize("language", ["en", "it"])
async def test_every_page_of_rules_is_whole_at_each_width_in_each_theme(
    visit: Visit, platform: PagesPlatform, rules: list[str], language: str
) -> None:
    page, _ = await visit("/preferences", language=language, role=UserRole.ADMIN)
    await page.locator("#language").select_option(language)
    async with page.expect_navigation():
        await page.locator(".form-actions button").click()
    async with platform.api() as api:
        await written(api, terms("n" * 100, least=1, pairs=[WIRE, CARDS]), rules[2])
    for path, name in (
        (PATH, "list"),
        (f"{PATH}?status=DRAFT", "drafts"),
        (f"{PATH}/{rules[2]}", "rule"),
        (f"{PATH}/{rules[2]}/activation", "activation"),
        (f"{PATH}/{rules[2]}/removal", "removal"),
        (f"{PATH}/{rules[2]}/versions/1", "version"),
        (f"{PATH}/{rules[2]}/versions/1/restoration", "restoration"),
        ("/provider-catalogue", "catalogue"),
        ("/provider-catalogue/new", "pair"),
        ("/provider-catalogue/adyen/credit-cards/removal", "pair-removal"),
    ):
        await page.goto(path)
        await expect(page.locator("h1").first).to_be_visible()
        if language == "en":
            assert await faults(page, f"checkout-{name}") == [], name
        assert await too_wide(page, NARROW, WIDE) == [], name
    await page.goto(PATH)
    await page.locator("[name=do]").first.click()
    await page.locator(f"#select-{rules[0]}").check()
    if language == "en":
        assert await violations(page) == []
    else:
        await expect(page.locator(".rules")).to_contain_text("Importo da 50,00\xa0€")
