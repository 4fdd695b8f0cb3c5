"""A customer who was mailed that they were refunded, and was not: told, and put right."""

from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from payops_testing.transactions.mail_room import PAID, MailRoom
from transactions.mail.sending import SmtpServer


def whole_refund(kind: str, second: int) -> dict[str, Any]:
    """What upstream says about the refund of the whole payment."""
    data = {"transaction_id": "t-1", "refund_id": "psp-1", "amount_minor": 1200, "currency": "USD"}
    return {
        "specversion": "1.0",
        "id": f"refund-{kind}-{second}",
        "source": "/hub",
        "type": f"upstream.refund.{kind}.v1",
        "subject": "t-1",
        "time": f"2026-03-01T12:00:{second:02d}Z",
        "data": data,
    }


async def shown(room: MailRoom) -> tuple[list[str], bool]:
    """The payment's flags, and what its refund says of the customer's mail."""
    detail = (await room.client.get("/v1/transactions/t-1")).json()
    told: bool = detail["refunds"][0]["customer_told_refunded"]
    return detail["overview"]["flags"], told


async def given_without_an_answer(room: MailRoom) -> None:
    """A paid payment whose mail of its refund the server has, perhaps."""
    await room.upstream_says(PAID)
    await room.deliver()
    room.inbox.hangs_up = True
    await room.upstream_says(whole_refund("succeeded", 1))
    await room.put_off_by()
    assert len(room.inbox.mails) == 2


async def test_a_refund_that_came_back_after_the_mail_is_put_right_by_another_mail(
    room: MailRoom,
) -> None:
    await room.upstream_says(PAID, whole_refund("succeeded", 1))
    await room.deliver()
    assert await shown(room) == ([], True)
    await room.upstream_says(whole_refund("failed", 2))
    assert await shown(room) == (["REFUND_RETURNED", "CUSTOMER_TOLD_REFUNDED"], True)
    assert (await room.last_note()).endswith("the customer was mailed that it had succeeded")
    await room.deliver()
    assert room.inbox.mails[-1]["Subject"] == "Your refund of payment t-1 did not go through"
    assert "US$12.00 of your payment" in room.inbox.mails[-1].get_content()
    assert await shown(room) == (["REFUND_RETURNED"], False)
    await room.upstream_says(whole_refund("succeeded", 3))
    await room.deliver()
    assert room.inbox.mails[-1]["Subject"] == "Your refund of payment t-1"
    assert await shown(room) == ([], True)


async def test_nobody_is_mailed_of_a_refund_that_came_back_before_its_mail(room: MailRoom) -> None:
    await room.upstream_says(PAID)
    await room.deliver()
    await room.upstream_says(whole_refund("succeeded", 1), whole_refund("failed", 2))
    await room.deliver()
    assert len(room.inbox.mails) == 1
    assert (await room.history())[-1] == "notification_failed"
    assert await room.last_note() == "The refund had failed before the mail was sent."
    assert await shown(room) == (["REFUND_RETURNED"], False)


async def test_a_refund_that_was_declined_at_once_is_not_mailed_about(room: MailRoom) -> None:
    await room.upstream_says(PAID, whole_refund("failed", 1))
    await room.deliver()
    assert len(room.inbox.mails) == 1
    assert (await room.history())[-2:] == ["refund_failed", "notification_sent"]


async def test_a_customer_who_was_told_otherwise_is_put_right_by_hand_when_it_is_old_news(
    room: MailRoom,
) -> None:
    await room.upstream_says(PAID, whole_refund("succeeded", 1))
    await room.deliver()
    room.clock.offset += timedelta(hours=30)
    await room.upstream_says(whole_refund("failed", 2))
    assert await room.deliver() == 0
    assert "CUSTOMER_TOLD_REFUNDED" in (await shown(room))[0]
    assert (await room.notify()).json()["notice"] == "refund-returned"
    await room.deliver()
    assert "US$12.00 of your payment" in room.inbox.mails[-1].get_content()
    assert await shown(room) == (["REFUND_RETURNED"], False)


