"""A payment's page in a browser: refunds, mails, documents, two people at once, every width."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Page, expect

from browser.conftest import Visit
from browser.test_sign_in import end_session
from payops_kernel.testing import eventually
from payops_testing.browser import hostile
from payops_testing.browser.platform import SEEN_LIMIT_S, PagesPlatform, a_payment
from payops_testing.browser.visitors import NARROW, WIDE
from payops_testing.browser.watching import faults, screenshot, too_wide, violations

ITEMS = [
    {
        "description": "Annual pass, adult",
        "quantity": 1,
        "amount_minor": 10_000,
        "tax_minor": 1_803,
    },
    {"description": "Locker", "quantity": 1, "amount_minor": 2_900, "tax_minor": 523},
]
Paid = Callable[..., Awaitable[str]]


@pytest.fixture
def paid(platform: PagesPlatform) -> Paid:
    """Brings a payment of US$129.00 and gives its id."""

    async def bring(*ends: str, **data: Any) -> str:
        payment_id = f"ORD-{uuid4().hex[:8]}"
        user = {"id": "u-8841", "name": "Ada Rossi", "email": "ada.rossi@example.com"}
        given = {"amount_minor": 12_900, "items": ITEMS, "user": user} | data
        given.setdefault("notification_channels", ["email", "sms"])
        await platform.pay([a_payment(payment_id, *(ends or ("paid",)), **given)])
        return payment_id

    return bring


def succeeded(payment_id: str, refund_id: str, amount_minor: int) -> dict[str, Any]:
    """Upstream's answer to a refund."""
    (event, *_) = a_payment(payment_id)
    return event | {
        "id": f"{refund_id}-succeeded",
        "type": "upstream.refund.succeeded.v1",
        "time": "2026-03-01T13:00:00Z",
        "data": {
            "transaction_id": payment_id,
            "refund_id": refund_id,
            "amount_minor": amount_minor,
            "currency": "USD",
        },
    }


async def refunds_of(platform: PagesPlatform, payment_id: str) -> list[dict[str, Any]]:
    async with platform.api() as api:
        found: list[dict[str, Any]] = (await api.get(f"/v1/transactions/{payment_id}")).json()[
            "refunds"
        ]
    return found


async def open_refund(page: Page) -> None:
    await page.get_by_role("link", name="Refund", exact=True).click()
    await expect(page.get_by_role("dialog")).to_be_visible()


async def test_a_refund_of_a_part_then_of_the_rest(
    visit: Visit, paid: Paid, platform: PagesPlatform
) -> None:
    payment_id = await paid()
    page, _ = await visit(f"/transactions/{payment_id}")
    await open_refund(page)
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_label("Amount")).to_have_value("129.00")
    await expect(dialog.get_by_role("link", name="Cancel")).to_be_focused()
    await dialog.get_by_label("Amount").fill("29")
    await expect(dialog.get_by_text("US$100.00 will be left.")).to_be_visible()
    await expect(dialog.get_by_text("US$29.00 go back to")).to_be_visible()
    await dialog.get_by_label("Reason").fill("Locker broken")
    await screenshot(page, "refund-dialog")
    await dialog.get_by_role("button", name="Refund US$29.00").click()
    await expect(dialog).to_be_hidden()
    await expect(page.get_by_role("status")).to_contain_text("Refund of US$29.00 requested.")
    await expect(page.get_by_text("US$100.00 can still be refunded.")).to_be_visible()
    await open_refund(page)
    await expect(dialog.get_by_label("Amount")).to_have_value("100.00")
    await dialog.get_by_label("Amount").fill("1")
    await dialog.get_by_role("link", name="All, US$100.00").click()
    await expect(dialog.get_by_label("Amount")).to_have_value("100.00")
    await expect(dialog.get_by_text("becomes Totally Refunded")).to_be_visible()
    await dialog.get_by_label("Reason").fill("The rest")
    await dialog.get_by_role("button", name="Refund US$100.00").click()
    await expect(dialog).to_be_hidden()
    await expect(
        page.get_by_role("button", name="Refund", exact=True)
    ).to_have_accessible_description("Nothing is left to refund.")
    rest, part = await refunds_of(platform, payment_id)
    await platform.publish(
        [
            succeeded(payment_id, part["refund_id"], 2_900),
            succeeded(payment_id, rest["refund_id"], 10_000),
        ]
    )
    await expect(page.locator("h1 .chip")).to_have_text("Totally Refunded")


