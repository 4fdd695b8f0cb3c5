"""Charges and their debits in a browser: found, filtered, followed, and told why."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Locator, Page, expect

from browser.conftest import Visit
from payops_contracts.topics import UPSTREAM_CHARGES, UPSTREAM_DEBIT_RESULTS
from payops_kernel.testing import eventually
from payops_testing.browser.platform import SEEN_LIMIT_S, PagesPlatform
from payops_testing.browser.visitors import NARROW, WIDE
from payops_testing.browser.watching import faults, too_wide

Json = dict[str, Any]
AMOUNT = 3230
NOW = datetime.now(UTC).replace(microsecond=0)
FIRST = (NOW - timedelta(hours=1)).isoformat()


def event(kind: str, charge_id: str, **data: Any) -> Json:
    """What settlement or the processor says of a charge."""
    return {
        "specversion": "1.0",
        "id": f"evt-{uuid4().hex}",
        "source": "https://settlement.example",
        "type": f"upstream.{kind}.v1",
        "subject": charge_id,
        "time": FIRST,
        "data": {"charge_id": charge_id, **data},
    }


def raised(charge_id: str, outcome: str | None = None, code: str = "", **data: Any) -> Json:
    """A charge of US$32.30 with a tenth of tax; ``outcome`` is of settlement's own attempt."""
    said: Json = {
        "created_at": FIRST,
        "mpass_number": f"MP-{charge_id}",
        "user": {"id": f"u-{charge_id}", "name": "Duong Le", "email": "duong.le@example.com"},
        "billing_code": f"BL-{charge_id}",
        "billing_cycle_code": "20260301",
        "type": "END_OF_BILLING_CYCLE",
        "amount_minor": AMOUNT,
        "currency": "USD",
        "rail": "ACH",
        "tax_rate_ppm": 100_000,
        "consumption": [
            {"transaction_id": f"CT-{charge_id}", "amount_minor": 2936, "occurred_at": FIRST}
        ],
    }
    if outcome:
        failure = {"code": code, "message": f"Said by the bank: {code}"} if code else None
        attempt = {"debit_id": f"TX-{charge_id}", "at": FIRST, "outcome": outcome}
        said["initial_attempt"] = attempt | ({"failure": failure} if failure else {})
    return event("charge.raised", charge_id, **said | data)


def reversed_(charge_id: str) -> Json:
    """The debit that had succeeded went back."""
    failure = {"code": "R10", "message": "Customer says it was not authorised"}
    said = {"amount_minor": AMOUNT, "currency": "USD", "failure": failure}
    told = event("debit.reversed", charge_id, debit_id=f"TX-{charge_id}", **said)
    return told | {"time": NOW.isoformat()}


Charges = Callable[[], Awaitable[str]]


@pytest.fixture
def charges(platform: PagesPlatform) -> Charges:
    """Brings a charge in each of some states; gives how their ids begin."""

    async def bring() -> str:
        begins = f"CH{uuid4().hex[:6]}"
        await platform.tell(
            UPSTREAM_CHARGES.name,
            [
                raised(f"{begins}-new", billing_cycle_code=None, type="LIMIT_EXCEED"),
                raised(f"{begins}-soft", "FAILED", "insufficient_funds"),
                raised(f"{begins}-hard", "FAILED", "account_closed"),
                raised(f"{begins}-paid", "SUCCEEDED"),
                raised(f"{begins}-gone"),
                event("charge.withdrawn", f"{begins}-gone", reason="The cycle was corrected"),
            ],
        )
        await there(platform, "charges", begins, {"q": begins}, 5)
        return begins

    return bring


async def there(platform: PagesPlatform, kind: str, begins: str, asked: Json, number: int) -> None:
    """Wait until a list has as many rows."""
    async with platform.api() as api:

        async def total() -> int:
            answer = await api.get(f"/v1/{kind}", params=asked)
            assert answer.is_success, answer.text
            return int(answer.json()["total"])

        await eventually(total, SEEN_LIMIT_S, until=lambda found: found == number)


def rows(page: Page) -> Locator:
    return page.locator("#list-table tbody tr")


def row(page: Page, row_id: str) -> Locator:
    return page.locator(f"tr[data-id='{row_id}']")


async def cells(found: Locator, *columns: str) -> list[str]:
    """The words of cells of one row."""
    return [" ".join((await found.locator(f".of-{c}").inner_text()).split()) for c in columns]


