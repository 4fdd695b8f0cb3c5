"""Billing cycles in a browser: what bars a closing, the closing, and totals to the cent."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Page, expect

from browser.conftest import Visit
from payops_contracts.topics import UPSTREAM_BILLING_CYCLES, UPSTREAM_CHARGES
from payops_kernel.auth.principals import UserRole
from payops_kernel.testing import eventually
from payops_testing.billing_debits.cycles import cycle_event
from payops_testing.browser.platform import SEEN_LIMIT_S, PagesPlatform
from payops_testing.browser.visitors import NARROW, WIDE
from payops_testing.browser.watching import faults, too_wide

Json = dict[str, Any]
NOW = datetime.now(UTC).replace(microsecond=0)
FIRST = (NOW - timedelta(hours=1)).isoformat()
YEARS = count(2101)
FOLLOWED_MS = 60_000
"""Figures follow the charges, but not one by one."""
AMOUNTS = {"paid": 3230, "hard": 1999, "open": 501}


def event(kind: str, charge_id: str, **data: Any) -> Json:
    return {
        "specversion": "1.0",
        "id": f"evt-{uuid4().hex}",
        "source": "https://settlement.example",
        "type": f"upstream.{kind}.v1",
        "subject": charge_id,
        "time": FIRST,
        "data": {"charge_id": charge_id, **data},
    }


def raised(charge_id: str, code: str, amount: int, attempt: Json | None) -> Json:
    """A charge with a tenth of tax whose consumption explains it; ``attempt`` is settlement's."""
    net = amount - (2 * amount * 100_000 + 1_100_000) // 2_200_000
    said: Json = {
        "created_at": FIRST,
        "mpass_number": f"MP-{charge_id}",
        "user": {"id": f"u-{charge_id}", "name": "Duong Le"},
        "billing_code": f"BL-{charge_id}",
        "billing_cycle_code": code,
        "type": "END_OF_BILLING_CYCLE",
        "amount_minor": amount,
        "currency": "USD",
        "rail": "ACH",
        "tax_rate_ppm": 100_000,
        "consumption": [
            {"transaction_id": f"CT-{charge_id}", "amount_minor": net, "occurred_at": FIRST}
        ],
    }
    tried = {} if attempt is None else {"initial_attempt": {"at": FIRST, **attempt}}
    return event("charge.raised", charge_id, **said, **tried)


class Cycle:
    """A cycle of a year of its own, with its charges."""

    def __init__(self, platform: PagesPlatform) -> None:
        self.platform = platform
        self.code = f"{next(YEARS)}0301"
        self.begins = f"CY{uuid4().hex[:6]}"

    async def cycles_say(self, *events: Json) -> None:
        await self.platform.tell(UPSTREAM_BILLING_CYCLES.name, events)

    async def charges_say(self, *events: Json) -> None:
        await self.platform.tell(UPSTREAM_CHARGES.name, events)

    async def shows(self, until: Callable[[Json], bool]) -> None:
        """Wait until the gateway's answer of the cycle is as wanted."""
        async with self.platform.api() as api:

            async def there() -> bool:
                answer = await api.get(f"/v1/billing-cycles/{self.code}")
                return answer.status_code == 200 and until(answer.json())

            await eventually(there, SEEN_LIMIT_S)

    async def charges(self) -> Sequence[Json]:
        async with self.platform.api() as api:
            query = {"billing_cycle_code": self.code}
            rows: Sequence[Json] = (await api.get("/v1/charges", params=query)).json()["items"]
            return rows


Bring = Callable[[], Awaitable[Cycle]]


@pytest.fixture
def cycle(platform: PagesPlatform) -> Bring:
    """Brings a cycle that has ended, with a charge collected, one rejected and one open."""

    async def bring() -> Cycle:
        made = Cycle(platform)
        done = {"debit_id": f"TX-{made.begins}-paid", "outcome": "SUCCEEDED"}
        closed = {"code": "account_closed", "message": "Account closed"}
        hard = {"debit_id": f"TX-{made.begins}-hard", "outcome": "FAILED", "failure": closed}
        total = {"currency": "USD", "charges": 3, "charged_minor": sum(AMOUNTS.values())}
        await made.cycles_say(
            cycle_event("opened", made.code, FIRST),
            cycle_event("totals", made.code, FIRST, totals=[total]),
            cycle_event("ended", made.code, FIRST),
        )
        await made.charges_say(
            *(
                raised(f"{made.begins}-{name}", made.code, AMOUNTS[name], attempt)
                for name, attempt in (("paid", done), ("hard", hard), ("open", None))
            )
        )
        await made.shows(lambda said: [each["charges"] for each in said["totals"]] == [3])
        return made

    return bring