async def becomes(platform: PagesPlatform, payment_id: str, status: str) -> None:
    """Wait until it has this status: what upstream says arrives in its own time."""
    async with platform.api() as api:

        async def its() -> str:
            read = (await api.get(f"/v1/transactions/{payment_id}")).json()
            return str(read["overview"]["status"])

        await eventually(its, SEEN_LIMIT_S, until=lambda seen: seen == status)


async def test_a_double_click_refunds_once(
    visit: Visit, paid: Paid, platform: PagesPlatform
) -> None:
    payment_id = await paid()
    page, _ = await visit(f"/transactions/{payment_id}")
    await open_refund(page)
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Amount").fill("20")
    await dialog.get_by_label("Reason").fill("Twice")
    await dialog.get_by_role("button", name="Refund US$20.00").dblclick()
    await expect(dialog).to_be_hidden()
    assert [row["amount_minor"] for row in await refunds_of(platform, payment_id)] == [2_000]


async def test_a_wrong_amount_is_said_at_its_field_and_the_page_stays_one_page(
    visit: Visit, paid: Paid, platform: PagesPlatform
) -> None:
    payment_id = await paid()
    page, watch = await visit(f"/transactions/{payment_id}")
    watch.allow("status of 422")
    await open_refund(page)
    dialog = page.get_by_role("dialog")
    for typed, said in (
        ("130", "At most US$129.00 can be refunded."),
        ("0", "The amount must be more than zero."),
        ("1,5", "Write the amount like 1,234.50."),
        ("1.005", "USD has 2 decimals."),
    ):
        await dialog.get_by_label("Amount").fill(typed)
        await expect(dialog.get_by_text(said)).to_be_visible()
        await dialog.get_by_label("Reason").fill("Too much")
        await dialog.locator("[id^=refund-submit]").click()
        await expect(dialog.get_by_label("Amount")).to_have_attribute("aria-invalid", "true")
        await expect(dialog.get_by_label("Amount")).to_have_value(typed)
        await expect(dialog.get_by_label("Amount")).to_be_focused()
        await expect(dialog.get_by_label("Reason")).to_have_value("Too much")
        assert await page.locator("main").count() == await page.locator("h1").count() == 1
    await screenshot(page, "refund-wrong-amount")
    assert await violations(page) == []
    assert await refunds_of(platform, payment_id) == []


async def test_two_operators_at_one_payment_the_second_reads_who_was_quicker(
    visit: Visit, paid: Paid, platform: PagesPlatform
) -> None:
    payment_id = await paid()
    first, _ = await visit(f"/transactions/{payment_id}", role="approver")
    second, watch = await visit(f"/transactions/{payment_id}")
    watch.allow("status of 409")
    await open_refund(first)
    await open_refund(second)
    await first.get_by_label("Amount").fill("100")
    await first.get_by_label("Reason").fill("Locker broken")
    await first.get_by_role("button", name="Refund US$100.00").click()
    await expect(first.get_by_role("dialog")).to_be_hidden()
    dialog = second.get_by_role("dialog")
    await dialog.get_by_label("Amount").fill("50")
    await dialog.get_by_label("Reason").fill("Late")
    await dialog.locator("[id^=refund-submit]").click()
    await expect(dialog.get_by_text("The payment has changed since you opened")).to_be_visible()
    await expect(dialog.get_by_text("Locker broken")).to_contain_text("approver@payops.local")
    await expect(dialog.get_by_label("Amount")).to_have_value("29.00")
    await screenshot(second, "refund-changed-meanwhile")
    assert len(await refunds_of(platform, payment_id)) == 1
    await dialog.get_by_role("button", name="Refund US$29.00").click()
    await expect(dialog).to_be_hidden()
    amounts = [row["amount_minor"] for row in await refunds_of(platform, payment_id)]
    assert amounts == [2_900, 10_000]


