"""Operations: dead letters, jobs and their rows, the audit log, a large file."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest
from playwright.async_api import Locator, Page, expect

from browser.conftest import Visit
from payops_kernel.auth.principals import UserRole
from payops_kernel.testing import eventually
from payops_testing.browser import hostile
from payops_testing.browser.listed import Listed
from payops_testing.browser.platform import SEEN_LIMIT_S, PagesPlatform, a_payment
from payops_testing.browser.visitors import NARROW, WIDE
from payops_testing.browser.watching import faults, too_wide
from payops_testing.transactions.builders import an_event
from payops_testing.transactions.skewed_rows import skewed_rows

LARGE = 50_100
LARGE_ADDRESS = "/transactions?created_from=2025-01-01&created_to=2025-12-31"
DONE_LIMIT_MS = 90_000
MAIL = "ada.rossi@example.com"
Letters = Callable[[int], Awaitable[str]]


@pytest.fixture
def letters(platform: PagesPlatform) -> Letters:
    """Brings so many payments that no service can take; gives how their keys begin."""

    async def bring(count: int) -> str:
        keys = f"dead-{uuid4().hex[:8]}"
        user = {"id": "u-1", "name": "Ada Rossi", "email": MAIL}
        await platform.publish(
            an_event("created", f"{keys}-{number}", amount_minor=-1, user=user)
            for number in range(count)
        )
        await lie_there(platform, keys, count)
        return keys

    return bring


async def lie_there(platform: PagesPlatform, keys: str, count: int) -> None:
    async with platform.api() as api:

        async def kept() -> int:
            answer = await api.get("/v1/dead-letters", params={"q": keys})
            assert answer.is_success, answer.text
            return int(answer.json()["total"])

        await eventually(kept, SEEN_LIMIT_S, until=lambda number: number == count)


def rows(page: Page) -> Locator:
    return page.locator("#list-table tbody tr")


async def test_a_dead_letter_is_found_read_whole_and_sent_to_its_topic_again(
    visit: Visit, platform: PagesPlatform, letters: Letters
) -> None:
    keys = await letters(2)
    page, watch = await visit("/dead-letters", role="admin")
    watch.allow("status of 422")
    await page.locator("#list-q").fill(keys)
    # At once, before the search was answered: what was typed stays.
    await page.locator("#tab-open").click()
    await expect(page.locator("#tab-open")).to_have_attribute("aria-current", "true")
    await expect(page.locator("#list-q")).to_have_value(keys)
    await expect(rows(page)).to_have_count(2)
    assert "state=OPEN" in page.url
    assert f"q={keys}" in page.url
    await rows(page).first.locator(".row-link").click()
    detail = page.locator("#detail")
    await expect(detail).to_contain_text(MAIL)
    await page.wait_for_load_state()
    await page.get_by_role("link", name="Replay").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Replay").click()
    await expect(dialog).to_contain_text("Say why")
    await dialog.get_by_label("Reason").fill("The hub is mended")
    await dialog.get_by_role("button", name="Replay").click()
    await expect(dialog).to_be_hidden()
    await expect(page.get_by_role("status")).to_contain_text("sent to its topic again")
    await expect(page.locator("h1 .chip")).to_have_text("Replayed")
    await expect(detail).to_contain_text("The hub is mended")
    await expect(page.get_by_role("button", name="Replay")).to_have_attribute(
        "title", "It was decided about before."
    )
    # It is as wrong as it was: what came again from its topic is a dead letter of its own.
    await lie_there(platform, keys, 3)


async def test_without_script_one_is_discarded_and_leaves_the_open_ones(
    visit: Visit, letters: Letters
) -> None:
    keys = await letters(2)
    page, _ = await visit(f"/dead-letters?state=OPEN&q={keys}", role="admin", script=False)
    await rows(page).first.locator(".row-link").click()
    await page.get_by_role("link", name="Discard").click()
    await page.get_by_label("Reason").fill("A test of the hub")
    await page.get_by_role("button", name="Discard").click()
    await expect(page.locator("h1 .chip")).to_have_text("Discarded")
    await expect(page.get_by_text("A test of the hub")).to_be_visible()
    await page.goto(f"/dead-letters?state=OPEN&q={keys}")
    await expect(rows(page)).to_have_count(1)


@pytest.mark.parametrize("role", ["viewer", "operator"])
async def test_who_is_no_admin_reads_it_without_personal_data_and_decides_nothing(
    visit: Visit, letters: Letters, role: str
) -> None:
    keys = await letters(1)
    page, _ = await visit(f"/dead-letters?q={keys}", role=role)
    await rows(page).first.locator(".row-link").click()
    await expect(page.get_by_text("Personal data is left out")).to_be_visible()
    await expect(page.locator("#detail")).to_contain_text("amount_minor")
    html = await page.content()
    assert MAIL not in html
    assert "Ada Rossi" not in html
    for action in ("Replay", "Discard"):
        await expect(page.get_by_role("button", name=action)).to_have_attribute(
            "title", re.compile("Admin")
        )


async def test_a_job_says_what_became_of_each_row(visit: Visit, platform: PagesPlatform) -> None:
    listed = Listed(3)
    await listed.bring(platform)
    async with platform.api(UserRole.OPERATOR) as api:
        chosen = {"ids": [listed.id(number) for number in (1, 2, 3)]}
        preview = await api.post("/v1/transactions/bulk-refunds/previews", json=chosen)
        answer = await api.post(
            "/v1/transactions/bulk-refunds",
            json={"preview_id": preview.json()["preview_id"], "reason": "Recall"},
            headers={"idempotency-key": uuid4().hex},
        )
        assert answer.status_code == 202, answer.text
        job = answer.json()["job_id"]
    page, _ = await visit("/jobs?kind=bulk-refund")
    await page.locator(f"tr[data-id='{job}'] .row-link").click()
    await expect(page.locator("#job-progress")).to_contain_text("3 of 3", timeout=DONE_LIMIT_MS)
    await page.get_by_role("link", name="Succeeded").click()
    found = page.locator(".job-rows tbody tr")
    await expect(found).to_have_count(3)
    await page.get_by_role("link", name="Refused").click()
    await expect(page.get_by_text("No row has this outcome.")).to_be_visible()
    await page.go_back()
    await found.first.get_by_role("link").click()
    await expect(page.locator("#detail")).to_contain_text("Recall")


async def test_the_audit_log_is_searched_by_actor_action_and_target(
    visit: Visit, platform: PagesPlatform
) -> None:
    target = f"ORD-{uuid4().hex[:8]}"
    await platform.pay([a_payment(target, "paid")])
    reasons = {UserRole.OPERATOR: hostile.REASON, UserRole.ADMIN: "The rest"}
    for role, reason in reasons.items():
        async with platform.api(role) as api:
            answer = await api.post(
                f"/v1/transactions/{target}/refunds",
                json={"amount_minor": 100, "currency": "USD", "reason": reason},
                headers={"idempotency-key": uuid4().hex},
            )
            assert answer.status_code < 300, answer.text
    async with platform.api() as api:

        async def recorded() -> int:
            answer = await api.get("/v1/audit-log", params={"target": target})
            assert answer.is_success, answer.text
            return int(answer.json()["total"])

        await eventually(recorded, SEEN_LIMIT_S, until=lambda number: number == 2)
    page, _ = await visit("/audit-log")
    search = page.locator("#list-q")
    await search.fill(target)
    await expect(rows(page)).to_have_count(2)
    await expect(rows(page).last).to_contain_text(hostile.MARKUP)
    await expect(page.locator("img[src=x]")).to_have_count(0)
    assert await faults(page, "audit-log") == []
    await page.goto(f"/audit-log?target={target}")
    for text, count in (("operator@", 1), ("refund.request", 2), ("export.", 0)):
        await search.fill(text)
        await expect(page).to_have_url(re.compile("q="))
        await expect(rows(page)).to_have_count(count)
    await search.fill("")
    await expect(rows(page)).to_have_count(2)
    who = "admin@payops.local"
    for name, said in (("actor", who), ("action", "Refund requested")):
        await page.keyboard.press("Escape")
        await page.locator("#list-add-filter").click()
        await page.locator(f"#head-of-{name}").click()
        if name == "actor":
            await page.locator("#filter-actor").fill(who)
        else:
            await page.get_by_label(said, exact=True).check()
        await expect(page.locator(f"#chip-{name}")).to_contain_text(said)
        await expect(rows(page)).to_have_count(1)
    await expect(rows(page)).to_contain_text("The rest")


async def test_a_large_file_is_a_job_that_can_be_cancelled(
    visit: Visit, platform: PagesPlatform
) -> None:
    await platform.store(skewed_rows(LARGE, prefix=f"BIG-{uuid4().hex[:6]}"))
    page, _ = await visit(LARGE_ADDRESS)
    await page.get_by_role("link", name="Export").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Excel").check()
    work = page.locator("#job-progress")
    async with platform.no_file_whole():
        await dialog.get_by_role("button", name="Export").click()
        await expect(page).to_have_url(re.compile("/jobs/"))
        await expect(work.locator(".chip")).to_have_text("Running", timeout=DONE_LIMIT_MS)
        await work.get_by_role("button", name="Cancel").click()
        await expect(work.locator(".chip")).to_have_text("Cancelled", timeout=DONE_LIMIT_MS)
    await expect(work.get_by_role("button", name="Cancel")).to_have_count(0)
    await expect(work.get_by_role("link", name="Download")).to_have_count(0)


TITLES = {
    "en": ["Dead letters", "Jobs", "Audit log", "Search"],
    "it": ["Messaggi scartati", "Lavori", "Registro attività", "Cerca"],
}


@pytest.mark.parametrize("language", ["it", "en"])
async def test_every_page_of_operations_is_whole_at_each_width_in_each_theme(
    visit: Visit, letters: Letters, language: str
) -> None:
    keys = await letters(1)
    addresses = (f"/dead-letters?q={keys}", "/jobs", "/audit-log", f"/search?q={keys}")
    page, _ = await visit("/preferences", role="admin", language=language)
    # What another browser of this person chose would be shown in this one, too.
    await page.locator("#language").select_option(language)
    async with page.expect_navigation():
        await page.locator(".form-actions button").click()
    await expect(page.locator(f"html[lang={language}]")).to_have_count(1)

    async def is_whole(name: str) -> None:
        if language == "en":
            assert await faults(page, name) == [], name
        assert await too_wide(page, NARROW, WIDE) == [], name

    for path, title in zip(addresses, TITLES[language], strict=True):
        await page.goto(path)
        await expect(page.get_by_role("heading", level=1)).to_have_text(title)
        await is_whole(f"operations{path.partition('?')[0].replace('/', '-')}")
    await page.goto(addresses[0])
    await rows(page).first.locator(".row-link").click()
    await expect(page.locator("#detail")).to_contain_text(MAIL)
    await page.wait_for_load_state()
    await is_whole("dead-letter")
    await page.locator("a[href$='/discard']").click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    await is_whole("decision")
