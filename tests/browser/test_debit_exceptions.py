"""Debit exceptions in a browser: listed, taken, settled by hand, and by a late answer."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from browser.conftest import Visit
from browser.test_debits import AMOUNT, Json, cells, event, raised, row, rows, there
from payops_contracts.topics import UPSTREAM_CHARGES, UPSTREAM_DEBIT_RESULTS
from payops_kernel.testing import eventually
from payops_testing.browser.platform import SEEN_LIMIT_S, PagesPlatform
from payops_testing.browser.visitors import NARROW, WIDE
from payops_testing.browser.watching import faults, too_wide

AT_ONCE = {
    "PAYOPS_COLLECTION_MODE": "immediate",
    "PAYOPS_ANSWERED_WITHIN_HOURS": "0.0001",
}
"""Charges are debited by themselves, and no answer is waited for."""
UNANSWERED = ("hand", "late", "second", "still")


def succeeded(charge_id: str, debit_id: str) -> Json:
    """The processor's word, now."""
    said = {"amount_minor": AMOUNT, "currency": "USD"}
    told = event("debit.succeeded", charge_id, debit_id=debit_id, **said)
    return told | {"time": datetime.now(UTC).isoformat()}


async def charge_of(platform: PagesPlatform, charge_id: str) -> Any:
    async with platform.api() as api:
        return (await api.get(f"/v1/charges/{charge_id}")).json()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def begins(platform: PagesPlatform) -> str:
    """How the ids of some charges begin: debits that nobody answered, and ``-paid``, of which a
    success was told that nobody asked for."""
    begins = f"EX{uuid4().hex[:6]}"
    told = [raised(f"{begins}-{name}") for name in UNANSWERED]
    told.append(raised(f"{begins}-paid", "SUCCEEDED"))
    stranger = succeeded(f"{begins}-paid", f"TX-{begins}-stranger")
    with platform.running_with("billing-debits", **AT_ONCE):
        await platform.tell(UPSTREAM_CHARGES.name, told)
        await platform.tell(UPSTREAM_DEBIT_RESULTS.name, [stranger])
        asked = {"q": f"MP-{begins}"}
        await there(platform, "debit-exceptions", begins, asked, len(UNANSWERED) + 1)
    return begins


async def exception_of(platform: PagesPlatform, charge_id: str) -> str:
    """The id of the one that a charge has."""
    (exception,) = (await charge_of(platform, charge_id))["exceptions"]
    return str(exception["exception_id"])


async def pressed(page: Page, name: str) -> None:
    """A button of the dialog that is open; it closes."""
    await page.locator("#dialog").get_by_role("button", name=name, exact=True).click()
    await expect(page.locator("#dialog .dialog-form")).to_have_count(0)


async def test_an_exception_is_taken_settled_by_hand_and_gone_from_the_open_ones(
    visit: Visit, platform: PagesPlatform, begins: str
) -> None:
    mine = await exception_of(platform, f"{begins}-hand")
    page, watch = await visit("/", role="operator")
    watch.allow("status of 422")
    await page.get_by_role("link", name="Debit exceptions").click()
    await page.locator("#list-q").fill(f"MP-{begins}")
    await expect(rows(page)).to_have_count(5)
    found = row(page, mine)
    assert await cells(
        found, "state", "kind", "charge_id", "mpass_number", "amount_minor", "owner"
    ) == ["Open", "Result missing", f"{begins}-hand", f"MP-{begins}-hand", "US$32.30", "-"]
    await expect(found.locator(".of-waiting_since time")).to_have_text(re.compile(r"\d+ \w+"))
    await page.goto(f"/debit-exceptions?q=MP-{begins}&kind=RESULT_MISSING&state=OPEN")
    await expect(found).to_have_count(1)

    await found.locator(".row-link").click()
    await expect(page.locator("h1 .chip")).to_have_text("Open")
    await page.wait_for_load_state()
    await page.get_by_role("link", name="Take it").click()
    await pressed(page, "Take it")
    await expect(page.locator("#detail")).to_contain_text("operator@payops.local")
    await page.get_by_role("link", name="Give it back").click()
    await pressed(page, "Give it back")
    await expect(page.get_by_role("link", name="Take it")).to_be_visible()

    await page.get_by_role("link", name="Resolve", exact=True).click()
    dialog = page.locator("#dialog")
    await expect(dialog).to_contain_text("No result has arrived of a debit of US$32.30.")
    await dialog.get_by_role("button", name="Resolve").click()
    await expect(dialog).to_contain_text("Say whether the debit succeeded.")
    await expect(dialog).to_contain_text("Say why")
    await dialog.get_by_label("Yes, it was collected").check()
    await dialog.get_by_label("Reason (required)").fill("The bank's statement has it")
    await pressed(page, "Resolve")
    await expect(page.locator("h1 .chip")).to_have_text("Resolved")
    detail = page.locator("#detail")
    await expect(detail).to_contain_text("The bank's statement has it")
    await expect(detail).to_contain_text("Finalized")
    await expect(page.get_by_role("link", name="Resolve", exact=True)).to_have_count(0)
    await page.goto(f"/debit-exceptions?q=MP-{begins}&state=OPEN")
    await expect(rows(page).first).to_be_visible()
    await expect(found).to_have_count(0)
    assert (await charge_of(platform, f"{begins}-hand"))["overview"]["status"] == "FINALIZED"