async def test_a_session_that_ends_during_a_refund_refunds_nothing_and_keeps_the_form(
    visit: Visit, paid: Paid, platform: PagesPlatform
) -> None:
    payment_id = await paid()
    page, watch = await visit(f"/transactions/{payment_id}")
    watch.allow("status of 401")
    await open_refund(page)
    await page.get_by_label("Amount").fill("20")
    await page.get_by_label("Reason").fill("Damaged")
    await expect(page.get_by_role("button", name="Refund US$20.00")).to_be_visible()
    key = await page.locator("#dialog [name=key]").input_value()
    await end_session(page)
    await page.get_by_role("button", name="Refund US$20.00").click()
    await page.get_by_label("Password").fill("payops-operator")
    assert await refunds_of(platform, payment_id) == []
    await screenshot(page, "refund-session-over")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.locator("#sign-in-again")).to_be_hidden()
    assert await page.locator("#dialog [name=key]").input_value() == key
    await expect(page.get_by_label("Amount")).to_have_value("20")
    await expect(page.get_by_label("Reason")).to_have_value("Damaged")
    assert await refunds_of(platform, payment_id) == []
    await page.get_by_role("button", name="Refund US$20.00").click()
    await expect(page.locator("#dialog")).to_be_hidden()
    assert [row["amount_minor"] for row in await refunds_of(platform, payment_id)] == [2_000]


async def test_without_script_a_refund_is_a_page_of_its_own(
    visit: Visit, paid: Paid, platform: PagesPlatform
) -> None:
    payment_id = await paid()
    page, watch = await visit(f"/transactions/{payment_id}", script=False)
    watch.allow("status of 422")
    await page.get_by_role("link", name="Refund", exact=True).click()
    await expect(page).to_have_url(f"{platform.pages}/transactions/{payment_id}/refund")
    await page.get_by_label("Amount").fill("much")
    await page.get_by_label("Reason").fill("Damaged")
    await page.locator("[id^=refund-submit]").click()
    await expect(page.get_by_text("Write the amount like 1,234.50.")).to_be_visible()
    await page.get_by_label("Amount").fill("29.00")
    await screenshot(page, "refund-page")
    await page.locator("[id^=refund-submit]").click()
    await expect(page).to_have_url(f"{platform.pages}/transactions/{payment_id}")
    await expect(page.get_by_text("Refund of US$29.00 requested.")).to_be_visible()
    await page.get_by_role("link", name="Send notification").click()
    await page.get_by_role("button", name="Send notification").click()
    await expect(
        page.get_by_text("A notification to ada.rossi@example.com is on its way.")
    ).to_be_visible()
    assert len(await refunds_of(platform, payment_id)) == 1


async def test_a_mail_is_seen_before_it_is_sent_and_then_waited_for(
    visit: Visit, paid: Paid
) -> None:
    payment_id = await paid()
    page, _ = await visit(f"/transactions/{payment_id}")
    await page.get_by_role("link", name="Send notification").click()
    dialog = page.get_by_role("dialog")
    await expect(
        dialog.get_by_text("ada.rossi@example.com gets this e-mail. It cannot be called back.")
    ).to_be_visible()
    await expect(
        dialog.get_by_text("We received your payment of US$129.00", exact=True)
    ).to_be_visible()
    assert await violations(page) == []
    await screenshot(page, "notification-dialog")
    await dialog.get_by_role("button", name="Send notification").click()
    await expect(dialog).to_be_hidden()
    await expect(page.get_by_role("status")).to_contain_text("is on its way")


