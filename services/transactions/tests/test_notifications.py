"""Mail to customers: who, when, once under one message id, and never lost."""

import email.policy
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest
from aiosmtpd.controller import Controller
from transaction_builders import NOON, a_description, a_fact, a_record, an_event, folded

from payops_kernel.auth.principals import UserRole
from payops_kernel.due import INDEXES as DUE_INDEXES
from payops_kernel.idempotency import INDEXES as IDEMPOTENCY_INDEXES
from payops_kernel.messaging import Decoded, FollowUp, SliceWork
from payops_kernel.messaging.outbox import INDEXES as OUTBOX_INDEXES
from payops_kernel.mongo import Mongo, ensure_collections
from payops_kernel.mongo.transactions import run_once
from payops_kernel.runtime import Runtime
from payops_kernel.testing.callers import ClientOf
from transactions.bootstrap import bootstrap
from transactions.consumers import payment_facts
from transactions.domain.facts import FactKind
from transactions.domain.notifying import Notice, automatic_notice
from transactions.mail import sending
from transactions.mail.composing import Templates, compose
from transactions.settings import Settings
from transactions.store.transaction_writes import MongoTransactionWrites
from transactions.store.transactions import INDEXES, TransactionStore
from transactions.use_cases.notify_customer import PUT_OFF_FIRST, PUT_OFF_MAX, MailAfterStep


