"""Whom mail reaches and when it is given up; what a name may put into it."""

from datetime import timedelta

import pytest

from payops_testing.transactions.builders import an_event
from payops_testing.transactions.mail_room import PAID, MailRoom, paid_by
from transactions.mail.composing import Templates
from transactions.use_cases.notify_customer import PUT_OFF_FIRST, PUT_OFF_MAX

NO_ADDRESSES = [
    *("ada", "a@@b", "a@b, c@d", "a b@x.de", "ada@x..example", ".ada@x.example", "a@[x", "a@["),
    *("anna@rossi\u00a0srl.example", "anna@rossi\u2028srl.example", "a@=?utf-8?q?a?="),
]


def template_lines(name: str) -> int:
    return Templates("en").find(name)[1].template.count("\n")


@pytest.mark.parametrize("address", NO_ADDRESSES)
async def test_what_is_no_address_is_refused_by_hand_and_not_mailed_automatically(
    room: MailRoom, address: str
) -> None:
    user = {"id": "u-1", "email": address}
    await room.upstream_says(an_event("paid", notification_channels=["email"], user=user))
    assert await room.deliver() == 0
    refused = await room.notify()
    assert (refused.status_code, refused.json()["code"]) == (409, "notification_refused")
    assert "not one that can be mailed" in refused.json()["detail"]


@pytest.mark.parametrize("address", NO_ADDRESSES)
async def test_a_due_mail_to_an_unusable_address_ends_as_a_history_row_with_its_reason(
    room: MailRoom, address: str
) -> None:
    await room.upstream_says(PAID)
    moved = {"$set": {"user.email": address}}
    await room.mongo.db["transactions"].update_one({"_id": "t-1"}, moved)
    await room.deliver()
    assert await room.history() == ["payment_paid", "notification_failed"]
    assert "not one that can be mailed" in await room.last_note()
    assert await room.mongo.db["due"].count_documents({}) == 0


@pytest.mark.parametrize("domain", ["bücher.example", "BÜCHER。example", "xn--bcher-kva.example"])
async def test_an_international_domain_is_mailed_as_punycode_by_any_server(
    room: MailRoom, domain: str
) -> None:
    await room.upstream_says(paid_by(email=f"ada@{domain}"))
    shown = (await room.client.get("/v1/transactions/t-1")).json()
    assert shown["actions"]["notify"]["allowed"]
    assert (await room.notify()).status_code == 202
    await room.deliver()
    assert [mail["To"] for mail in room.inbox.mails] == ["ada@xn--bcher-kva.example"] * 2
    assert await room.history() == ["payment_paid", *["notification_sent"] * 2]


async def test_an_address_that_only_some_servers_take_ends_with_the_reason_at_another(
    room: MailRoom,
) -> None:
    await room.upstream_says(paid_by(email="jörg@bücher.example"))
    await room.deliver()
    assert await room.history() == ["payment_paid", "notification_failed"]
    assert await room.last_note() == "The mail server takes only addresses in ASCII."


async def test_a_name_of_many_lines_is_one_in_the_detail_and_adds_none_and_no_link_to_a_mail(
    room: MailRoom,
) -> None:
    lure = (
        "Ann,\r\n\r\nyour account\u2028is closed: \u202ehttps://evil.example\x00 www.evil.example"
    )
    await room.upstream_says(paid_by(name=f"{lure}\r\n"))
    await room.deliver()
    shown = (await room.client.get("/v1/transactions/t-1")).json()["user"]["name"]
    assert shown == "Ann, your account is closed: https://evil.example www.evil.example"
    text = room.inbox.mails[0].get_content()
    assert text.startswith("Hello Ann, your account is closed: https: / /evil. example www. evi")
    assert "evil.example" not in text
    assert "://" not in text
    assert text.count("\n") == template_lines("paid")