async def test_a_late_answer_resolves_one_while_somebody_looks(
    visit: Visit, platform: PagesPlatform, begins: str
) -> None:
    charge_id = f"{begins}-late"
    late = await exception_of(platform, charge_id)
    listed, _ = await visit(f"/debit-exceptions?q=MP-{begins}&kind=RESULT_MISSING")
    alone, _ = await visit(f"/debit-exceptions/{late}")
    for page in (listed, alone):
        await expect(page.locator("live-mark")).to_have_attribute("data-state", "live")
    await expect(row(listed, late).locator(".of-state .chip")).to_have_text("Open")
    (attempt,) = (await charge_of(platform, charge_id))["attempts"]
    answer = succeeded(charge_id, attempt["debit_id"])
    await platform.tell(UPSTREAM_DEBIT_RESULTS.name, [answer])
    await expect(row(listed, late).locator(".of-state .chip")).to_have_text("Resolved")
    await expect(row(listed, late).locator(".of-waiting_since")).to_have_text("-")
    await expect(alone.locator("h1 .chip")).to_have_text("Resolved")
    await expect(alone.locator("#detail")).to_contain_text("Debit succeeded")


async def test_one_is_resolved_from_the_page_of_its_charge_with_a_reason_alone(
    visit: Visit, platform: PagesPlatform, begins: str
) -> None:
    page, _ = await visit(f"/charges/{begins}-paid", role="operator")
    told = page.locator(".exceptions")
    await expect(told).to_contain_text("succeeded that nobody asked for")
    await told.get_by_role("link", name="Resolve").click()
    dialog = page.locator("#dialog")
    await expect(dialog.get_by_label("Yes, it was collected")).to_have_count(0)
    await dialog.get_by_label("Reason (required)").fill("Given back on the same day")
    await pressed(page, "Resolve")
    await expect(told).to_have_count(0)
    await expect(page.locator("#detail")).to_contain_text("Given back on the same day")
    viewer, _ = await visit(f"/charges/{begins}-still", role="viewer")
    await expect(viewer.locator(".exceptions")).to_contain_text("No result has arrived")
    await expect(viewer.locator(".exceptions a")).to_have_count(0)


async def test_who_comes_second_is_told_who_was_first(
    visit: Visit, platform: PagesPlatform, begins: str
) -> None:
    late = await exception_of(platform, f"{begins}-second")
    page, watch = await visit(f"/debit-exceptions/{late}", role="operator")
    watch.allow("status of 409")
    await page.get_by_role("link", name="Take it").click()
    await expect(page.locator("#dialog .dialog-form")).to_be_visible()
    async with platform.api() as api:
        owned = await api.put(f"/v1/debit-exceptions/{late}/owner", json={"owner": "local:ada"})
        assert owned.status_code == 200
    await page.locator("#dialog").get_by_role("button", name="Take it").click()
    await expect(page.locator("#dialog")).to_contain_text("local:ada")
    assert await owner_of(platform, late) == "local:ada"


async def owner_of(platform: PagesPlatform, exception_id: str) -> Any:
    async with platform.api() as api:

        async def owner() -> Any:
            return (await api.get(f"/v1/debit-exceptions/{exception_id}")).json()["owner"]

        return await eventually(owner, SEEN_LIMIT_S)


async def test_the_search_over_everything_finds_exceptions(
    visit: Visit, platform: PagesPlatform, begins: str
) -> None:
    late = await exception_of(platform, f"{begins}-still")
    page, _ = await visit(f"/search?q={late}")
    await page.get_by_role("link", name=re.compile(late[:8])).first.click()
    await expect(page.locator("h1 .chip")).to_have_text("Open")


@pytest.mark.parametrize("language", ["en", "it"])
async def test_its_pages_are_whole_at_each_width_in_each_theme(
    visit: Visit, platform: PagesPlatform, begins: str, language: str
) -> None:
    late = await exception_of(platform, f"{begins}-still")
    page, _ = await visit("/preferences", language=language, role="operator")
    await page.locator("#language").select_option(language)
    async with page.expect_navigation():
        await page.locator(".form-actions button").click()
    for path, name in (
        (f"/debit-exceptions?q=MP-{begins}", "list"),
        (f"/debit-exceptions/{late}", "page"),
        (f"/debit-exceptions/{late}/resolution", "resolution"),
        (f"/debit-exceptions/{late}/take", "take"),
        ("/debit-exceptions?q=nothing-has-this", "nothing"),
    ):
        await page.goto(path)
        await expect(page.locator("h1")).to_be_visible()
        if language == "en":
            assert await faults(page, f"exceptions-{name}") == [], name
        assert await too_wide(page, NARROW, WIDE) == [], name
    if language == "it":
        await page.goto(f"/debit-exceptions/{late}/resolution")
        await expect(page.locator("main")).to_contain_text("Il prelievo è riuscito?")