async def test_who_may_hold_the_mail_of_a_refund_that_came_back_before_its_second_try_is_put_right(
    room: MailRoom,
) -> None:
    await given_without_an_answer(room)
    room.inbox.hangs_up = False
    await room.upstream_says(whole_refund("failed", 2))
    await room.deliver()
    assert (await room.history())[-3:] == [
        "refund_failed", "notification_failed", "notification_sent",
    ]  # fmt: skip
    assert len(room.inbox.mails) == 3
    assert room.inbox.mails[-1]["Subject"] == "Your refund of payment t-1 did not go through"
    assert "US$12.00 of your payment" in room.inbox.mails[-1].get_content()
    assert await shown(room) == (["REFUND_RETURNED"], False)
    assert await room.deliver() == 0


async def test_who_may_hold_it_is_flagged_with_the_reason_when_it_is_old_news(
    room: MailRoom,
) -> None:
    await given_without_an_answer(room)
    room.inbox.hangs_up = False
    await room.upstream_says(whole_refund("failed", 2))
    room.clock.offset += timedelta(hours=30)
    assert await room.deliver() == 1
    assert await shown(room) == (["REFUND_RETURNED", "CUSTOMER_TOLD_REFUNDED"], True)
    assert await room.last_note() == (
        "The refund had failed before the mail was sent. "
        "It was given to the server once before, and may have arrived."
    )
    assert (await room.notify()).json()["notice"] == "refund-returned"


async def test_who_was_mailed_twice_without_an_answer_counts_as_told(room: MailRoom) -> None:
    await given_without_an_answer(room)
    await room.deliver()
    assert (await room.history())[-1] == "notification_failed"
    assert await shown(room) == ([], True)
    room.inbox.hangs_up = False
    await room.upstream_says(whole_refund("failed", 2))
    assert await shown(room) == (["REFUND_RETURNED", "CUSTOMER_TOLD_REFUNDED"], True)
    await room.deliver()
    assert room.inbox.mails[-1]["Subject"] == "Your refund of payment t-1 did not go through"
    assert await shown(room) == (["REFUND_RETURNED"], False)


async def test_a_correction_that_may_not_have_arrived_puts_nothing_right(room: MailRoom) -> None:
    await room.upstream_says(PAID, whole_refund("succeeded", 1))
    await room.deliver()
    room.inbox.hangs_up = True
    await room.upstream_says(whole_refund("failed", 2))
    await room.put_off_by()
    await room.deliver()
    assert (await room.history())[-1] == "notification_failed"
    assert await shown(room) == (["REFUND_RETURNED", "CUSTOMER_TOLD_REFUNDED"], True)
    assert await room.deliver() == 0


@pytest.mark.parametrize("hours", [0, 30], ids=["news", "old_news"])
async def test_a_refund_that_comes_back_while_its_mail_is_being_sent_is_put_right_while_it_is_news(
    room: MailRoom, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    send = SmtpServer.send

    async def and_it_comes_back(server: SmtpServer, message: EmailMessage) -> None:
        await send(server, message)
        if message["Subject"] == "Your refund of payment t-1":
            await room.upstream_says(whole_refund("failed", 2))
            room.clock.offset += timedelta(hours=hours)

    await room.upstream_says(PAID, whole_refund("succeeded", 1))
    monkeypatch.setattr(SmtpServer, "send", and_it_comes_back)
    await room.deliver()
    subjects = [mail["Subject"] for mail in room.inbox.mails]
    corrected = subjects.count("Your refund of payment t-1 did not go through")
    assert subjects.count("Your refund of payment t-1") == 1
    assert corrected == (1 if hours == 0 else 0)
    assert await shown(room) == (
        (["REFUND_RETURNED"], False)
        if corrected
        else (["REFUND_RETURNED", "CUSTOMER_TOLD_REFUNDED"], True)
    )
