"""Mail to customers: who, when, once under one message id, and never lost."""

import socket
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from pathlib import Path
from typing import Any

import pytest

from payops_contracts.ids import RefundId
from payops_kernel.repository import MongoRepository
from payops_testing.transactions.builders import (
    NOON,
    a_description,
    a_fact,
    a_refund_fact,
    an_event,
    folded,
)
from payops_testing.transactions.mail_room import PAID, MailRoom, serve
from transactions.domain.facts import FactKind, RefundFactKind
from transactions.domain.notifying import Notice, automatic_notice, to_be_put_right
from transactions.mail import sending
from transactions.mail.composing import Templates, compose
from transactions.use_cases.notify_customer import PUT_OFF_FIRST, PUT_OFF_MAX

US = Address("PayOps", "a", "b.example")
FAILED = an_event("failed", notification_channels=["email"])


def refunded(refund_id: str, amount_minor: int) -> dict[str, Any]:
    return an_event() | {
        "id": f"{refund_id}-succeeded",
        "type": "upstream.refund.succeeded.v1",
        "data": {
            "transaction_id": "t-1",
            "refund_id": refund_id,
            "amount_minor": amount_minor,
            "currency": "USD",
        },
    }


async def test_a_paid_payment_mails_its_customer_once_and_keeps_a_history_row(
    room: MailRoom,
) -> None:
    await room.upstream_says(PAID, PAID)
    await room.deliver()
    (mail,) = room.inbox.mails
    assert mail["To"] == "ada@example.com"
    assert mail["Subject"] == "We received your payment of US$12.00"
    assert "t-1" in mail.get_content()
    assert await room.history() == ["payment_paid", "notification_sent"]
    assert await room.mongo.db["due"].count_documents({}) == 0


async def test_a_preview_is_the_mail_that_is_then_sent_and_sends_nothing(room: MailRoom) -> None:
    await room.upstream_says(PAID)
    await room.deliver()
    preview = await room.client.get("/v1/transactions/t-1/notifications/preview")
    assert preview.status_code == 200, preview.text
    shown = preview.json()
    assert (shown["notice"], shown["to"]) == ("paid", "ada@example.com")
    assert await room.deliver() == 0
    await room.notify()
    await room.deliver()
    mail = room.inbox.mails[-1]
    assert len(room.inbox.mails) == 2
    assert (shown["subject"], shown["sender"]) == (mail["Subject"], mail["From"])
    assert shown["text"].splitlines() == mail.get_content().splitlines()


async def test_a_preview_is_refused_with_the_reason_for_which_the_mail_would_be(
    room: MailRoom,
) -> None:
    await room.upstream_says(an_event("paid", notification_channels=["sms"]))
    refused, asked = (
        await room.client.get("/v1/transactions/t-1/notifications/preview"),
        await room.notify(),
    )
    assert refused.status_code == 409
    assert refused.json()["detail"] == asked.json()["detail"]


async def test_the_detail_says_when_a_mail_that_waits_is_tried_again(room: MailRoom) -> None:
    room.inbox.says = "451 later"
    await room.upstream_says(PAID)
    await room.deliver()
    (planned,) = (await room.client.get("/v1/transactions/t-1")).json()["planned"]
    assert (planned["kind"], planned["notice"], planned["attempts"]) == ("mail_sent", "paid", 1)
    assert datetime.fromisoformat(planned["at"]) > room.clock.now()
    room.inbox.says = "250 taken"
    room.clock.offset += timedelta(minutes=1)
    await room.deliver()
    assert (await room.client.get("/v1/transactions/t-1")).json()["planned"] == []


async def test_a_customer_without_the_channel_is_left_alone(room: MailRoom) -> None:
    await room.upstream_says(an_event("paid", notification_channels=["sms"]))
    assert await room.deliver() == 0
    refused = await room.notify()
    assert (refused.status_code, refused.json()["code"]) == (409, "notification_refused")


async def test_a_server_that_is_away_delays_and_never_loses(room: MailRoom) -> None:
    room.inbox.says = "451 later"
    await room.upstream_says(PAID)
    await room.deliver()
    assert room.inbox.mails == []
    assert await room.history() == ["payment_paid"]
    room.inbox.says = "250 taken"
    room.clock.offset += timedelta(minutes=1)
    await room.deliver()
    assert len(room.inbox.mails) == 1
    assert await room.history() == ["payment_paid", "notification_sent"]


