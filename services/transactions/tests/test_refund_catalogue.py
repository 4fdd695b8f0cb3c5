"""Refunds obey the provider catalogue: the newest that arrived, in every process, soon."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from functools import partial
from itertools import permutations
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest

from payops_contracts.envelope import domain_event
from payops_contracts.provider_catalogue import (
    BUILT_IN_PAIRS,
    CATALOGUE_ID,
    ProviderCatalogueChangedV1,
)
from payops_contracts.topics import CHECKOUT_RULES, TRANSACTIONS_ON_CATALOGUE
from payops_kernel.auth.principals import UserRole
from payops_kernel.errors import DeadLetter
from payops_kernel.messaging import Decoded, Record, SliceWork
from payops_kernel.mongo import Mongo, Session, in_transaction
from payops_kernel.runtime import Runtime, Service
from payops_kernel.settings import Role
from payops_kernel.testing import eventually
from payops_kernel.testing.callers import ClientOf
from payops_testing.services import built, service_on
from payops_testing.transactions.builders import NOON, a_description, a_fact, folded
from transactions import bootstrap
from transactions.consumers import CatalogueEvents
from transactions.domain.facts import FactKind
from transactions.domain.refundability import BUILT_IN
from transactions.settings import Settings
from transactions.store.catalogue import COLLECTION, CatalogueStore, FollowedCatalogue
from transactions.store.transactions import TransactionStore

FLOW, STRIPE = ("flowpay", "wire-transfer"), ("stripe", "credit-cards")
BUILT_IN_SAYS = frozenset({FLOW})
SETTINGS = Settings(role=Role.API)


def a_catalogue(version: int, *without_refunds: tuple[str, str]) -> Record:
    """The event of a version in which these pairs have no refunds, and all others have."""
    pairs = [
        each.model_dump(mode="json")
        | {"refund": (each.provider, each.method) not in without_refunds}
        for each in BUILT_IN_PAIRS
    ]
    said = {"version": version, "pairs": pairs, "changed_at": NOON, "changed_by": "local:admin"}
    return a_record(
        domain_event(
            "payops.provider-catalogue.changed.v1", "/payops/checkout-rules", CATALOGUE_ID,
            version, NOON, said, causationid="c-1",
        )
    )  # fmt: skip


def a_record(event: Any) -> Record:
    """The event as it lies in the topic."""
    return Record(CHECKOUT_RULES.name, 0, 0, 0, b"k", orjson.dumps(event), ())


async def take(mongo: Mongo, *records: Record) -> None:
    """Take a slice in as the consumer does."""
    events = CatalogueEvents(CatalogueStore({COLLECTION: mongo.db[COLLECTION]}))
    slice_: list[Decoded[ProviderCatalogueChangedV1 | None]] = [
        Decoded(record, events.decode(record)) for record in records
    ]

    async def body(session: Session) -> None:
        await events.apply(SliceWork(session, TRANSACTIONS_ON_CATALOGUE.group), slice_)

    await in_transaction(mongo, body)


async def obeyed(mongo: Mongo) -> tuple[int, frozenset[tuple[str, str]]]:
    """Version and pairs without refunds, as stored."""
    held = await CatalogueStore({COLLECTION: mongo.db[COLLECTION]}).held()
    return held.version, held.without_refunds


@pytest.fixture
async def service(mongo_uri: str) -> AsyncIterator[Service[Runtime]]:
    """A paid payment of Stripe, `t-1`, and one of Flowpay, `t-2`."""
    async with service_on(mongo_uri, bootstrap, SETTINGS) as made:
        store = TransactionStore(made.runtime.mongo.db)
        flow = a_description(provider=FLOW[0], method=FLOW[1])
        stripe = a_description(provider=STRIPE[0], method=STRIPE[1])
        paid = [
            folded(a_fact(FactKind.PAID, transaction_id=key, event_id=key, description=said))
            for key, said in (("t-1", stripe), ("t-2", flow))
        ]
        await store.collection.insert_many([store.to_document(each) for each in paid])
        yield made


@pytest.fixture
def mongo(service: Service[Runtime]) -> Mongo:
    """Its database."""
    return service.runtime.mongo


@pytest.fixture
async def processes(
    service: Service[Runtime], client_of: ClientOf
) -> AsyncIterator[Sequence[httpx.AsyncClient]]:
    """An operator at two processes that run on that database."""
    async with AsyncExitStack() as stack:
        clients = []
        for _ in range(2):
            app = built(bootstrap, service.runtime.settings).http_app("test", "test")
            await stack.enter_async_context(app.router.lifespan_context(app))
            client = client_of(app, UserRole.OPERATOR)
            clients.append(await stack.enter_async_context(client))
        yield clients


async def refund(client: httpx.AsyncClient, transaction_id: str) -> tuple[int, str | None]:
    """Status and code of one cent's refund."""
    answer = await client.post(
        f"/v1/transactions/{transaction_id}/refunds",
        json={"amount_minor": 1, "reason": "Item returned"},
        headers={"Idempotency-Key": uuid4().hex},
    )
    return answer.status_code, answer.json().get("code")


