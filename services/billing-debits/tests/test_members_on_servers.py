"""Members from Kafka to the list and back, blocks, and the context of a dispute: real servers."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from billing_debits import bootstrap
from billing_debits.settings import Settings
from payops_contracts.registry import validate
from payops_contracts.topics import AUDIT, MEMBERS, UPSTREAM_CHARGES, UPSTREAM_DEBIT_RESULTS, Topic
from payops_kernel.auth.principals import UserRole
from payops_kernel.clock import DrivenClock
from payops_kernel.messaging.topics import ensure_topics
from payops_kernel.mongo import connect
from payops_kernel.testing import eventually
from payops_kernel.testing.callers import ClientOf
from payops_testing.billing_debits.builders import START
from payops_testing.billing_debits.upstream import (
    PATIENCE_SECONDS,
    Json,
    published,
    raised,
    result,
    seen,
    tell,
)
from payops_testing.kernel.dropping import drop_database
from payops_testing.services import built


class Members:
    """The service as it runs, an operator at it, and settlement."""

    def __init__(self, settings: Settings, client: httpx.AsyncClient) -> None:
        self.settings = settings
        self.client = client

    async def is_now(self, mpass_number: str, standing: str) -> Json:
        """The member as soon as it has a standing."""
        path = f"/v1/members/{mpass_number}"

        async def there() -> bool:
            answer = await self.client.get(path)
            return answer.status_code == 200 and answer.json()["overview"]["standing"] == standing

        await eventually(there, PATIENCE_SECONDS)
        detail: Json = (await self.client.get(path)).json()
        return detail

    async def raise_charge(self, charge_id: str, mpass_number: str, **data: object) -> None:
        """Settlement raises a charge that it could not collect at once."""
        said = raised(charge_id, mpass_number=mpass_number, **data)
        await tell(self.settings, UPSTREAM_CHARGES.name, [said])

    async def told(self, topic: Topic, mpass_number: str, count: int) -> list[Any]:
        """The first events about a member."""
        records = await published(self.settings, topic.name, mpass_number, count)
        return [validate(each.value) for each in records]

    async def block(self, mpass_number: str, key: str, reason: str = "Fraud") -> httpx.Response:
        """An operator blocks it."""
        return await self.client.post(
            f"/v1/members/{mpass_number}/block",
            json={"reason": reason},
            headers={"Idempotency-Key": key},
        )

    async def unblock(self, mpass_number: str, key: str, reason: str = "Clear") -> httpx.Response:
        """An operator lifts the block."""
        return await self.client.delete(
            f"/v1/members/{mpass_number}/block",
            params={"reason": reason},
            headers={"Idempotency-Key": key},
        )


@pytest.fixture
async def members(
    kafka_address: str, mongo_uri: str, client_of: ClientOf
) -> AsyncIterator[Members]:
    await ensure_topics(kafka_address)
    own = f"members_{uuid4().hex[:8]}_"
    settings = Settings(kafka=kafka_address, mongo=mongo_uri, database_prefix=own)
    app = built(bootstrap, settings, DrivenClock(START)).http_app("test", "test")
    async with app.router.lifespan_context(app), client_of(app, UserRole.OPERATOR) as client:
        yield Members(settings, client)
    mongo = connect(mongo_uri, settings.database(bootstrap.SERVICE))
    await drop_database(mongo)
    mongo.close()


@pytest.fixture
def mpass() -> str:
    """A member that no other test has."""
    return f"MP-{uuid4().hex[:12]}"


async def test_a_charge_makes_a_member_known_and_a_late_success_makes_them_good_again(
    members: Members, mpass: str
) -> None:
    charge_id = f"CH-{mpass}"
    await members.raise_charge(charge_id, mpass)
    detail = await members.is_now(mpass, "IN_RETRY")
    assert detail["user"] == {"id": "user-1", "name": "Duong Le", "email": None, "phone": None}
    assert detail["owed"] == [{"currency": "USD", "amount_minor": 103, "amount": "US$1.03"}]
    assert [each["charge_id"] for each in detail["behind_standing"]] == [charge_id]
    for query in (
        {"standing": "IN_RETRY", "q": mpass[:-2].lower()},
        {"mpass_number": mpass, "q": "user-1"},
        {"mpass_number": mpass, "q": "duong"},
        {"mpass_number": mpass, "since_from": "2026-03-01", "sort": "since"},
    ):
        (row,) = (await members.client.get("/v1/members", params=query)).json()["items"]
        assert (row["mpass_number"], row["standing_label"], row["unpaid"]) == (
            mpass, "In retry", 1,
        ), query  # fmt: skip
        assert row["owed"][0]["amount"] == "US$1.03"
    totals = (await members.client.get("/v1/totals/members", params={"q": mpass})).json()
    assert {it["value"]: it["count"] for it in totals["counts"]}["IN_RETRY"] == 1
    file = await members.client.get(
        "/v1/members/export", params={"format": "csv", "mpass_number": mpass}
    )
    assert ("US$1.03" in file.text, "In retry" in file.text) == (True, True)
    success = result("succeeded", charge_id) | {"time": "2026-03-02T12:00:00Z"}
    await tell(members.settings, UPSTREAM_DEBIT_RESULTS.name, [success, success])
    detail = await members.is_now(mpass, "GOOD")
    assert (detail["owed"], detail["accounts"][0]["collected_minor"]) == ([], 103)
    assert [row["standing"] for row in detail["history"]] == ["GOOD", "IN_RETRY"]
    events = await members.told(MEMBERS, mpass, 2)
    assert [each.data.standing for each in events] == ["IN_RETRY", "GOOD"]
    assert events[0].version < events[1].version


async def test_a_member_is_blocked_once_under_a_key_and_by_one_of_many_at_once(
    members: Members, mpass: str
) -> None:
    await members.raise_charge(f"CH-{mpass}", mpass)
    await members.is_now(mpass, "IN_RETRY")
    answers = await asyncio.gather(*(members.block(mpass, f"key-{n}") for n in range(6)))
    assert sorted(each.status_code for each in answers) == [200, 409, 409, 409, 409, 409]
    refused = next(each.json() for each in answers if each.status_code == 409)
    assert refused["code"] == "member_blocked"
    (done,) = (n for n, each in enumerate(answers) if each.status_code == 200)
    again = await members.block(mpass, f"key-{done}")
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (200, "true")
    assert again.json() == answers[done].json()
    assert again.json()["block"]["by"] == "local:operator"
    other = await members.block(mpass, f"key-{done}", reason="Other")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    answers = list(await asyncio.gather(*(members.unblock(mpass, f"off-{n}") for n in range(4))))
    assert sorted(each.status_code for each in answers) == [200, 409, 409, 409]
    detail = await members.is_now(mpass, "IN_RETRY")
    history = [(row["event"], row["reason"]) for row in detail["history"] if row["actor"]]
    assert history == [("member_unblocked", "Clear"), ("member_blocked", "Fraud")]
    events = await members.told(MEMBERS, mpass, 3)
    assert [each.data.standing for each in events] == ["IN_RETRY", "BLOCKED", "IN_RETRY"]
    audited = await members.told(AUDIT, mpass, 2)
    assert [each.data.action for each in audited] == ["member.block", "member.unblock"]


async def test_a_block_and_a_payment_at_once_leave_both(members: Members, mpass: str) -> None:
    ids = [f"CH-{n}-{mpass}" for n in range(8)]
    for charge_id in ids:
        await members.raise_charge(charge_id, mpass)
    await members.is_now(mpass, "IN_RETRY")
    told = [result("succeeded", each) | {"time": "2026-03-02T12:00:00Z"} for each in ids]
    _, blocked = await asyncio.gather(
        tell(members.settings, UPSTREAM_DEBIT_RESULTS.name, told), members.block(mpass, "key")
    )
    assert blocked.status_code == 200

    async def paid() -> bool:
        member = (await members.client.get(f"/v1/members/{mpass}")).json()
        return not member["owed"] and member["accounts"][0]["collected_minor"] == 8 * 103

    await eventually(paid, PATIENCE_SECONDS)
    detail = await members.is_now(mpass, "BLOCKED")
    assert detail["block"]["reason"] == "Fraud"


@pytest.mark.parametrize(
    ("body", "status"), [({}, 422), ({"reason": " "}, 422), ({"reason": None}, 422)]
)
async def test_a_block_needs_a_reason_and_a_member(
    members: Members, mpass: str, body: Json, status: int
) -> None:
    path, headers = f"/v1/members/{mpass}/block", {"Idempotency-Key": uuid4().hex}
    assert (await members.client.post(path, json=body, headers=headers)).status_code == status
    assert (await members.client.post(path, json={"reason": "Why"})).status_code == 422
    unknown = await members.block(mpass, uuid4().hex)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "member_not_found")
    assert (await members.unblock(mpass, uuid4().hex)).status_code == 404
    assert (await members.client.get(f"/v1/members/{mpass}")).status_code == 404


async def test_the_context_of_a_dispute_has_every_charge_of_its_transactions(
    members: Members, mpass: str
) -> None:
    first, second = f"CH-1-{mpass}", f"CH-2-{mpass}"
    consumption = [
        {"transaction_id": f"CT-{mpass}", "amount_minor": 84, "occurred_at": "2026-02-20T10:00:00Z"}
    ]
    await members.raise_charge(first, mpass, consumption=consumption)
    await members.raise_charge(
        second, mpass, consumption=consumption, created_at="2026-03-02T10:00:00Z"
    )
    await members.raise_charge(f"CH-3-{mpass}", mpass)
    await seen(members.client, second, "TEMP_REJECTED")
    gone = result("reversed", first) | {"time": "2026-03-03T12:00:00Z"}
    came = result("succeeded", first) | {"time": "2026-03-02T12:00:00Z"}
    await tell(members.settings, UPSTREAM_DEBIT_RESULTS.name, [came, gone])
    path = f"/v1/charges/{second}/dispute-context"

    async def went_back() -> bool:
        sums = (await members.client.get(path)).json()["sums"]
        return bool(sums) and sums[0]["reversed_minor"] == 103

    await eventually(went_back, PATIENCE_SECONDS)
    await members.is_now(mpass, "IN_RETRY")
    context = (await members.client.get(path)).json()
    (transaction,) = context["transactions"]
    assert transaction["charge_ids"] == [second, first]
    assert [each["charge_id"] for each in context["charges"]] == [second, first]
    assert context["charges"][1]["reversed_at"] == ["2026-03-03T12:00:00Z"]
    (rejected,) = [it for it in context["attempts"] if it["debit_id"] == f"S-{second}"]
    assert (rejected["charge_id"], rejected["status_label"], rejected["failure"]["message"]) == (
        second, "Temp rejected", "No money",
    )  # fmt: skip
    assert context["sums"] == [
        {
            "currency": "USD", "charged_minor": 206, "net_minor": 168, "tax_minor": 38,
            "collected_minor": 0, "outstanding_minor": 206, "reversed_minor": 103,
        }
    ]  # fmt: skip
    assert (context["member"]["standing"], context["is_complete"]) == ("IN_RETRY", True)
    assert (await members.client.get("/v1/charges/none/dispute-context")).status_code == 404