async def test_a_mail_that_is_refused_for_good_is_a_history_row_with_its_reason(
    room: MailRoom,
) -> None:
    room.inbox.says = "550 no such box"
    await room.upstream_says(PAID)
    await room.deliver()
    assert await room.history() == ["payment_paid", "notification_failed"]
    assert await room.last_note() == "550 no such box"


@pytest.mark.parametrize("listens", [False, True], ids=["refuses", "is_silent"])
async def test_a_server_that_does_not_answer_delays_longer_each_time_and_loses_nothing(
    room: MailRoom, monkeypatch: pytest.MonkeyPatch, listens: bool
) -> None:
    port = room.server.port
    room.server.stop()
    await room.upstream_says(PAID)
    with socket.socket() as mute, monkeypatch.context() as impatient:
        impatient.setattr(sending, "TIMEOUT_SECONDS", 0.2)
        mute.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        mute.bind(("127.0.0.1", port))
        if listens:
            mute.listen()
        waits = [await room.put_off_by() for _ in range(3)]
    assert [wait // PUT_OFF_FIRST for wait in waits] == [1, 2, 4]
    room.server = serve(room.inbox, port)
    await room.deliver()
    assert len(room.inbox.mails) == 1
    assert await room.history() == ["payment_paid", "notification_sent"]


async def test_however_often_it_was_put_off_a_mail_waits_an_hour_at_most(room: MailRoom) -> None:
    room.inbox.says = "451 later"
    await room.upstream_says(PAID)
    await room.mongo.db["due"].update_one({}, {"$set": {"attempt": 10_000}})
    assert await room.put_off_by() // PUT_OFF_MAX == 1
    room.inbox.says = "250 taken"
    await room.deliver()
    assert await room.history() == ["payment_paid", "notification_sent"]


async def test_a_process_that_dies_after_sending_sends_again_under_the_same_message_id(
    room: MailRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dies(*_: object) -> None:
        raise RuntimeError("killed")

    await room.upstream_says(PAID)
    with monkeypatch.context() as killed:
        killed.setattr(MongoRepository, "save_many", dies)
        await room.deliver()
    assert await room.history() == ["payment_paid"]
    assert await room.deliver() == 0
    long_ago = datetime(2000, 1, 1, tzinfo=UTC)
    await room.mongo.db["due"].update_one({}, {"$set": {"claimed_until": long_ago}})
    await room.deliver()
    first, second = room.inbox.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert await room.history() == ["payment_paid", "notification_sent"]
    assert await room.mongo.db["due"].count_documents({}) == 0


async def test_a_failed_payment_mails_its_customer(room: MailRoom) -> None:
    await room.upstream_says(FAILED)
    await room.deliver()
    (mail,) = room.inbox.mails
    assert mail["Subject"] == "Your payment of US$12.00 did not go through"
    assert await room.history() == ["payment_failed", "notification_sent"]


async def test_each_refund_mails_its_own_amount_and_the_total(room: MailRoom) -> None:
    await room.upstream_says(PAID)
    for part in (refunded("rf-1", 500), refunded("rf-2", 300)):
        await room.upstream_says(part)
        await room.deliver()
    first, second = [mail.get_content() for mail in room.inbox.mails if "refund" in mail["Subject"]]
    assert "US$5.00 of your payment of US$12.00 has been refunded" in first
    assert "Refunded so far: US$5.00" in first
    assert "US$3.00 of your payment of US$12.00 has been refunded" in second
    assert "Refunded so far: US$8.00" in second


async def test_a_refunds_mail_that_was_stored_without_its_amount_states_the_total(
    room: MailRoom,
) -> None:
    await room.upstream_says(PAID)
    await room.deliver()
    await room.upstream_says(refunded("rf-1", 500))
    await room.mongo.db["due"].update_one({}, {"$unset": {"payload.refunded_minor": ""}})
    await room.deliver()
    assert "US$5.00 of your payment" in room.inbox.mails[-1].get_content()


@pytest.mark.parametrize(
    ("told", "notice", "says"),
    [
        ([FAILED], "failed", "did not go through"),
        ([PAID, refunded("rf-1", 500)], "refunded", "US$5.00 of your payment"),
        ([PAID, refunded("rf-1", 500), refunded("rf-2", 700)], "refunded", "US$12.00 of your"),
    ],
    ids=["failed", "partially_refunded", "totally_refunded"],
)
async def test_by_hand_a_mail_is_about_the_payment_as_it_stands(
    room: MailRoom, told: list[dict[str, Any]], notice: str, says: str
) -> None:
    await room.upstream_says(*told)
    await room.deliver()
    accepted = await room.notify()
    assert (accepted.status_code, accepted.json()["notice"]) == (202, notice)
    await room.deliver()
    assert says in room.inbox.mails[-1].get_content()
    assert (await room.history())[-1] == "notification_sent"


async def test_a_payment_that_is_only_created_is_not_notified(room: MailRoom) -> None:
    await room.upstream_says(an_event(notification_channels=["email"]))
    assert await room.deliver() == 0
    refused = await room.notify()
    assert (refused.status_code, refused.json()["code"]) == (409, "notification_refused")


async def test_by_hand_the_same_key_mails_once(room: MailRoom) -> None:
    await room.upstream_says(PAID)
    await room.deliver()
    first, second = await room.notify(), await room.notify()
    assert first.status_code == second.status_code == 202
    assert first.json()["to"] == "ada@example.com"
    await room.deliver()
    assert len(room.inbox.mails) == 2
    assert len({mail["Message-ID"] for mail in room.inbox.mails}) == 2


def test_old_news_such_as_an_imports_mail_nobody() -> None:
    paid = folded(a_fact(FactKind.PAID))
    row, d = paid.history[0], paid.described.description
    assert automatic_notice(d, row, lambda: NOON + timedelta(hours=1)) is Notice.PAID
    assert automatic_notice(d, row, lambda: NOON + timedelta(hours=25)) is None
    assert automatic_notice(a_description(user_email=None), row, lambda: NOON) is None


def test_put_right_is_what_was_told_otherwise_as_news_and_to_whom_may_be_mailed() -> None:
    back = a_refund_fact(RefundFactKind.FAILED, occurred_at=NOON + timedelta(minutes=1))
    t = folded(a_fact(FactKind.PAID), a_refund_fact(), a_refund_fact(refund_id="rf-2"), back)
    now = NOON + timedelta(hours=1)
    assert to_be_put_right(t, (), now) == []
    for refund in t.refunds:
        refund.told_refunded = True
    assert [refund.id for refund in to_be_put_right(t, (), now)] == ["rf-1"]
    assert to_be_put_right(t, {RefundId("rf-1")}, now) == []
    assert to_be_put_right(t, (), NOON + timedelta(hours=25)) == []
    t.described.description = a_description(notification_channels=("sms",))
    assert to_be_put_right(t, (), now) == []


@pytest.mark.parametrize("notice", list(Notice))
@pytest.mark.parametrize("locale", ["en", "it", "it-CH", "xx"])
def test_every_template_is_there_in_every_locale_and_names_only_what_is_known(
    notice: Notice, locale: str
) -> None:
    values = dict.fromkeys(
        (
            "transaction_id", "name", "amount", "refunded", "refunded_total", "method", "date",
            "sender",
        ),
        "x",
    )  # fmt: skip
    mail = compose(
        Templates(locale).find(notice.value), values,
        sender=US, to="c@d.example", message_id="<m@p>", at=NOON,
    )  # fmt: skip
    assert "$" not in mail["Subject"] + mail.get_content()


def test_a_line_break_in_a_name_adds_no_header() -> None:
    template = Templates("en").find("paid")
    values = {"amount": "1\r\nBcc: evil@example.com", "name": "x"}
    mail = compose(template, values, sender=US, to="c@d.example", message_id="<m@p>", at=NOON)
    assert mail["Bcc"] is None


def test_a_template_of_ones_own_beats_ours_and_ours_stands_in_for_the_others(
    tmp_path: Path,
) -> None:
    own = tmp_path / "en" / "paid.txt"
    own.parent.mkdir()
    own.write_text("Subject: Thanks, $name\n\nOwn words.\n")
    subject, text = Templates("en", str(tmp_path)).find("paid")
    assert (subject.template, text.template) == ("Thanks, $name", "Own words.\n")
    assert "did not go through" in Templates("en", str(tmp_path)).find("failed")[0].template