class Inbox:
    """A mail server that takes, refuses or puts off."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.says = "250 taken"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if self.says.startswith("250"):
            raw = envelope.content
            parsed = message_from_bytes(raw, policy=email.policy.default)
            assert isinstance(parsed, EmailMessage)
            self.mails.append(parsed)
        return self.says


def serve(inbox: Inbox, port: int) -> Controller:
    server = Controller(inbox, hostname="127.0.0.1", port=port, enable_SMTPUTF8=False)
    server.start()
    return server


class MailRoom:
    def __init__(
        self, runtime: Runtime, client: httpx.AsyncClient, inbox: Inbox, server: Controller
    ) -> None:
        self.runtime, self.client, self.inbox, self.server = runtime, client, inbox, server
        self.mongo: Mongo = runtime.mongo

    async def deliver(self) -> int:
        """Do what is due; how many rows that were."""
        return await self.runtime.worker.due.look()

    async def put_off_by(self) -> timedelta:
        """Try what is due; how long it waits now. Passes that time."""
        clock = self.runtime.clock
        tried_at = clock.now()
        await self.deliver()
        row = await self.mongo.db["due"].find_one({})
        if row is None:
            return clock.now() - tried_at
        clock.offset += row["due_at"] - clock.now()
        wait: timedelta = row["due_at"] - tried_at
        return wait

    async def upstream_says(self, *events: dict[str, Any]) -> None:
        store = TransactionStore(self.mongo.db)
        mails = FollowUp(self.runtime.worker.due.rows, MailAfterStep(self.runtime.clock))
        handler = payment_facts(store, follow_up=mails)
        decoded = [
            Decoded(record, handler.decode(record))
            for record in (a_record(event, offset) for offset, event in enumerate(events))
        ]
        await run_once(self.mongo, lambda s: handler.apply(SliceWork(s, "transactions"), decoded))

    async def history(self, transaction_id: str = "t-1") -> list[str]:
        found = await self.mongo.db["transactions"].find_one({"_id": transaction_id})
        assert found is not None
        return [row["event"] for row in found["history"]]

    async def events_about(self, change: str) -> list[dict[str, Any]]:
        told = [
            orjson.loads(message["value"])
            async for document in self.mongo.db["outbox"].find()
            for message in document["messages"]
        ]
        return [event for event in told if event["type"] == f"payops.transaction.{change}.v1"]

    async def last_note(self) -> str:
        shown = (await self.client.get("/v1/transactions/t-1")).json()
        note: str = shown["history"][0]["note"]
        return note

    async def notify(self, key: str = "k") -> httpx.Response:
        return await self.client.post(
            "/v1/transactions/t-1/notifications", json={}, headers={"Idempotency-Key": key}
        )


@pytest.fixture
async def room(
    mongo_uri: str, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[MailRoom]:
    inbox = Inbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    monkeypatch.setenv("PAYOPS_MONGO", mongo_uri)
    monkeypatch.setenv("PAYOPS_SMTP", f"127.0.0.1:{port}")
    monkeypatch.setenv("PAYOPS_DATABASE_PREFIX", f"mail_{uuid4().hex[:8]}_")
    service = bootstrap(Settings())
    service.runtime.clock.offset = NOON - service.runtime.clock.now()
    mongo = service.runtime.mongo
    await ensure_collections(
        mongo.db, {**INDEXES, **OUTBOX_INDEXES, **DUE_INDEXES, **IDEMPOTENCY_INDEXES}
    )
    app = service.runtime.http_app("test", "test", service.routers)
    async with client_of(app, UserRole.OPERATOR) as client:
        made = MailRoom(service.runtime, client, inbox, serve(inbox, port))
        yield made
        made.server.stop()
    await mongo.client.drop_database(mongo.db.name)
    mongo.close()


US = Address("PayOps", "a", "b.example")
PAID = an_event("paid", notification_channels=["email"])
FAILED = an_event("failed", notification_channels=["email"])
NO_ADDRESSES = [
    *("ada", "a@@b", "a@b, c@d", "a b@x.de", "ada@x..example", ".ada@x.example", "a@[x", "a@["),
    *("anna@rossi\u00a0srl.example", "anna@rossi\u2028srl.example", "a@=?utf-8?q?a?="),
]


def paid_by(**user: Any) -> dict[str, Any]:
    known = {"id": "u-1", "name": "Ada Byron", "email": "ada@example.com"}
    return an_event("paid", notification_channels=["email"], user=known | user)


def template_lines(name: str) -> int:
    return Templates("en").find(name)[1].template.count("\n")


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
    room.runtime.clock.offset += timedelta(minutes=1)
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


@pytest.mark.parametrize("listens", [False, True], ids=["refuses", "is_silent"])
async def test_a_server_that_does_not_answer_delays_longer_each_time_and_loses_nothing(
    room: MailRoom, monkeypatch: pytest.MonkeyPatch, listens: bool
) -> None:
    monkeypatch.setattr(sending, "TIMEOUT_SECONDS", 0.2)
    port = room.server.port
    room.server.stop()
    await room.upstream_says(PAID)
    with socket.socket() as mute:
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


async def test_a_mail_that_no_server_takes_for_three_days_has_failed(room: MailRoom) -> None:
    room.inbox.says = "451-<ada@example.com> come\r\n451 later"
    await room.upstream_says(PAID)
    tried_at, waits = room.runtime.clock.now(), []
    while "notification_failed" not in await room.history():
        waits.append(await room.put_off_by())
    assert [wait // PUT_OFF_FIRST for wait in waits[:8]] == [2**n for n in range(8)]
    assert {wait // PUT_OFF_MAX for wait in waits[8:-2]} == {1}
    tried_for = room.runtime.clock.now() - tried_at
    assert timedelta(days=3) <= tried_for < timedelta(days=3, minutes=1)
    assert await room.last_note() == "No server took it in 3 days: 451 (address) come later"
    assert await room.mongo.db["due"].count_documents({}) == 0
    (told,) = await room.events_about("notification-failed")
    assert told["data"]["change"]["event"] == "notification_failed"


async def test_a_worker_that_was_down_for_three_days_tries_once_more(room: MailRoom) -> None:
    await room.upstream_says(PAID)
    room.runtime.clock.offset += timedelta(days=4)
    await room.deliver()
    assert await room.history() == ["payment_paid", "notification_sent"]


async def test_a_mail_of_an_older_version_ends_as_well(room: MailRoom) -> None:
    room.inbox.says = "451 later"
    await room.upstream_says(PAID)
    older = {"$unset": {"payload.since": ""}, "$set": {"attempt": 72}}
    await room.mongo.db["due"].update_one({}, older)
    await room.deliver()
    assert await room.history() == ["payment_paid", "notification_failed"]


async def test_a_process_that_dies_after_sending_sends_again_under_the_same_message_id(
    room: MailRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dies(*_: object) -> None:
        raise RuntimeError("killed")

    await room.upstream_says(PAID)
    with monkeypatch.context() as killed:
        killed.setattr(MongoTransactionWrites, "save", dies)
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