async def test_an_invoice_and_a_credit_note_are_files(
    visit: Visit, paid: Paid, platform: PagesPlatform
) -> None:
    payment_id = await paid()
    await platform.publish([succeeded(payment_id, "rf-1", 2_900)])
    await becomes(platform, payment_id, "PARTIALLY_REFUNDED")
    viewer, _ = await visit(f"/transactions/{payment_id}", role="viewer")
    await expect(viewer.get_by_role("heading", name="Credit notes")).to_be_visible()
    await expect(
        viewer.get_by_role("button", name="Download invoice")
    ).to_have_accessible_description("It is not issued yet; an operator issues it.")
    page, _ = await visit(f"/transactions/{payment_id}")
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Download invoice").click()
    assert (await download.value).suggested_filename.startswith("INV-")
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Download", exact=True).click()
    assert (await download.value).suggested_filename.startswith("CN-")
    await viewer.reload()
    async with viewer.expect_download() as download:
        await viewer.get_by_role("link", name="Download invoice").click()
    assert (await download.value).suggested_filename.startswith("INV-")


async def test_the_page_and_its_dialogs_are_whole_in_every_theme_width_and_language(
    visit: Visit, paid: Paid, platform: PagesPlatform
) -> None:
    payment_id = await paid("failed", "paid", subscription_id="SUB-1", type="SUBSCRIPTION")
    await platform.publish([succeeded(payment_id, "rf-1", 2_900)])
    await becomes(platform, payment_id, "PARTIALLY_REFUNDED")
    for language in ("en", "it"):
        page, _ = await visit(f"/transactions/{payment_id}", language=language)
        await expect(page.locator("h1 .chip-returned")).to_be_visible()
        for path in ("", "/refund", "/notification"):
            if path:
                await page.locator(f'a[href$="{path}"]').click()
                await expect(page.get_by_role("dialog")).to_be_visible()
            if language == "en":
                assert await faults(page, f"payment{path.replace('/', '-')}") == []
            assert await too_wide(page, NARROW, WIDE) == []
            if path:
                await page.keyboard.press("Escape")
                await expect(page.get_by_role("dialog")).to_be_hidden()


async def test_hostile_names_are_text_and_break_no_width(visit: Visit, paid: Paid) -> None:
    user = {"id": "u-<b>1", "name": hostile.NAME, "email": "a@example.com"}
    payment_id = await paid(user=user)
    for size in (WIDE, (360, 740)):
        page, _ = await visit(f"/transactions/{payment_id}", size=size)
        await expect(page.get_by_text(hostile.MARKUP).first).to_be_visible()
        await screenshot(page, "payment-hostile")
        assert await page.evaluate("document.documentElement.scrollWidth") <= size[0]
        await page.locator('a[href$="/refund"]').click()
        await expect(page.get_by_role("dialog")).to_contain_text("<img src=x")
        await screenshot(page, "refund-hostile")
        assert await page.locator("img[src=x]").count() == 0


async def test_on_a_phone_a_long_id_stands_below_its_label_with_its_copy_button(
    visit: Visit, paid: Paid
) -> None:
    payment_id = await paid(user={"id": f"SIM-{'0123456789' * 2}-{'9' * 30}"})
    page, _ = await visit(f"/transactions/{payment_id}", size=NARROW)
    section = page.get_by_role("region", name="User")

    async def box(part: str) -> Any:
        return await section.locator(part).first.bounding_box()

    facts, label, user_id, copy = [await box(each) for each in ("dl", "dt", "code", ".copy svg")]
    assert user_id["y"] >= label["y"] + label["height"]
    assert user_id["x"] + user_id["width"] <= copy["x"]
    assert copy["x"] + copy["width"] <= facts["x"] + facts["width"]


async def test_the_keyboard_alone_refunds(
    visit: Visit, paid: Paid, platform: PagesPlatform
) -> None:
    payment_id = await paid()
    page, _ = await visit(f"/transactions/{payment_id}")
    await page.get_by_role("link", name="Refund", exact=True).focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("link", name="Cancel")).to_be_focused()
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.type("By keyboard")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await expect(page.get_by_role("link", name="Send notification")).to_be_visible()
    (refund,) = await refunds_of(platform, payment_id)
    assert refund["reason"] == "By keyboard"