async def test_a_charge_is_found_filtered_and_told_by_colour_shape_and_text(
    visit: Visit, charges: Charges
) -> None:
    begins = await charges()
    page, _ = await visit("/")
    group = page.locator(".sidebar").get_by_role("link")
    await expect(group.filter(has_text=re.compile("User Charges|Debit History"))).to_have_text(
        [re.compile("User Charges"), re.compile("Debit History")]
    )
    await page.get_by_role("link", name="User Charges").click()
    await page.locator("#list-q").fill(f"MP-{begins}")
    await expect(rows(page)).to_have_count(5)
    await expect(page.locator("#list-showing")).to_contain_text("Showing 1-5 of 5")
    soft = row(page, f"{begins}-soft")
    assert await cells(
        soft, "charge_id", "batch_code", "billing_cycle_code", "type", "amount_minor",
        "failed_reason", "retry_count", "status",
    ) == [
        f"{begins}-soft", "-", "20260301", "End of Billing Cycle", "US$32.30",
        "Said by the bank: insufficient_funds", "1 of 2", "Temp rejected",
    ]  # fmt: skip
    assert await cells(
        row(page, f"{begins}-new"), "billing_cycle_code", "type", "failed_reason", "retry_count"
    ) == ["-", "Limit Exceed", "-", "0 of 2"]
    for column in ("charge_id", "mpass_number", "billing_code", "billing_cycle_code"):
        await expect(soft.locator(f".of-{column} .copy")).to_have_count(1)
    looks = {"new": "moving", "soft": "care", "hard": "bad", "paid": "good", "gone": "off"}
    for name, family in looks.items():
        chip = row(page, f"{begins}-{name}").locator(".of-status .chip")
        await expect(chip).to_contain_class(f"chip-{family}")
        await expect(chip.locator("svg")).to_have_count(1)
    await page.locator("#tab-temp-rejected").click()
    await expect(rows(page)).to_have_count(1)
    assert "status=TEMP_REJECTED" in page.url
    await page.goto(f"/charges?q=BL-{begins}&type=LIMIT_EXCEED")
    await expect(rows(page)).to_have_count(1)
    await page.goto(f"/charges?q=BL-{begins}&billing_cycle_code=20260301")
    await expect(rows(page)).to_have_count(4)
    await page.goto(f"/charges?consumption_transaction_id=CT-{begins}-hard")
    await expect(rows(page)).to_have_count(1)


async def test_the_page_of_a_charge_says_what_happens_next_and_why(
    visit: Visit, charges: Charges
) -> None:
    begins = await charges()
    page, _ = await visit(f"/charges?q={begins}")
    await row(page, f"{begins}-soft").locator(".row-link").click()
    await expect(page.locator("h1")).to_contain_text("US$32.30")
    await expect(page.locator("h1 .chip")).to_have_text("Temp rejected")
    after = page.locator("section", has=page.locator("#section-next"))
    for said in (
        "Retry 1 of 2",
        "Debit 1 failed: Said by the bank: insufficient_funds",
        "by the policy standard (version",
        "The code insufficient_funds is one that another day may mend.",
        "Nacha Operating Rules",
    ):
        await expect(after).to_contain_text(said)
    detail = page.locator("#detail")
    for said in ("10.00%", "US$2.94", f"CT-{begins}-soft", "Charge raised"):
        await expect(detail).to_contain_text(said)
    await page.get_by_role("link", name=f"TX-{begins}-soft").first.click()
    await expect(page.locator("h1 .chip")).to_have_text("Temp rejected")
    await page.get_by_role("link", name=f"{begins}-soft", exact=True).click()
    await expect(page.locator("#section-next")).to_be_visible()
    await page.goto(f"/charges/{begins}-hard")
    await expect(after).to_contain_text("the code account_closed is final")
    await expect(after).to_contain_text("US$32.30 is still owed.")
    await page.goto(f"/charges/{begins}-gone")
    await expect(after).to_contain_text("The cycle was corrected")