async def totals(page: Page) -> dict[str, str]:
    """The first row of the page's totals, by the head of its column."""
    table = page.locator("section", has=page.locator("#section-totals")).locator("table")
    heads = await table.locator("thead th").all_inner_texts()
    cells = await table.locator("tbody tr").first.locator("td").all_inner_texts()
    return dict(zip(heads, [" ".join(cell.split()) for cell in cells], strict=True))


async def test_a_cycle_is_closed_once_no_debit_is_open_and_its_totals_are_those_of_its_charges(
    visit: Visit, cycle: Bring
) -> None:
    made = await cycle()
    page, _ = await visit("/billing-cycles", role=UserRole.APPROVER)
    await page.locator("#list-q").fill(made.code)
    row = page.locator(f"tr[data-id='{made.code}-USD']")
    await expect(row.locator(".of-charged_minor")).to_contain_text("US$57.30")
    await row.locator(".row-link").click()
    await expect(page.locator("h1 .chip")).to_have_text("Ended")
    await expect(page.locator("#detail")).to_contain_text("A debit of 1 charge is open")
    await expect(page.get_by_role("button", name="Close cycle")).to_have_attribute(
        "aria-disabled", "true"
    )
    await page.get_by_role("link", name="Show these charges").click()
    await expect(page.locator("#list-table tbody tr")).to_have_count(1)
    await page.go_back()
    ended = event("charge.settled", f"{made.begins}-open", reason="Paid by wire transfer")
    await made.charges_say(ended)
    await made.shows(lambda said: said["open_debits"]["count"] == 0)
    after = page.locator("#section-next + *")
    await expect(after).to_contain_text("No debit of it is open", timeout=FOLLOWED_MS)
    await page.get_by_role("link", name="Close cycle").click()
    dialog = page.locator("#dialog")
    await expect(dialog).to_contain_text("US$57.30")
    await dialog.get_by_role("button", name="Close cycle").click()
    await expect(page.locator("h1 .chip")).to_have_text("Closed")
    charges = await made.charges()

    async def shown() -> bool:
        said = await totals(page)
        for column, field in (("Charged", "amount_minor"), ("Collected", "collected_minor")):
            assert said[column] == f"US${sum(each[field] for each in charges) / 100:.2f}"
        assert said["Settled otherwise"] == "US$5.01"
        return True

    await eventually(shown, SEEN_LIMIT_S)
    await page.get_by_role("link", name="Reopen cycle").click()
    await dialog.get_by_label(re.compile("Reason")).fill("A charge was forgotten")
    await dialog.get_by_role("button", name="Reopen cycle").click()
    await expect(page.locator("h1 .chip")).to_have_text("Ended")
    await expect(page.locator("#detail")).to_contain_text("A charge was forgotten")


async def test_the_search_finds_a_cycle_and_a_viewer_is_told_who_closes_it(
    visit: Visit, cycle: Bring
) -> None:
    made = await cycle()
    await made.charges_say(event("charge.withdrawn", f"{made.begins}-open", reason="Twice"))
    await made.shows(lambda said: said["open_debits"]["count"] == 0)
    page, _ = await visit(f"/search?q={made.code}", role=UserRole.VIEWER)
    await page.get_by_role("link", name=re.compile(made.code)).first.click()
    await expect(page.locator("h1")).to_contain_text(made.code)
    button = page.get_by_role("button", name="Close cycle")
    await expect(button).to_have_attribute("aria-disabled", "true")
    await expect(page.locator("#why-close-cycle")).to_contain_text("Approvers can do this.")


@pytest.mark.parametrize("language", ["en", "it"])
async def test_every_page_of_cycles_is_whole_at_each_width_in_each_theme(
    visit: Visit, cycle: Bring, language: str
) -> None:
    made = await cycle()
    page, _ = await visit("/preferences", language=language, role=UserRole.APPROVER)
    await page.locator("#language").select_option(language)
    async with page.expect_navigation():
        await page.locator(".form-actions button").click()
    for path, name in (
        (f"/billing-cycles?q={made.code}", "cycles"),
        (f"/billing-cycles/{made.code}", "cycle"),
        (f"/billing-cycles/{made.code}/closure", "closing"),
        ("/billing-cycles?billing_cycle_code=19700101", "no-cycle"),
    ):
        await page.goto(path)
        await expect(page.locator("h1").first).to_be_visible()
        if language == "en":
            assert await faults(page, f"cycles-{name}") == [], name
        assert await too_wide(page, NARROW, WIDE) == [], name
    if language == "it":
        await page.goto(f"/billing-cycles/{made.code}")
        await expect(page.locator("#detail")).to_contain_text("Il regolamento non vi emette altro")
