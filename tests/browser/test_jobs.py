"""Jobs in the tray and on their pages, over a gateway that the test plays."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from payops_testing.backoffice.played_gateway import PlayedGateway
from payops_testing.backoffice.played_site import PlayedSite
from payops_testing.browser.visitors import Contexts, Visitors
from payops_testing.browser.watching import screenshot, violations

JOB_ID = "transactions-0198f2c4aaaaaaaaaaaaaaaaaaaaaaaa"
JOB = f"/v1/jobs/{JOB_ID}"
COUNTED = {"next": None, "previous": None, "from": 1, "to": 2, "total": 2, "total_is_capped": False}
AWAY = "PayOps does not answer."
Open = Callable[[str], Awaitable[Page]]


@pytest.fixture
def gateway(site: PlayedSite) -> PlayedGateway:
    """Where a job of two rows runs, and the first is done."""
    play(site.gateway, "RUNNING", "SUCCEEDED", "WAITING")
    site.gateway.asked.clear()
    return site.gateway


@pytest_asyncio.fixture(loop_scope="session")
async def opened(
    contexts: Contexts, site: PlayedSite, gateway: PlayedGateway
) -> AsyncIterator[Open]:
    """Open a page over the played gateway."""
    visitors = Visitors(contexts, site.address)

    async def open_page(path: str) -> Page:
        page, watch = await visitors.open(path, role="admin")
        watch.allow("status of 503")
        return page

    yield open_page
    assert await visitors.close() == []


def play(gateway: PlayedGateway, state: str, *rows: str) -> None:
    """From now on the job is in this state, and its rows in these."""
    done = [row for row in rows if row != "WAITING"]
    job = {
        "job_id": JOB_ID, "kind": "bulk-refund", "owner": "admin@payops.local", "state": state,
        "progress": {"done": len(done), "total": len(rows)},
        "counts": {row: done.count(row) for row in done}, "cancel_requested": False,
        "created_at": "2026-03-02T10:00:00Z", "started_at": None, "finished_at": None,
        "result": None, "error": None,
    }  # fmt: skip
    gateway.play("GET", JOB, job)
    gateway.play("GET", "/v1/jobs", {"items": [job], "missing": [], **COUNTED})
    items: list[dict[str, Any]] = [
        {
            "number": number, "key": f"ORD-{number}", "state": row, "code": None,
            "reason": None, "data": None, "done_at": None,
        }
        for number, row in enumerate(rows, 1)
    ]  # fmt: skip
    gateway.play("GET", f"{JOB}/rows", {"items": items, **COUNTED})


async def test_the_rows_of_a_job_follow_while_it_runs_and_focus_stays(
    opened: Open, gateway: PlayedGateway
) -> None:
    page = await opened(f"/jobs/{JOB_ID}")
    outcomes = page.locator(".job-rows tbody .cell-chip")
    await expect(outcomes).to_have_text(["Succeeded", "Waiting"])
    link = page.locator(".job-rows tbody a").last
    await link.focus()
    play(gateway, "DONE", "SUCCEEDED", "REFUSED")
    await expect(outcomes).to_have_text(["Succeeded", "Refused"])
    await expect(page.locator("#job-progress")).to_contain_text("1 refused")
    await expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    await expect(link).to_be_focused()


async def test_the_tray_goes_on_behind_an_answer_that_is_an_error_and_says_one_that_lasts(
    opened: Open, gateway: PlayedGateway
) -> None:
    page = await opened("/preferences")
    count = page.locator("#job-tray-count")
    await expect(count).to_have_text("1")
    gateway.fail("GET", "/v1/jobs")
    await page.locator("#job-tray-open").click()
    tray = page.locator("#job-tray")
    await expect(tray).to_contain_text(AWAY)
    await expect(tray).to_contain_text("1 of 2")
    await screenshot(page, "tray-away")
    assert await violations(page) == []
    play(gateway, "DONE", "SUCCEEDED", "SUCCEEDED")
    await expect(tray.locator(".chip")).to_have_text("Done")
    await expect(tray).not_to_contain_text(AWAY)
    await expect(count).to_be_hidden()


async def test_a_service_whose_jobs_are_missing_is_named_until_it_answers(
    opened: Open, gateway: PlayedGateway
) -> None:
    missing = [{"service": "transactions", "detail": "not in time"}]
    gateway.play("GET", "/v1/jobs", {"items": [], "missing": missing, **COUNTED})
    page = await opened("/preferences")
    await page.locator("#job-tray-open").click()
    tray = page.locator("#job-tray")
    await expect(tray).to_contain_text("Transactions does not answer.")
    await screenshot(page, "tray-missing")
    assert await violations(page) == []
    assert {dict(each.query).get("mine") for each in gateway.asked if each.path == "/v1/jobs"} == {
        "true"
    }
    play(gateway, "RUNNING", "SUCCEEDED", "WAITING")
    await expect(tray).to_contain_text("1 of 2")
    await expect(tray).not_to_contain_text("does not answer")
