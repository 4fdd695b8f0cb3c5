"""What the gateway gathers: audit records and dead letters, and what is decided about those."""

from base64 import b64decode
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx
import orjson
import pytest

from gateway.consumers import AuditRecords, dead_letter
from gateway.store.audit_records import AuditRecordStore
from gateway.store.dead_letters import DeadLetterStore
from payops_contracts.dead_letters import CUT, NOTED
from payops_contracts.topics import (
    AUDIT,
    MIB,
    TRANSACTIONS_ON_PAYMENTS,
    UPSTREAM_PAYMENTS,
    dead_letters_of,
)
from payops_kernel.audit import audit_message
from payops_kernel.auth.issuer import TokenIssuer
from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.messaging import Record
from payops_kernel.mongo import Mongo, in_transaction
from payops_kernel.ports import CommandContext, Session
from payops_kernel.runtime import Runtime, Service

FAILED_AT = datetime(2026, 1, 15, 12, 0, 0, 123_000, tzinfo=UTC)
DLQ = dead_letters_of(TRANSACTIONS_ON_PAYMENTS).topic.name
EVENT = {
    "id": "e-1",
    "type": "upstream.payment.paid.v1",
    "data": {"transaction_id": "p-1", "user": {"id": "u-1", "email": "ada@example.com"}},
}
OWN = (("ce_id", b"1"), ("payops-reason", b"a publisher's own header"))

AsRole = Callable[[UserRole], httpx.AsyncClient]


@pytest.fixture
def as_role(user: httpx.AsyncClient, issuer: TokenIssuer) -> AsRole:
    """The caller, in a role."""

    def as_(role: UserRole) -> httpx.AsyncClient:
        token = issuer.issue(f"{role}@payops.local", role.title(), [role])
        user.headers["authorization"] = f"Bearer {token}"
        return user

    return as_


@pytest.fixture
def mongo(keeping: Service[Runtime]) -> Mongo:
    """The gateway's database."""
    return keeping.runtime.mongo


@pytest.fixture
def admin(as_role: AsRole) -> httpx.AsyncClient:
    """Who may decide."""
    return as_role(UserRole.ADMIN)


def noted(reason: str = "unparsable", error: str = "not JSON") -> tuple[tuple[str, bytes], ...]:
    """What a consumer notes behind a record's own headers."""
    values = (
        UPSTREAM_PAYMENTS.name, "2", "41", "1700000000000", reason, error, FAILED_AT.isoformat(),
        "1.0",
    )  # fmt: skip
    return tuple((name, text.encode()) for name, text in zip(NOTED, values, strict=True))


def buried(
    offset: int = 0,
    value: bytes | None = orjson.dumps(EVENT),
    key: bytes | None = b"p-1",
    own: tuple[tuple[str, bytes], ...] = OWN,
    arrived: int = 1_768_500_000_000,
    **why: str,
) -> Record:
    """A record of the dead-letter topic."""
    return Record(DLQ, 0, offset, arrived, key, value, own + noted(**why))


async def take_in(mongo: Mongo, *records: Record) -> str:
    """Gather dead letters; the first one's id."""
    store = DeadLetterStore(mongo.db)
    letters = [dead_letter(record, TRANSACTIONS_ON_PAYMENTS) for record in records]
    await in_transaction(mongo, lambda session: store.take_in(letters, session))
    return letters[0].id


async def decide(
    client: httpx.AsyncClient, what: str, letter: str, key: str = "k-1", **body: Any
) -> httpx.Response:
    """Ask for a decision."""
    return await client.post(
        f"/v1/dead-letters/{quote(letter, safe='')}/{what}",
        json={"reason": "The schema was mended."} | body,
        headers={"Idempotency-Key": key},
    )


async def shown(client: httpx.AsyncClient, letter: str) -> dict[str, Any]:
    """A dead letter, whole."""
    found: dict[str, Any] = (await client.get(f"/v1/dead-letters/{quote(letter, safe='')}")).json()
    return found


async def replayed(mongo: Mongo) -> list[tuple[Any, Any, Any]]:
    """Key, value and headers of what waits to be published to the original topic."""
    documents = await mongo.db["outbox"].find(sort=[("order", 1)]).to_list(None)
    messages = [each for document in documents for each in document["messages"]]
    return [
        (each["key"], each["value"], each.get("headers"))
        for each in messages
        if each["topic"] == UPSTREAM_PAYMENTS.name
    ]


async def test_dead_letters_are_listed_with_their_reason_and_their_origin(
    user: httpx.AsyncClient, mongo: Mongo
) -> None:
    letter = await take_in(mongo, buried(), buried(1, key=None, reason="wrong_schema"))
    page = (await user.get("/v1/dead-letters", params={"reason": "unparsable"})).json()
    assert page["total"] == 1
    (row,) = page["items"]
    assert letter == row["dead_letter_id"] == f"{DLQ}/0/0"
    assert (row["state_label"], row["reason_label"]) == ("Open", "Cannot be read")
    assert (row["key"], row["origin"]) == ("p-1", f"{UPSTREAM_PAYMENTS.name}/2/41")
    assert row["consumer"] == "transactions"
    assert row["failed_at"] == "2026-01-15T12:00:00.123000Z"
    found = (await user.get("/v1/dead-letters", params={"q": letter})).json()
    assert [each["dead_letter_id"] for each in found["items"]] == [letter]


