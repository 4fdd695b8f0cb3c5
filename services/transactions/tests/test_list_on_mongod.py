"""The list and the detail on a real mongod, through the app's own routes; every query by index."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import combinations
from random import Random
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from payops_contracts.money import format_money
from payops_contracts.payments import PaymentType, TransactionStatus
from payops_contracts.refunds import RefundStatus
from payops_kernel.auth.principals import UserRole
from payops_kernel.lists.reads import ListReads
from payops_kernel.mongo import Mongo, connect, ensure_collections
from payops_kernel.testing.callers import ClientOf
from payops_testing.kernel.dropping import drop_database
from payops_testing.transactions.builders import a_description, a_fact
from transactions.api.transaction_list import TRANSACTION_LIST, TransactionFilters
from transactions.domain.facts import FactKind
from transactions.domain.folding import fold
from transactions.main import create_app
from transactions.store.transactions import INDEXES, TransactionStore

ROWS = 500
START = datetime(2026, 1, 1, tzinfo=UTC)


def stored_rows() -> list[dict[str, Any]]:
    """Skewed rows, many with the same date, as documents."""
    random = Random(7)
    store = TransactionStore({"transactions": None})  # type: ignore[dict-item]
    rows = []
    for number in range(ROWS):
        key = f"t-{number:04d}"
        kind = random.choice([FactKind.PAID] * 6 + [FactKind.CREATED, FactKind.FAILED])
        description = a_description(
            created_at=START + timedelta(hours=random.randrange(100)),
            method=random.choice(["credit-cards"] * 5 + ["pay-pal", "satispay"]),
            channel=random.choice(["web", "web", "mobile"]),
            type=random.choice(["DIRECT", "SUBSCRIPTION"]),
            subscription_id=f"sub-{number % 10}" if number % 2 else None,
        )
        fact = a_fact(
            kind, transaction_id=key, event_id=key, amount_minor=random.randrange(50),
            description=description,
        )  # fmt: skip
        rows.append(store.to_document(fold(None, fact)))
    return rows


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def filled(mongo_uri: str) -> AsyncIterator[Mongo]:
    """A database with the rows, its indexes and its view, and one placeholder."""
    mongo = connect(mongo_uri, f"list_{uuid4().hex[:8]}_transactions")
    await ensure_collections(mongo.db, INDEXES, [TRANSACTION_LIST.view("transactions_view")])
    await mongo.db["transactions"].insert_many(stored_rows())
    await mongo.db["transactions"].insert_one({"_id": "unknown", "version": 0, "parked": []})
    yield mongo
    await drop_database(mongo)
    mongo.close()


@pytest_asyncio.fixture(loop_scope="module")
async def client(
    filled: Mongo, mongo_uri: str, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx.AsyncClient]:
    monkeypatch.setenv("PAYOPS_MONGO", mongo_uri)
    monkeypatch.setenv("PAYOPS_DATABASE_PREFIX", filled.db.name.removesuffix("transactions"))
    async with client_of(create_app(), UserRole.VIEWER) as asking:
        yield asking


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def pages(client: httpx.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    cursor = None
    for _ in range(ROWS):
        params = {**query, **({"cursor": cursor} if cursor else {})}
        answer = await client.get("/v1/transactions", params=params)
        assert answer.status_code == 200, answer.text
        rows += answer.json()["items"]
        cursor = answer.json()["next"]
        if cursor is None:
            return rows
    raise AssertionError("the list does not end")


@pytest.mark.parametrize("sort", ["-created_at", "created_at", "-amount", "amount"])
async def test_paging_shows_every_row_once_in_order(client: httpx.AsyncClient, sort: str) -> None:
    rows = await pages(client, limit=37, sort=sort)
    assert len({row["transaction_id"] for row in rows}) == len(rows) == ROWS
    field = "amount_minor" if "amount" in sort else "created_at"
    values = [row[field] for row in rows]
    assert values == sorted(values, reverse=sort.startswith("-"))


async def test_filters_all_hold_and_values_of_one_are_alternatives(
    client: httpx.AsyncClient,
) -> None:
    query = {
        "status": ["PAID", "FAILED"], "method": "credit-cards", "channel": "web",
        "type": "DIRECT", "amount_from": 10, "amount_to": 40,
        "created_from": "2026-01-02T00:00:00Z", "created_to": "2026-01-04T00:00:00Z",
    }  # fmt: skip
    expected = {
        row["_id"]
        for row in stored_rows()
        if row["status"] in {"PAID", "FAILED"}
        and (row["method"], row["channel"], row["type"]) == ("credit-cards", "web", "DIRECT")
        and 10 <= row["amount_minor"] <= 40
        and datetime(2026, 1, 2, tzinfo=UTC) <= row["created_at"] < datetime(2026, 1, 4, tzinfo=UTC)
    }
    rows = await pages(client, limit=20, **query)
    assert {row["transaction_id"] for row in rows} == expected
    assert expected


async def test_a_search_finds_an_id_by_its_beginning_and_exactly(client: httpx.AsyncClient) -> None:
    assert len(await pages(client, q="t-00")) == 100
    (row,) = await pages(client, q="t-0042")
    assert len(await pages(client, q="ADA@example", limit=200)) == ROWS
    assert len(await pages(client, q="byron", limit=200)) == ROWS
    assert await pages(client, q="yron") == []
    assert len(await pages(client, q="u-1", limit=200)) == ROWS
    assert row["amount"] == format_money(row["amount_minor"], "USD")
    assert await pages(client, q="unknown") == []


async def test_a_search_between_two_words_of_a_customer_finds_nothing(
    client: httpx.AsyncClient,
) -> None:
    assert await pages(client, q="az") == []  # after "ada", before "byron"


async def test_a_customer_filter_is_exact(client: httpx.AsyncClient) -> None:
    assert len(await pages(client, customer="u-1", limit=200)) == ROWS
    assert await pages(client, customer="u-") == []


async def test_the_payments_of_a_subscription_are_found_and_no_others(
    client: httpx.AsyncClient,
) -> None:
    rows = await pages(client, subscription_id="sub-7", limit=20)
    assert {row["transaction_id"] for row in rows} == {f"t-{n:04d}" for n in range(7, ROWS, 10)}
    assert {row["subscription_id"] for row in rows} == {"sub-7"}
    assert await pages(client, subscription_id="sub-") == []


async def test_a_placeholder_is_in_no_list_and_no_detail(client: httpx.AsyncClient) -> None:
    for sort in ("created_at", "amount"):
        answer = await client.get("/v1/transactions", params={"limit": 1, "sort": sort})
        assert answer.json()["total"] == ROWS
        assert answer.json()["items"][0]["transaction_id"] != "unknown"
    assert (await client.get("/v1/transactions/unknown")).status_code == 404


async def test_the_detail_has_the_sections_of_the_requirements(client: httpx.AsyncClient) -> None:
    detail = (await client.get("/v1/transactions/t-0001")).json()
    assert set(detail) >= {"overview", "user", "payment", "history"}
    assert detail["history"][0]["event_label"].startswith("Payment ")
    assert detail["user"]["notification_channels"] == ["email"]


async def test_a_naive_instant_and_an_unknown_filter_are_refused(client: httpx.AsyncClient) -> None:
    for query in ("created_from=2026-01-01T00:00:00", "colour=red", "status=Paid", "limit=201"):
        answer = await client.get(f"/v1/transactions?{query}")
        assert answer.status_code == 422, query
        assert answer.headers["content-type"].startswith("application/problem+json")


async def test_the_view_shows_the_columns_of_the_requirements(filled: Mongo) -> None:
    row = await filled.db["transactions_view"].find_one({"Transaction ID": "t-0001"})
    assert row is not None
    stored = next(row for row in stored_rows() if row["_id"] == "t-0001")
    assert row["Status"] in {"Created", "Paid", "Failed"}
    assert row["Amount"].to_decimal() * 100 == stored["amount_minor"]
    assert await filled.db["transactions_view"].count_documents({}) == ROWS


FILTERS: dict[str, dict[str, Any]] = {
    "status": {"status": [TransactionStatus.PAID]},
    "method": {"method": ["credit-cards", "pay-pal"]},
    "channel": {"channel": ["web"]},
    "provider": {"provider": ["adyen"]},
    "type": {"type": [PaymentType.DIRECT]},
    "refund_status": {"refund_status": [RefundStatus.PENDING, RefundStatus.REQUESTED]},
    "created": {"created_from": START, "created_to": START + timedelta(days=2)},
    "amount": {"amount_from": 5, "amount_to": 20},
    "q": {"q": "t-00"},
    "customer": {"customer": ["u-1"]},
    "subscription": {"subscription_id": ["sub-1", "sub-3"]},
}
CHOICES = [(), *combinations(FILTERS, 1), *combinations(FILTERS, 2), *combinations(FILTERS, 3)]


def hint(index: str | None) -> dict[str, str]:
    return {} if index is None else {"hint": index}


@pytest.mark.parametrize("sorted_by", ["created_at", "amount_minor"])
async def test_no_combination_of_filters_scans_the_collection_or_sorts_in_memory_unbounded(
    filled: Mongo, sorted_by: str
) -> None:
    reads = ListReads(filled.db, TRANSACTION_LIST)
    for chosen in CHOICES:
        parts: dict[str, Any] = {}
        for name in chosen:
            parts |= FILTERS[name]
        asked = TransactionFilters(**parts).condition()
        query, way = await reads.way_to_page(asked, sorted_by, 50)
        ways: list[dict[str, Any]] = [{"filter": TRANSACTION_LIST.query(asked, sorted_by)}]
        ways += [{"filter": each} | hint(way.index) for each in way.queries(query)]
        for each in ways:
            find = {"find": "transactions", "limit": 51, "sort": {sorted_by: -1, "_id": -1}} | each
            explained = await filled.db.command({"explain": find, "verbosity": "queryPlanner"})
            plan = str(explained["queryPlanner"]["winningPlan"])
            assert "COLLSCAN" not in plan, (chosen, each)
