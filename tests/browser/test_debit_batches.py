"""Debit batches in a browser: previewed, created, submitted, followed, cancelled."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Locator, Page, expect

from browser.conftest import Visit
from browser.test_debits import event, raised
from payops_contracts.charges import ChargeHistoryEvent
from payops_contracts.topics import UPSTREAM_CHARGES, UPSTREAM_DEBIT_RESULTS
from payops_kernel.testing import eventually
from payops_testing.browser.platform import SEEN_LIMIT_S, PagesPlatform
from payops_testing.browser.visitors import NARROW, WIDE
from payops_testing.browser.watching import faults, too_wide

CYCLES = count(2040)
CODE = re.compile(r"MB-\d{6}-\d{4}(-\d+)?")
Cycle = tuple[str, list[str]]
Charges = Callable[[int], Awaitable[Cycle]]


@pytest.fixture
def charges(platform: PagesPlatform) -> Charges:
    """Brings so many pending charges in a billing cycle of their own; gives both."""

    async def bring(number: int) -> Cycle:
        cycle, begins = f"{next(CYCLES)}0101", f"BA{uuid4().hex[:6]}"
        ids = [f"{begins}-{each}" for each in range(number)]
        told = [raised(each, billing_cycle_code=cycle) for each in ids]
        await platform.tell(UPSTREAM_CHARGES.name, told)
        await until(platform, "/v1/charges", {"q": begins}, lambda found: found["total"] == number)
        return cycle, ids

    return bring


async def until(
    platform: PagesPlatform, path: str, query: dict[str, Any], there: Callable[[Any], bool]
) -> Any:
    """What the gateway answers, as soon as it is so."""
    async with platform.api() as api:

        async def read() -> Any:
            answer = await api.get(path, params=query)
            assert answer.is_success, answer.text
            return answer.json()

        return await eventually(read, SEEN_LIMIT_S, until=there)


async def previewed(page: Page, cycle: str) -> Locator:
    """The dialog with what would be built of a cycle."""
    await page.goto("/debit-batches")
    await page.get_by_role("link", name="Create Batch").click()
    dialog = page.locator("#dialog")
    await dialog.locator("#cycles").fill(cycle)
    await dialog.get_by_role("button", name="Preview").click()
    await expect(dialog.locator("#dialog-title")).to_contain_text("charge")
    return dialog


async def created(page: Page, cycle: str) -> str:
    """The code of a batch of all that is due in a cycle; its page is shown, sealed."""
    dialog = await previewed(page, cycle)
    await dialog.get_by_role("button", name="Create Batch").click()
    await page.wait_for_url(re.compile(r"/debit-batches/MB-"))
    await expect(page.locator("h1 .chip")).to_have_text("Sealed")
    return page.url.rpartition("/")[2]


async def answered(platform: PagesPlatform, code: str, charge_id: str, kind: str) -> None:
    """The processor's word on one debit of a batch."""
    path = f"/v1/debit-batches/{code}/charges"
    found = await until(
        platform, path, {}, lambda said: all(row["debit_id"] for row in said["items"])
    )
    (row,) = (each for each in found["items"] if each["charge_id"] == charge_id)
    more = {} if kind == "succeeded" else {"failure": {"code": "insufficient_funds"}}
    said = event(
        f"debit.{kind}", charge_id, debit_id=row["debit_id"], amount_minor=row["amount_minor"],
        currency="USD", **more,
    )  # fmt: skip
    said["time"] = datetime.now(UTC).isoformat()
    await platform.tell(UPSTREAM_DEBIT_RESULTS.name, [said])


def fact(page: Page, label: str) -> Locator:
    """The value beside a label."""
    return page.locator("dl.facts > div", has=page.locator("dt", has_text=label)).locator("dd")


async def test_a_batch_is_previewed_created_and_submitted_and_its_rate_grows_by_itself(
    visit: Visit, platform: PagesPlatform, charges: Charges
) -> None:
    cycle, ids = await charges(3)
    page, _ = await visit("/debit-batches")
    await expect(page.locator(".subtitle")).to_have_text("Manage and monitor user charge batches")
    dialog = await previewed(page, cycle)
    for said in ("A batch of 3 charges", "USD, ACH", "US$96.90", "The 3 charges"):
        await expect(dialog).to_contain_text(said)
    code = await created(page, cycle)
    assert CODE.fullmatch(code)
    await expect(page.locator("#section-next + *")).to_contain_text("3 charges wait")
    await expect(fact(page, "Digest")).to_have_text(re.compile(r"[0-9a-f]{64}"))
    listed, _ = await visit("/debit-batches")
    row = listed.locator(f"tr[data-id='{code}']")
    await expect(row.locator(".of-success_rate")).to_have_text("-")
    await expect(listed.locator("live-mark")).to_have_attribute("data-state", "live")
    await page.get_by_role("link", name="Submit batch").click()
    await expect(page.locator("#dialog")).to_contain_text("asked to debit US$96.90 from 3 charges")
    await page.locator("#dialog").get_by_role("button", name="Submit batch").click()
    await expect(page.locator("h1 .chip")).to_have_text("Submitted")
    await expect(fact(page, "By count")).to_have_text("0.00%")
    await answered(platform, code, ids[0], "succeeded")
    await expect(fact(page, "By count")).to_have_text("33.33%")
    await expect(fact(page, "Results")).to_have_text("1 of 3")
    await expect(row.locator(".of-success_rate")).to_have_text("33.33%")
    await answered(platform, code, ids[1], "succeeded")
    await answered(platform, code, ids[2], "failed")
    await expect(fact(page, "By count")).to_have_text("66.67%")
    await expect(row.locator(".of-resolved")).to_have_text("3 of 3")
    await expect(listed.locator("#chart-success")).to_contain_text("66.67%")
    here = page.locator("section", has=page.locator("#section-charges"))
    await expect(here.locator(".chip-good")).to_have_count(4)
    await expect(page.get_by_role("button", name="Cancel batch")).to_be_disabled()
    await here.get_by_role("link", name=ids[0]).click()
    await page.get_by_role("link", name=code).first.click()
    await expect(page.locator("#section-stages")).to_be_visible()