async def test_dead_letters_are_counted_by_their_state_and_have_no_sums(
    admin: httpx.AsyncClient, mongo: Mongo
) -> None:
    letter = await take_in(mongo, *(buried(offset) for offset in range(3)))
    await take_in(mongo, buried(3, reason="wrong_schema"))
    await decide(admin, "discard", letter)
    found = (await admin.get("/v1/totals/dead-letters", params={"reason": "unparsable"})).json()
    assert {each["value"]: each["count"] for each in found["counts"]} == {
        "OPEN": 2,
        "REPLAYED": 0,
        "DISCARDED": 1,
    }
    assert (found["by"], found["all"]["count"], found["sums"]) == ("state", 3, None)


async def test_what_comes_twice_is_one_letter_and_keeps_what_was_decided(
    admin: httpx.AsyncClient, mongo: Mongo
) -> None:
    letter = await take_in(mongo, buried())
    await decide(admin, "discard", letter)
    await take_in(mongo, buried())
    assert (await shown(admin, letter))["state"] == "DISCARDED"


async def test_a_letter_of_a_topic_made_anew_takes_the_place_of_the_old_one(
    admin: httpx.AsyncClient, mongo: Mongo
) -> None:
    letter = await take_in(mongo, buried())
    await decide(admin, "discard", letter)
    await take_in(mongo, buried(arrived=1_768_600_000_000, value=b"another"))
    found = await shown(admin, letter)
    assert (found["state"], found["value"]["text"]) == ("OPEN", "another")


async def test_personal_data_is_for_admins(as_role: AsRole, mongo: Mongo) -> None:
    told = "1 validation error about ada@example.com"
    letter = await take_in(mongo, buried(error=told))
    whole = await shown(as_role(UserRole.ADMIN), letter)
    assert orjson.loads(whole["value"]["text"]) == EVENT
    assert (whole["error"], whole["value"]["masked"]) == (told, False)
    assert [each["name"] for each in whole["headers"]] == ["ce_id", "payops-reason"]
    for role in (UserRole.VIEWER, UserRole.APPROVER):
        seen = await shown(as_role(role), letter)
        text = seen["value"]["text"]
        assert orjson.loads(text)["data"] == {
            "transaction_id": "p-1",
            "user": {"id": "u-1", "email": "•••"},
        }
        assert seen["value"]["masked"]
        assert "ada@example.com" not in str(seen)


@pytest.mark.parametrize("value", [b'{"broken": "ada@example.com', b"\xff\x00ada@example.com"])
async def test_of_what_cannot_be_read_only_admins_see_anything(
    as_role: AsRole, mongo: Mongo, value: bytes
) -> None:
    letter = await take_in(mongo, buried(value=value))
    seen = (await shown(as_role(UserRole.OPERATOR), letter))["value"]
    assert seen == {"bytes": len(value), "text": None, "base64": None, "masked": True}
    whole = (await shown(as_role(UserRole.ADMIN), letter))["value"]
    assert (whole["text"] or "").encode() == value or b64decode(whole["base64"]) == value


async def test_a_replay_sends_the_original_and_says_so_in_the_audit_log(
    admin: httpx.AsyncClient, mongo: Mongo, published: Any
) -> None:
    letter = await take_in(mongo, buried())
    answer = await decide(admin, "replay", letter)
    assert (answer.status_code, answer.json()["state"]) == (202, "REPLAYED")
    assert await replayed(mongo) == [(b"p-1", orjson.dumps(EVENT), [list(each) for each in OWN])]
    (record,) = await published(AUDIT.name)
    assert record["data"] | {"at": None, "trace_id": None} == {
        "actor": {
            "id": "admin@payops.local",
            "name": "Admin",
            "roles": ["admin", "approver", "operator", "viewer"],
        },
        "action": "dead-letter.replay",
        "target_type": "dead-letter",
        "target_id": letter,
        "service": "gateway",
        "reason": "The schema was mended.",
        "comment": None,
        "before": {"state": "OPEN"},
        "after": {"state": "REPLAYED", "topic": UPSTREAM_PAYMENTS.name},
        "idempotency_key": "k-1",
        "at": None,
        "trace_id": None,
    }


async def test_a_record_without_a_header_is_replayed_without_one(
    admin: httpx.AsyncClient, mongo: Mongo
) -> None:
    letter = await take_in(mongo, buried(own=(), key=None, value=None))
    await decide(admin, "replay", letter)
    assert await replayed(mongo) == [(None, None, [])]


