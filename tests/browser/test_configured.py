"""The two examples of docs/pages.md on a running gateway: an action, and a page of charts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.async_api import expect

from browser.conftest import Visit
from payops_kernel.testing import eventually
from payops_testing.browser.platform import SEEN_LIMIT_S, PagesPlatform, a_payment
from payops_testing.browser.visitors import NARROW, WIDE
from payops_testing.browser.watching import faults, too_wide
from payops_testing.gateway.small_server import SmallServer, small_server

DOCUMENT = Path(__file__).parents[2] / "docs" / "pages.md"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
DAYS, STATUSES = "#chart-days", "#chart-statuses"


def example(name: str) -> str:
    text = DOCUMENT.read_text(encoding="utf-8")
    (found,) = re.findall(rf"<!-- example: {name} -->\n```toml\n(.*?)```", text, re.DOTALL)
    return str(found)


@pytest.fixture(scope="module")
def erp() -> Iterator[SmallServer]:
    """The user's system."""
    with small_server() as server:
        yield server


@pytest.fixture(scope="module")
def configured(
    platform: PagesPlatform, erp: SmallServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Where pages are with both examples as the user's file."""
    file = tmp_path_factory.mktemp("configured") / "pages.toml"
    text = example("action") + "\n" + example("charts")
    file.write_text(text.replace("https://erp.example", erp.url), encoding="utf-8")
    with platform.beside(PAYOPS_PAGES=str(file), PAYOPS_ACTION_SECRET=SECRET) as pages:
        yield pages


async def test_an_action_hands_the_payment_to_the_users_endpoint_and_says_its_answer(
    visit: Visit, platform: PagesPlatform, configured: str, erp: SmallServer
) -> None:
    payment = f"ORD-{uuid4().hex[:8]}"
    await platform.pay([a_payment(payment, "paid", amount_minor=3230)])
    page, watch = await visit(f"{configured}/transactions?q={payment}")
    watch.allow("status of 409")
    await page.locator(f"tr[data-id='{payment}'] .row-menu").click()
    await page.get_by_role("menuitem", name="Hand to the ERP").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("The ERP books this payment.")
    assert await faults(page, "action-dialog") == []
    await dialog.get_by_label("Reason").fill("Agreed with Ada")
    erp.status, erp.body = 409, b'{"detail": "The month is <b>closed</b>"}'
    await dialog.get_by_role("button", name="Hand to the ERP").click()
    await expect(dialog).to_contain_text("The month is <b>closed</b>")
    await expect(dialog.get_by_label("Reason")).to_have_value("Agreed with Ada")
    erp.status, erp.body = 200, b'{"message": "Booked as 4711"}'
    await dialog.get_by_role("button", name="Hand to the ERP").click()
    await expect(dialog).to_be_hidden()
    await expect(page.locator("#toasts")).to_contain_text("Hand to the ERP: done. Booked as 4711")
    told = erp.received[-1]
    assert told.headers["webhook-signature"].startswith("v1,")
    said = json.loads(told.body)
    assert (said["id"], said["reason"]) == (payment, "Agreed with Ada")
    assert said["row"] == {
        "number": payment, "amount_minor": 3230, "currency": "USD", "customer": "ada@example.com",
    }  # fmt: skip


async def test_a_page_of_own_charts_stands_in_the_sidebar_in_each_language(
    visit: Visit, platform: PagesPlatform, configured: str
) -> None:
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    await platform.pay([a_payment(f"ORD-{uuid4().hex[:8]}", "paid", created_at=now)])
    async with platform.api() as api:

        async def counted() -> bool:
            answer = await api.get("/v1/kpis/daily-payments")
            assert answer.is_success, answer.text
            return any(each["total"]["count"] for each in answer.json()["currencies"])

        await eventually(counted, SEEN_LIMIT_S)
    for language, entry, title in (
        ("en", "By method", "How people pay"),
        ("it", "Per metodo", "Come si paga"),
    ):
        page, _ = await visit(f"{configured}/preferences", role="viewer", language=language)
        await page.locator("nav.sidebar").get_by_role("link", name=entry).click()
        await expect(page.get_by_role("heading", level=1)).to_have_text(title)
        await expect(page.locator(f"{DAYS} canvas")).to_be_visible()
        await expect(page.locator(STATUSES)).to_be_visible()
        if language == "en":
            assert await faults(page, "configured-charts") == []
            await page.locator(DAYS).get_by_role("link", name="MTD").click()
            current = page.locator(f"{DAYS} .segmented a[aria-current=true]")
            await expect(current).to_have_text("MTD")
        assert await too_wide(page, NARROW, WIDE) == []
