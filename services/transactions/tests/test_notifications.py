"""Mail to customers: who, when, once under one message id, and never lost."""

import email.policy
import socket
from collections.abc import AsyncIterator
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from typing import Any
from uuid import uuid4

import httpx
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
from transactions.mail.composing import Templates, compose
from transactions.settings import Settings
from transactions.store.transactions import INDEXES, TransactionStore
from transactions.use_cases.notify_customer import MailAfterStep


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


class MailRoom:
    def __init__(self, runtime: Runtime, client: httpx.AsyncClient, inbox: Inbox) -> None:
        self.runtime, self.client, self.inbox = runtime, client, inbox
        self.mongo: Mongo = runtime.mongo

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
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
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
        yield MailRoom(service.runtime, client, inbox)
    controller.stop()
    await mongo.client.drop_database(mongo.db.name)
    mongo.close()


PAID = an_event("paid", notification_channels=["email"])


async def test_a_paid_payment_mails_its_customer_once_and_keeps_a_history_row(
    room: MailRoom,
) -> None:
    await room.upstream_says(PAID, PAID)
    await room.runtime.worker.due.look()
    (mail,) = room.inbox.mails
    assert mail["To"] == "ada@example.com"
    assert mail["Subject"] == "We received your payment of US$12.00"
    assert "t-1" in mail.get_content()
    assert await room.history() == ["payment_paid", "notification_sent"]
    assert await room.mongo.db["due"].count_documents({}) == 0


async def test_a_customer_without_the_channel_is_left_alone(room: MailRoom) -> None:
    await room.upstream_says(an_event("paid", notification_channels=["sms"]))
    assert await room.runtime.worker.due.look() == 0
    refused = await room.notify()
    assert (refused.status_code, refused.json()["code"]) == (409, "notification_refused")


async def test_a_server_that_is_away_delays_and_never_loses(room: MailRoom) -> None:
    room.inbox.says = "451 later"
    await room.upstream_says(PAID)
    await room.runtime.worker.due.look()
    assert room.inbox.mails == []
    assert await room.history() == ["payment_paid"]
    room.inbox.says = "250 taken"
    room.runtime.clock.offset += timedelta(minutes=1)
    await room.runtime.worker.due.look()
    assert len(room.inbox.mails) == 1
    assert await room.history() == ["payment_paid", "notification_sent"]


async def test_a_mail_that_is_refused_for_good_is_a_history_row_with_its_reason(
    room: MailRoom,
) -> None:
    room.inbox.says = "550 no such box"
    await room.upstream_says(PAID)
    await room.runtime.worker.due.look()
    assert await room.history() == ["payment_paid", "notification_failed"]
    detail = (await room.client.get("/v1/transactions/t-1")).json()
    assert "no such box" in detail["history"][0]["note"]


async def test_by_hand_the_same_key_mails_once(room: MailRoom) -> None:
    await room.upstream_says(PAID)
    await room.runtime.worker.due.look()
    first, second = await room.notify(), await room.notify()
    assert first.status_code == second.status_code == 202
    assert first.json()["to"] == "ada@example.com"
    await room.runtime.worker.due.look()
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
        ("transaction_id", "name", "amount", "refunded", "method", "date", "sender"), "x"
    )
    mail = compose(
        Templates(locale).find(notice.value), values,
        sender="a@b.example", to="c@d.example", message_id="<m@p>", at=NOON,
    )  # fmt: skip
    assert "$" not in mail["Subject"] + mail.get_content()


def test_a_line_break_in_a_name_adds_no_header() -> None:
    template = Templates("en").find("paid")
    values = {"amount": "1\r\nBcc: evil@example.com", "name": "x"}
    mail = compose(
        template, values, sender="a@b.example", to="c@d.example", message_id="<m@p>", at=NOON
    )
    assert mail["Bcc"] is None