async def test_two_clicks_replay_once(admin: httpx.AsyncClient, mongo: Mongo) -> None:
    letter = await take_in(mongo, buried())
    first = await decide(admin, "replay", letter)
    same = await decide(admin, "replay", letter)
    assert (same.status_code, same.json()) == (202, first.json())
    assert same.headers["idempotency-replayed"] == "true"
    other = await decide(admin, "replay", letter, key="k-2")
    assert (other.status_code, other.json()["code"]) == (409, "dead_letter_decided")
    assert other.json()["decided_by"] == "admin@payops.local"
    assert len(await replayed(mongo)) == 1


async def test_a_decided_letter_is_sent_again_when_that_is_said(
    admin: httpx.AsyncClient, mongo: Mongo
) -> None:
    letter = await take_in(mongo, buried())
    assert (await decide(admin, "discard", letter)).status_code == 200
    assert (await decide(admin, "replay", letter)).status_code == 409
    assert (await decide(admin, "replay", letter, again=True)).status_code == 202
    assert (await decide(admin, "discard", letter, key="k-2")).status_code == 409
    assert len(await replayed(mongo)) == 1


@pytest.mark.parametrize(("value", "own"), [(None, ((CUT, b"2000000"),)), (b"x" * (MIB + 1), ())])
async def test_what_its_topic_does_not_take_is_not_sent(
    admin: httpx.AsyncClient, mongo: Mongo, value: bytes | None, own: Any
) -> None:
    letter = await take_in(mongo, buried(value=value, own=own))
    answer = await decide(admin, "replay", letter)
    assert (answer.status_code, answer.json()["code"]) == (409, "dead_letter_too_large")
    assert (await shown(admin, letter))["state"] == "OPEN"
    assert (await decide(admin, "discard", letter, key="k-2")).status_code == 200


@pytest.mark.parametrize("what", ["replay", "discard"])
async def test_only_admins_decide_and_with_a_reason(
    as_role: AsRole, mongo: Mongo, what: str
) -> None:
    letter = await take_in(mongo, buried())
    assert (await decide(as_role(UserRole.APPROVER), what, letter)).status_code == 403
    assert (await decide(as_role(UserRole.ADMIN), what, letter, reason=" ")).status_code == 422
    assert (await decide(as_role(UserRole.ADMIN), what, f"{DLQ}/0/7")).status_code == 404
    assert (await shown(as_role(UserRole.ADMIN), letter))["state"] == "OPEN"


def audit_record(action: str, target: str, actor: str = "ada@example.com") -> Record:
    """A record as a service publishes it."""
    context = CommandContext(
        Principal.of(actor, "Ada Rossi", ["operator"], ""), reason="Asked by phone."
    )
    message = audit_message(
        "transactions", context, FAILED_AT, action, ("transaction", target), None, {"a.b": "$c"}
    )
    return Record(AUDIT.name, 0, 0, 1_768_500_000_000, message.key, message.value, ())


async def keep_audit(mongo: Mongo, *records: Record) -> None:
    """Gather audit records."""
    handler = AuditRecords(AuditRecordStore(mongo.db))
    events = [handler.decode(record) for record in records]

    async def stored(session: Session) -> None:
        await AuditRecordStore(mongo.db).take_in(events, session)

    await in_transaction(mongo, stored)


@pytest.mark.parametrize(
    "query",
    [
        {"actor": "ada@example.com"},
        {"action": "refund.request"},
        {"target": "p-1"},
        {"target_type": "transaction", "service": "transactions", "action": "refund.request"},
        {"at_from": "2026-01-15", "at_to": "2026-01-15", "target": "p-1"},
        {"q": "ROSSI", "target": "p-1"},
        {"q": "p-1"},
        {"q": "refund"},
    ],
)
async def test_the_audit_log_is_searched_by_who_what_and_when(
    as_role: AsRole, mongo: Mongo, query: dict[str, str]
) -> None:
    first = audit_record("refund.request", "p-1")
    await keep_audit(mongo, first, audit_record("notification.send", "o-2", "ben@example.com"))
    await keep_audit(mongo, first)  # it came twice
    client = as_role(UserRole.OPERATOR)
    page = (await client.get("/v1/audit-log", params=query)).json()
    (row,) = page["items"]
    assert (row["actor"], row["actor_name"], row["action"], row["target_id"]) == (
        "ada@example.com", "Ada Rossi", "refund.request", "p-1",
    )  # fmt: skip
    assert (row["reason"], row["after"], row["service"]) == (
        "Asked by phone.", {"a.b": "$c"}, "transactions",
    )  # fmt: skip


async def test_the_audit_log_and_its_files_are_for_operators(as_role: AsRole, mongo: Mongo) -> None:
    await keep_audit(mongo, audit_record("refund.request", "p-1"))
    viewer = as_role(UserRole.VIEWER)
    for path in ("/v1/audit-log", "/v1/audit-log/export"):
        assert (await viewer.get(path)).status_code == 403
    file = await as_role(UserRole.OPERATOR).get("/v1/audit-log/export")
    assert file.status_code == 200
    assert "refund.request" in file.text
    assert "Asked by phone." in file.text