async def test_rows_and_pages_change_while_somebody_looks(
    visit: Visit, platform: PagesPlatform, charges: Charges
) -> None:
    begins = await charges()
    await there(platform, "debit-attempts", begins, {"q": f"TX-{begins}"}, 3)
    listed, _ = await visit(f"/charges?q={begins}")
    alone, _ = await visit(f"/charges/{begins}-paid")
    debits, _ = await visit(f"/debit-attempts?q=TX-{begins}")
    for page in (listed, alone, debits):
        await expect(page.locator("live-mark")).to_have_attribute("data-state", "live")
    await expect(alone.locator("h1 .chip")).to_have_text("Finalized")
    await platform.tell(UPSTREAM_DEBIT_RESULTS.name, [reversed_(f"{begins}-paid")])
    await expect(alone.locator("h1 .chip")).to_have_text("Permanent rejected")
    chip = row(listed, f"{begins}-paid").locator(".of-status .chip")
    await expect(chip).to_have_text("Permanent rejected")
    await expect(row(debits, f"TX-{begins}-paid").locator(".of-status")).to_have_text("Reversed")
    await expect(alone.locator("#section-next + *")).to_contain_text("Debit 1 went back")


async def test_debit_history_is_searched_and_sorted_by_the_next_retry(
    visit: Visit, platform: PagesPlatform, charges: Charges
) -> None:
    begins = await charges()
    await there(platform, "debit-attempts", begins, {"q": f"TX-{begins}"}, 3)
    page, _ = await visit("/debit-attempts")
    for text in (f"u-{begins}-soft", f"MP-{begins}-soft", f"BL-{begins}-soft"):
        await page.locator("#list-q").fill(text)
        await expect(rows(page)).to_have_count(1)
    await page.locator("#list-q").fill(f"TX-{begins}")
    await expect(rows(page)).to_have_count(3)
    soft = row(page, f"TX-{begins}-soft")
    assert await cells(soft, "user_name", "amount_minor", "status", "retry_count") == [
        "Duong Le", "US$32.30", "Temp rejected", "1 of 2",
    ]  # fmt: skip
    await expect(soft.locator(".of-next_retry_at time")).to_have_count(1)
    await expect(row(page, f"TX-{begins}-paid").locator(".of-failure_reason")).to_have_text("-")
    for column in ("debit_id", "user_id"):
        await expect(soft.locator(f".of-{column} .copy")).to_have_count(1)
    await page.locator("#sort-next_retry_at").click()
    await expect(rows(page).first).to_have_attribute("data-id", f"TX-{begins}-soft")
    await page.goto(f"/debit-attempts?q=TX-{begins}&next_retry_from=2026-01-01")
    await expect(rows(page)).to_have_count(1)
    await page.goto(f"/debit-attempts?q=TX-{begins}&status=PERMANENT_REJECTED")
    await expect(rows(page)).to_have_count(1)


async def test_the_search_over_everything_finds_charges_and_debits(
    visit: Visit, platform: PagesPlatform, charges: Charges
) -> None:
    begins = await charges()
    await there(platform, "members", begins, {"q": f"MP-{begins}-soft"}, 1)
    page, _ = await visit(f"/search?q=MP-{begins}-soft")
    await expect(page.locator("main section.card h2")).to_have_text(
        [re.compile("User Charges"), re.compile("Debit History"), re.compile("Members")]
    )
    await page.get_by_role("link", name=re.compile(f"{begins}-soft")).first.click()
    await expect(page.locator("#section-next")).to_be_visible()


ADDRESSES: Iterable[tuple[str, str]] = (
    ("/charges?q={0}", "charges"),
    ("/debit-attempts?q=TX-{0}", "debit-attempts"),
    ("/charges/{0}-soft", "charge"),
    ("/debit-attempts/TX-{0}-soft", "debit-attempt"),
)


@pytest.mark.parametrize("language", ["en", "it"])
async def test_every_page_of_debits_is_whole_at_each_width_in_each_theme(
    visit: Visit, platform: PagesPlatform, charges: Charges, language: str
) -> None:
    begins = await charges()
    await there(platform, "debit-attempts", begins, {"q": f"TX-{begins}"}, 3)
    page, _ = await visit("/preferences", language=language)
    await page.locator("#language").select_option(language)
    async with page.expect_navigation():
        await page.locator(".form-actions button").click()
    for path, name in ADDRESSES:
        await page.goto(path.format(begins))
        await expect(page.locator("h1")).to_be_visible()
        if language == "en":
            assert await faults(page, f"debits-{name}") == [], name
        assert await too_wide(page, NARROW, WIDE) == [], name
    if language == "it":
        await page.goto(f"/charges/{begins}-soft")
        await expect(page.locator("#detail")).to_contain_text("Si riprova")
        await expect(page.locator("#detail")).to_contain_text("1 di 2")