async def test_lines_in_a_name_that_was_stored_before_reach_no_mail(room: MailRoom) -> None:
    await room.upstream_says(PAID)
    named = {"$set": {"user.name": "Ann\r\nBcc: x@evil.example\u2029www.evil.example"}}
    await room.mongo.db["transactions"].update_one({"_id": "t-1"}, named)
    await room.deliver()
    (mail,) = room.inbox.mails
    assert mail["Bcc"] is None
    assert "Hello Ann Bcc: x@ evil. example www. evil. example,\r\n" in mail.get_content()


async def test_a_mail_that_no_server_takes_for_three_days_has_failed(room: MailRoom) -> None:
    room.inbox.says = "451-<ada@example.com> come\r\n451 later"
    tried_at, waits = room.clock.now(), []
    await room.upstream_says(PAID)
    while "notification_failed" not in await room.history():
        waits.append(await room.put_off_by())
    assert [wait // PUT_OFF_FIRST for wait in waits[:8]] == [2**n for n in range(8)]
    assert {wait // PUT_OFF_MAX for wait in waits[8:-2]} == {1}
    tried_for = room.clock.now() - tried_at
    assert timedelta(days=3) <= tried_for < timedelta(days=3, minutes=1)
    assert await room.last_note() == "No server took it in 3 days: 451 (address) come later"
    assert await room.mongo.db["due"].count_documents({}) == 0
    (told,) = await room.events_about("notification-failed")
    assert told["data"]["change"]["event"] == "notification_failed"


async def test_a_worker_that_was_down_for_three_days_tries_once_more(room: MailRoom) -> None:
    await room.upstream_says(PAID)
    room.clock.offset += timedelta(days=4)
    await room.deliver()
    assert await room.history() == ["payment_paid", "notification_sent"]


async def test_a_mail_of_an_older_version_ends_as_well(room: MailRoom) -> None:
    room.inbox.says = "451 later"
    await room.upstream_says(PAID)
    older = {"$unset": {"payload.since": ""}, "$set": {"attempt": 72}}
    await room.mongo.db["due"].update_one({}, older)
    await room.deliver()
    assert await room.history() == ["payment_paid", "notification_failed"]


async def test_a_mail_whose_outcome_stays_unknown_is_given_to_the_server_twice_and_not_again(
    room: MailRoom,
) -> None:
    room.inbox.hangs_up = True
    await room.upstream_says(PAID)
    assert await room.put_off_by() // PUT_OFF_FIRST == 1
    assert await room.history() == ["payment_paid"]
    await room.deliver()
    first, second = room.inbox.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert await room.history() == ["payment_paid", "notification_failed"]
    assert "twice, and it did not answer" in await room.last_note()
    assert await room.mongo.db["due"].count_documents({}) == 0


async def test_nobody_is_mailed_that_a_payment_failed_which_was_paid_while_the_mail_waited(
    room: MailRoom,
) -> None:
    room.inbox.says = "451 later"
    await room.upstream_says(an_event("failed", notification_channels=["email"]))
    await room.put_off_by()
    room.inbox.says = "250 taken"
    await room.upstream_says(PAID)
    await room.deliver()
    assert [mail["Subject"] for mail in room.inbox.mails] == [
        "We received your payment of US$12.00"
    ]
    rows = (await room.client.get("/v1/transactions/t-1")).json()["history"]
    assert sorted((row["event"], row["note"]) for row in rows[:2]) == [
        ("notification_failed", "The payment was paid before the mail was sent."),
        ("notification_sent", None),
    ]


async def test_a_mail_that_a_payment_was_paid_stays_true_when_a_failure_is_told_meanwhile(
    room: MailRoom,
) -> None:
    room.inbox.says = "451 later"
    await room.upstream_says(PAID)
    await room.put_off_by()
    room.inbox.says = "250 taken"
    await room.upstream_says(an_event("failed", notification_channels=["email"]))
    await room.deliver()
    assert "We received your payment of US$12.00" in [m["Subject"] for m in room.inbox.mails]
