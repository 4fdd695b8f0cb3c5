"""One subscription over HTTP on a real mongod: what its page is told, and how it is cancelled."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest

from payops_contracts.registry import validate
from payops_contracts.topics import PAYMENT_COMMANDS, SUBSCRIPTION_EVENTS
from payops_kernel.auth.principals import UserRole
from payops_kernel.clock import DrivenClock
from payops_kernel.mongo import Mongo
from payops_kernel.runtime import Runtime, Service
from payops_kernel.testing.callers import ClientOf
from payops_testing.services import service_on
from payops_testing.subscriptions.builders import UTC_RULES, a_subscription, at, payment
from payops_testing.subscriptions.lives import LIVES, life
from subscriptions import bootstrap
from subscriptions.api.schemas import (
    CancellationAnswer,
    KeptAnswer,
    PaymentDates,
    SubscriptionDetail,
)
from subscriptions.domain.subscription import Subscription
from subscriptions.settings import Settings
from subscriptions.store.subscriptions import COLLECTION, SubscriptionStore

STORE = SubscriptionStore({COLLECTION: None}, UTC_RULES)  # type: ignore[dict-item]
NOON = at("2026-02-03 12:00")
Json = dict[str, Any]


class Desk:
    """Somebody at the routes, with a look into the database."""

    def __init__(self, service: Service[Runtime], client: httpx.AsyncClient) -> None:
        self.mongo: Mongo = service.runtime.mongo
        self.client = client

    async def put(self, subscription: Subscription) -> str:
        """Store one; its id."""
        await self.mongo.db[COLLECTION].insert_one(STORE.to_document(subscription))
        return subscription.id

    async def detail(self, name: str) -> Json:
        """Of the life of this name, or of the subscription with this id."""
        known = name if name not in LIVES else await self.put(life(name))
        answer = await self.client.get(f"/v1/subscriptions/{known}")
        assert answer.status_code == 200, answer.text
        SubscriptionDetail.model_validate(answer.json())
        found: Json = answer.json()
        assert set(found) == set(SubscriptionDetail.model_fields)
        return found

    async def cancel(self, known: str, key: str | None = None, **body: Any) -> httpx.Response:
        return await self.client.post(
            f"/v1/subscriptions/{known}/cancellation",
            json=body,
            headers={"Idempotency-Key": key or uuid4().hex},
        )

    async def keep(self, known: str, key: str | None = None, **query: str) -> httpx.Response:
        return await self.client.delete(
            f"/v1/subscriptions/{known}/cancellation",
            params=query,
            headers={"Idempotency-Key": key or uuid4().hex},
        )

    async def published(self, topic: str) -> list[Any]:
        return [
            validate(message["value"])
            async for document in self.mongo.db["outbox"].find(sort=[("order", 1)])
            for message in document["messages"]
            if message["topic"] == topic
        ]


@pytest.fixture
async def service(mongo_uri: str) -> AsyncIterator[Service[Runtime]]:
    settings = Settings(zone="UTC")
    async with service_on(mongo_uri, bootstrap, settings, DrivenClock(NOON)) as made:
        yield made


@pytest.fixture
async def desk(service: Service[Runtime], client_of: ClientOf) -> AsyncIterator[Desk]:
    async with client_of(service.http_app("test", "test"), UserRole.OPERATOR) as client:
        yield Desk(service, client)


async def test_the_detail_has_the_sections_of_the_requirements(desk: Desk) -> None:
    detail = await desk.detail("active")
    assert detail["subscription_id"] == "SUB-active"
    assert (detail["status"], detail["status_label"]) == ("ACTIVE", "Active")
    assert (detail["provider_label"], detail["method_label"]) == ("Stripe", "Credit card")
    assert detail["user"] == {"id": "user-1", "name": "Ada Rossi", "email": None, "phone": None}
    assert (detail["amount_minor"], detail["currency"], detail["amount"]) == (
        3230, "USD", "US$32.30",
    )  # fmt: skip
    assert detail["recurrence"] == {
        "interval": "MONTH",
        "interval_label": "Month",
        "interval_count": 1,
        "anchor_on": "2026-01-01",
        "payments_max": None,
        "expires_on": None,
        "next_payment_on": "2026-04-01",
        "payments_made": 3,
        "payments_left": None,
    }
    dates = [each["period_on"] for each in detail["payment_dates"]]
    assert (len(dates), dates[0], dates[-1]) == (12, "2026-04-01", "2027-03-01")
    assert detail["payment_dates"][0]["due_at"] == "2026-04-01T00:00:00Z"
    assert (detail["paid_minor"], detail["refunded_minor"]) == (3 * 3230, 230)
    assert detail["flags"] == ["OTHER_CURRENCY"]


async def test_its_payments_are_told_newest_first_and_what_is_not_counted_says_why(
    desk: Desk,
) -> None:
    detail = await desk.detail("active")
    assert detail["payments_count"] == len(detail["payments"]) == 4
    other, *_, first = detail["payments"]
    assert (other["transaction_id"], other["counted"], other["period_on"]) == (
        "ORD-EUR", False, None,
    )  # fmt: skip
    assert other["note"] == "not counted: it is in EUR, and the subscription in USD"
    assert other["amount"] == "€0.99"
    assert first | {"created_at": None} == {
        "transaction_id": "ORD-1",
        "created_at": None,
        "amount_minor": 3230,
        "currency": "USD",
        "amount": "US$32.30",
        "status": "PARTIALLY_REFUNDED",
        "status_label": "Partially Refunded",
        "refunded_minor": 230,
        "period_on": "2026-01-01",
        "failure": None,
        "counted": True,
        "note": None,
    }


async def test_one_on_hold_tells_what_failed_and_when_it_is_tried_again(desk: Desk) -> None:
    detail = await desk.detail("on_hold")
    assert (detail["failures"], detail["failures_max"]) == (2, 4)
    assert detail["failure"]["code"] == "insufficient_funds"
    assert detail["retry_at"] == "2026-02-05T09:05:00Z"
    retry, payment = detail["whats_next"]
    assert (retry["what"], retry["at"], retry["on"]) == (
        "retry", "2026-02-05T09:05:00Z", "2026-02-05",
    )  # fmt: skip
    assert (payment["what"], payment["on"]) == ("missed", "2026-03-01")
    renewal = detail["cancelling"]["at_renewal"]
    assert (renewal["allowed"], renewal["effective_on"]) == (True, "2026-03-01")
    assert any("tried again until then" in said for said in renewal["says"])
    assert any("is dropped" in said for said in detail["cancelling"]["now"]["says"])
    failed = detail["payments"][0]
    assert failed["failure"] == {
        "code": "insufficient_funds", "message": "The card has insufficient funds.",
    }  # fmt: skip


async def test_periods_that_were_missed_and_bounds_are_told(desk: Desk) -> None:
    detail = await desk.detail("missed")
    assert detail["missed"] == ["2026-01-15"]
    assert detail["recurrence"]["payments_max"] == 20
    assert detail["recurrence"]["expires_on"] == "2026-12-31"
    assert len(detail["payment_dates"]) == 12


@pytest.mark.parametrize(
    ("name", "reason", "label"),
    [
        ("cancelled", "CANCELLED", "Cancelled"),
        ("aborted", "ABORTED", "Aborted: its payments failed"),
        ("ended_elsewhere", "ENDED_BY_PROVIDER", "Ended by the provider"),
    ],
)
async def test_one_that_ended_says_why_and_nothing_comes(
    desk: Desk, name: str, reason: str, label: str
) -> None:
    detail = await desk.detail(name)
    assert (detail["status"], detail["end_reason"], detail["end_reason_label"]) == (
        "NOT_ACTIVE", reason, label,
    )  # fmt: skip
    assert detail["ended_at"] is not None
    assert detail["whats_next"] == detail["payment_dates"] == []
    assert detail["retry_at"] is None
    for way in ("at_renewal", "now", "undo"):
        assert detail["cancelling"][way]["allowed"] is False
        assert detail["cancelling"][way]["why_not"] == "It is Not Active already."
    assert detail["cancelling"]["allowed"] is False


async def test_one_that_nobody_has_paid_for_can_only_be_cancelled_at_once(desk: Desk) -> None:
    detail = await desk.detail("new")
    cancelling = detail["cancelling"]
    assert (cancelling["allowed"], cancelling["now"]["allowed"]) == (True, True)
    assert cancelling["at_renewal"]["allowed"] is False
    answer = await desk.cancel("SUB-new", at="renewal")
    assert (answer.status_code, answer.json()["code"]) == (409, "no_renewal")
    answer = await desk.cancel("SUB-new", at="now")
    assert (answer.status_code, answer.json()["status"]) == (200, "NOT_ACTIVE")


async def test_a_cancellation_at_renewal_is_withdrawn_and_made_anew(desk: Desk) -> None:
    known = await desk.put(life("active"))
    answer = await desk.cancel(known, "k-1", at="renewal", reason="Too dear", comment="By phone")
    assert answer.status_code == 200, answer.text
    body = answer.json()
    CancellationAnswer.model_validate(body)
    assert (body["status"], body["effective_on"], body["ends_at"]) == (
        "ACTIVE", "2026-04-01", "2026-04-01T00:00:00Z",
    )  # fmt: skip
    assert body["says"]
    again = await desk.cancel(known, "k-1", at="renewal", reason="Too dear", comment="By phone")
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (body, "true")
    other = await desk.cancel(known, "k-1", at="now")
    assert other.status_code == 422
    for way in ("renewal", "now"):
        second = await desk.cancel(known, at=way)
        assert (second.status_code, second.json()["code"]) == (409, "already_cancelled")
    detail = await desk.detail(known)
    assert detail["cancellation"]["reason"] == "Too dear"
    assert detail["recurrence"]["next_payment_on"] is None
    assert detail["payment_dates"] == []
    assert [each["what"] for each in detail["whats_next"]] == ["cancellation"]
    assert detail["cancelling"]["undo"] == {"allowed": True, "why_not": None}
    kept = await desk.keep(known, reason="Stays")
    KeptAnswer.model_validate(kept.json())
    assert (kept.status_code, kept.json()["next_payment_on"]) == (200, "2026-04-01")
    assert (await desk.keep(known)).json()["code"] == "not_cancelled"
    assert (await desk.cancel(known, at="now")).status_code == 200
    gone = await desk.cancel(known, at="now")
    assert (gone.status_code, gone.json()["code"]) == (409, "not_active")
    events = await desk.published(SUBSCRIPTION_EVENTS.name)
    assert [each.data.change.event for each in events] == [
        "cancellation_requested", "cancellation_withdrawn", "subscription_cancelled",
    ]  # fmt: skip
    commands = await desk.published(PAYMENT_COMMANDS.name)
    assert [each.type for each in commands] == [
        "payops.subscription-end.requested.v1",
        "payops.subscription-end.withdrawn.v1",
        "payops.subscription-end.requested.v1",
    ]


async def test_a_cancellation_is_in_the_audit_log_with_reason_and_comment(desk: Desk) -> None:
    known = await desk.put(life("active"))
    await desk.cancel(known, at="renewal", reason="Too dear", comment="By phone")
    (told,) = [
        orjson.loads(message["value"])
        async for document in desk.mongo.db["outbox"].find()
        for message in document["messages"]
        if message["topic"] == "payops.audit"
    ]
    data = told["data"]
    assert (data["action"], data["reason"], data["comment"]) == (
        "subscription.cancel", "Too dear", "By phone",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/body/at"),
        ({"at": "tomorrow"}, "/body/at"),
        ({"at": "now", "reason": " "}, "/body/reason"),
        ({"at": "now", "reason": None}, "/body/reason"),
        ({"at": "now", "why": "so"}, "/body/why"),
    ],
)
async def test_a_body_that_says_nothing_or_too_much_is_refused_where_it_does(
    desk: Desk, body: Json, pointer: str
) -> None:
    answer = await desk.cancel("SUB-1", **body)
    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]


async def test_nobody_knows_what_is_not_there(desk: Desk) -> None:
    for path in ("", "/payments", "/payment-dates"):
        answer = await desk.client.get(f"/v1/subscriptions/SUB-nobody{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "subscription_not_found")
    assert (await desk.cancel("SUB-nobody", at="now")).status_code == 404
    assert (await desk.keep("SUB-nobody")).status_code == 404


async def test_a_viewer_reads_and_cancels_nothing(
    service: Service[Runtime], client_of: ClientOf
) -> None:
    async with client_of(service.http_app("test", "test"), UserRole.VIEWER) as client:
        desk = Desk(service, client)
        known = await desk.put(life("active"))
        assert (await desk.detail(known))["status"] == "ACTIVE"
        assert (await desk.cancel(known, at="now")).status_code == 403
        assert (await desk.keep(known)).status_code == 403


async def test_payments_are_paged_from_the_newest_to_the_oldest_and_back(desk: Desk) -> None:
    facts = [
        payment(f"2026-01-{day:02d} 09:00", transaction=f"T-{day:02d}") for day in range(1, 26)
    ]
    facts += [payment("2026-01-25 09:00", transaction="T-25b")]
    known = await desk.put(a_subscription(*facts))
    expected = sorted((fact.transaction_id for fact in facts), reverse=True)
    path, seen, query = f"/v1/subscriptions/{known}/payments", [], {"limit": "10"}
    page: Json = {}
    for _ in range(3):
        page = (await desk.client.get(path, params=query)).json()
        assert page["total"] == 26
        seen += [row["transaction_id"] for row in page["items"]]
        query = {"limit": "10", "cursor": page["next"]}
    assert page["next"] is None
    assert seen == expected
    before = (
        await desk.client.get(path, params={"limit": "10", "cursor": page["previous"]})
    ).json()
    assert [row["transaction_id"] for row in before["items"]] == expected[10:20]
    assert (before["from"], before["to"]) == (11, 20)
    upwards = {"limit": "200", "sort": "created_at"}
    oldest = (await desk.client.get(path, params=upwards)).json()["items"]
    assert [row["transaction_id"] for row in oldest] == expected[::-1]


async def test_as_many_payment_dates_are_told_as_are_asked_for(desk: Desk) -> None:
    known = await desk.put(life("active"))
    path = f"/v1/subscriptions/{known}/payment-dates"
    answer = (await desk.client.get(path, params={"count": 3})).json()
    PaymentDates.model_validate(answer)
    assert answer["zone"] == "UTC"
    assert [each["period_on"] for each in answer["payment_dates"]] == [
        "2026-04-01", "2026-05-01", "2026-06-01",
    ]  # fmt: skip
    assert len((await desk.client.get(path, params={"count": 120})).json()["payment_dates"]) == 120
    for count in ("0", "121", "many"):
        answer = (await desk.client.get(path, params={"count": count})).json()
        assert [each["pointer"] for each in answer["errors"]] == ["/query/count"]


async def test_no_date_is_told_behind_the_last_payment(desk: Desk) -> None:
    bounded = await desk.put(life("missed"))
    path = f"/v1/subscriptions/{bounded}/payment-dates"
    told = (await desk.client.get(path, params={"count": 120})).json()["payment_dates"]
    detail = await desk.detail(bounded)
    # 20 payments at most, one of them made and one owed.
    assert len(told) == 18
    assert told[0]["period_on"] == detail["recurrence"]["next_payment_on"]