async def test_a_set_that_changed_since_its_preview_says_what_fell_away_and_goes_on(
    visit: Visit, platform: PagesPlatform, charges: Charges
) -> None:
    cycle, ids = await charges(3)
    page, watch = await visit("/debit-batches")
    watch.allow("409")
    dialog = await previewed(page, cycle)
    withdrawn = event("charge.withdrawn", ids[1], reason="The cycle was corrected")
    await platform.tell(UPSTREAM_CHARGES.name, [withdrawn])
    await until(
        platform, f"/v1/charges/{ids[1]}", {},
        lambda found: found["overview"]["status"] == "WITHDRAWN",
    )  # fmt: skip
    await dialog.get_by_role("button", name="Create Batch").click()
    await expect(dialog).to_contain_text("Meanwhile the charges have changed. Nothing was built.")
    await expect(dialog).to_contain_text(ids[1])
    await dialog.get_by_role("button", name="Go on without them").click()
    await page.wait_for_url(re.compile(r"/debit-batches/MB-"))
    await expect(page.locator("h1")).to_contain_text("US$64.60")
    await expect(page.locator("h1 .chip")).to_have_text("Sealed")


async def test_a_cancelled_batch_says_why_and_frees_its_charges_for_a_selection_of_them(
    visit: Visit, platform: PagesPlatform, charges: Charges
) -> None:
    cycle, ids = await charges(2)
    page, watch = await visit("/debit-batches")
    watch.allow("422")
    code = await created(page, cycle)
    await page.get_by_role("link", name="Cancel batch").click()
    dialog = page.locator("#dialog")
    await expect(dialog).to_contain_text("2 charges of US$64.60 are free for another batch")
    await dialog.get_by_role("button", name="Cancel batch").click()
    await expect(dialog.locator(".field-error")).to_contain_text("Say why")
    await dialog.locator("#reason").fill("Wrong cycle")
    await dialog.get_by_role("button", name="Cancel batch").click()
    await expect(page.locator("h1 .chip")).to_have_text("Cancelled")
    await expect(page.locator("#section-history + *")).to_contain_text("Wrong cycle")
    await until(
        platform, f"/v1/charges/{ids[1]}", {},
        lambda found: ChargeHistoryEvent.UNBATCHED in {row["event"] for row in found["history"]},
    )  # fmt: skip
    await page.goto(f"/charges?q={ids[0][:8]}")
    await page.locator(f"#select-{ids[1]}").check()
    await page.get_by_role("button", name="Create batch").click()
    await expect(dialog).to_contain_text("A batch of 1 charge")
    await dialog.get_by_role("button", name="Create Batch").click()
    await page.wait_for_url(re.compile(r"/debit-batches/MB-"))
    assert code not in page.url.rpartition("/")[2].split("?")
    await expect(page.locator("h1 .chip")).to_have_text("Sealed")


async def test_batches_are_found_by_code_and_by_number(
    visit: Visit, platform: PagesPlatform, charges: Charges
) -> None:
    cycle, _ = await charges(1)
    page, _ = await visit("/debit-batches")
    code = await created(page, cycle)
    found = await until(platform, f"/v1/debit-batches/{code}", {}, lambda said: "batch_id" in said)
    for text in (code, str(found["batch_id"])):
        await page.goto(f"/search?q={text}")
        await page.get_by_role("link", name=re.compile(code)).first.click()
        await expect(page.locator("#section-stages")).to_be_visible()
        await page.goto(f"/debit-batches?q={text}")
        await expect(page.locator(f"tr[data-id='{code}']")).to_have_count(1)


@pytest.mark.parametrize("language", ["en", "it"])
async def test_every_page_of_batches_is_whole_at_each_width_in_each_theme(
    visit: Visit, charges: Charges, language: str
) -> None:
    cycle, _ = await charges(2)
    page, _ = await visit("/debit-batches")
    code = await created(page, cycle)
    await page.goto("/preferences")
    await page.locator("#language").select_option(language)
    async with page.expect_navigation():
        await page.locator(".form-actions button").click()
    names = {
        "list": "/debit-batches",
        "one": f"/debit-batches/{code}",
        "new": "/debit-batches/new",
        "submit": f"/debit-batches/{code}/submission",
        "cancel": f"/debit-batches/{code}/cancellation",
    }
    for name, path in names.items():
        await page.goto(path)
        await expect(page.locator("h1")).to_be_visible()
        if language == "en":
            assert await faults(page, f"batch-{name}") == [], name
        assert await too_wide(page, NARROW, WIDE) == [], name
    if language == "it":
        await page.goto(f"/debit-batches/{code}")
        await expect(page.locator("#detail")).to_contain_text("Totali di controllo")