async def reasons(client: httpx.AsyncClient) -> dict[str, tuple[str | None, ...]]:
    """Why each payment cannot be refunded, as detail, list and bulk preview say."""
    listed = (await client.get("/v1/transactions")).json()["items"]
    found: dict[str, tuple[str | None, ...]] = {}
    for row in listed:
        key = row["transaction_id"]
        detail = (await client.get(f"/v1/transactions/{key}")).json()
        bulk = await client.post("/v1/transactions/bulk-refunds/previews", json={"ids": [key]})
        refused = bulk.json()["refused"]
        found[key] = (
            detail["actions"]["refund"]["reason"],
            row["actions"]["refund"]["reason"],
            refused[0]["reason"] if refused else None,
        )
    return found


NO_FLOW = "Flowpay cannot refund Wire transfer payments."
NO_STRIPE = "Stripe cannot refund Credit card payments."


async def test_every_process_obeys_a_catalogue_soon_and_the_built_in_one_until_then(
    processes: Sequence[httpx.AsyncClient], mongo: Mongo
) -> None:
    for client in processes:
        assert await reasons(client) == {"t-1": (None,) * 3, "t-2": (NO_FLOW,) * 3}
        assert await refund(client, "t-1") == (202, None)
        assert await refund(client, "t-2") == (409, "method_cannot_refund")
    await take(mongo, a_catalogue(2, STRIPE))
    turned = {"t-1": (NO_STRIPE,) * 3, "t-2": (None,) * 3}
    for client in processes:
        await eventually(partial(reasons, client), until=turned.__eq__)
        assert await refund(client, "t-1") == (409, "method_cannot_refund")
        assert await refund(client, "t-2") == (202, None)


async def test_a_process_that_has_just_begun_refunds_nothing_that_the_stored_catalogue_forbids(
    service: Service[Runtime], mongo: Mongo, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    await take(mongo, a_catalogue(2, STRIPE))
    monkeypatch.setattr(FollowedCatalogue, "follow", asyncio.Event().wait)  # it never comes to it
    app = built(bootstrap, service.runtime.settings).http_app("test", "test")
    async with app.router.lifespan_context(app), client_of(app, UserRole.OPERATOR) as client:
        assert await refund(client, "t-1") == (409, "method_cannot_refund")
        assert await refund(client, "t-2") == (202, None)


async def test_the_newest_catalogue_holds_in_whatever_order_and_how_often_they_come(
    mongo: Mongo,
) -> None:
    told = [a_catalogue(1, FLOW), a_catalogue(2, STRIPE), a_catalogue(3, FLOW, STRIPE)]
    for order in permutations([*told, told[1]]):
        await mongo.db[COLLECTION].delete_many({})
        for record in order:
            await take(mongo, record)
        assert await obeyed(mongo) == (3, frozenset({FLOW, STRIPE})), order
    await mongo.db[COLLECTION].delete_many({})
    await take(mongo, *reversed(told))
    assert await obeyed(mongo) == (3, frozenset({FLOW, STRIPE})), "in one slice"


async def test_after_a_restore_what_is_read_again_holds_again(mongo: Mongo) -> None:
    await take(mongo, a_catalogue(2, STRIPE))
    backup = await mongo.db[COLLECTION].find_one({"_id": CATALOGUE_ID})
    assert backup is not None
    await take(mongo, a_catalogue(3))
    await mongo.db[COLLECTION].replace_one({"_id": CATALOGUE_ID}, backup)
    assert await obeyed(mongo) == (2, frozenset({STRIPE}))
    await take(mongo, a_catalogue(2, STRIPE), a_catalogue(3))
    assert await obeyed(mongo) == (3, frozenset())


async def test_the_worker_reads_the_topic(service: Service[Runtime]) -> None:
    read = [each.subscription for each in service.runtime.worker.consumers]
    assert TRANSACTIONS_ON_CATALOGUE in read


async def test_a_pair_that_no_catalogue_names_is_asked_and_a_disabled_one_as_it_says(
    mongo: Mongo,
) -> None:
    event = orjson.loads(a_catalogue(2).value or b"")
    flow = next(each for each in event["data"]["pairs"] if each["provider"] == FLOW[0])
    flow |= {"enabled": False, "refund": True}
    event["data"]["pairs"] = [flow]
    await take(mongo, a_record(event))
    held = await CatalogueStore({COLLECTION: mongo.db[COLLECTION]}).held()
    assert held.can_refund(*FLOW)
    assert held.can_refund("newpay", "barter")
    assert not BUILT_IN.can_refund(*FLOW)


async def test_events_about_rules_are_passed_over_unread_and_a_broken_catalogue_is_not(
    mongo: Mongo,
) -> None:
    events = CatalogueEvents(CatalogueStore({COLLECTION: mongo.db[COLLECTION]}))
    assert events.decode(a_record({"type": "payops.checkout-rule.of-tomorrow.v1"})) is None
    with pytest.raises(DeadLetter, match="Field required"):
        events.decode(a_record(orjson.loads(a_catalogue(2).value or b"") | {"data": {}}))
    await take(mongo, a_record({"type": "payops.checkout-rule.of-tomorrow.v1"}))
    assert await obeyed(mongo) == (BUILT_IN.version, BUILT_IN_SAYS)
