"""The list on a real mongod: what each filter means, its orders, its files and its view."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from random import Random
from typing import Any

import httpx
import pytest
import pytest_asyncio

from payops_contracts.ids import SubscriptionId
from payops_contracts.labels import PROVIDER
from payops_kernel.auth.principals import UserRole
from payops_kernel.lists.reads import ListReads
from payops_kernel.mongo import Mongo
from payops_kernel.testing.callers import ClientOf
from payops_kernel.zones import Zone
from payops_testing.services import service_on
from payops_testing.subscriptions.builders import UTC_RULES
from payops_testing.subscriptions.lives import LIVES, life
from subscriptions import bootstrap
from subscriptions.api.subscription_list import SUBSCRIPTION_LIST, SubscriptionFilters
from subscriptions.domain.facts import Customer
from subscriptions.domain.subscription import Subscription
from subscriptions.settings import Settings
from subscriptions.store.subscriptions import COLLECTION, SubscriptionStore

ROWS, PAGE = 180, 17
ZONE = Zone("Europe/Rome")
LIST = "/v1/subscriptions"
STORE = SubscriptionStore({COLLECTION: None}, UTC_RULES)  # type: ignore[dict-item]
CUSTOMERS = (
    Customer("u-1", "Maria Rossi", "maria@example.com"),
    Customer("u-10", "Marco De Luca"),
    Customer("u-2", "José García"),
    Customer("sub-03", None),
)
Holds = Callable[[Subscription], Any]

pytestmark = pytest.mark.asyncio(loop_scope="module")


def lives(count: int) -> list[Subscription]:
    """Of every kind, with terms that vary; many have their date or their amount in common."""
    random = Random(3)
    found = []
    for number in range(count):
        name = list(LIVES)[number % len(LIVES)]
        found.append(
            life(
                name,
                subscription_id=SubscriptionId(f"SUB-{number:03d}"),
                created_at=datetime(2025, 12, 1, tzinfo=UTC)
                + timedelta(hours=random.randrange(60)),
                customer=random.choice(CUSTOMERS),
                amount_minor=random.randrange(1, 40),
                currency=random.choice(["EUR", "USD"]),
                provider=random.choice(["stripe", "adyen", "nexi"]),
                method=random.choice(["credit-cards", "pay-pal"]),
            )
        )
    return found


SUBSCRIPTIONS = lives(ROWS)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def mongo_and_client(
    mongo_uri: str, client_of: ClientOf
) -> AsyncIterator[tuple[Mongo, httpx.AsyncClient]]:
    async with service_on(mongo_uri, bootstrap, Settings(zone=ZONE.name)) as service:
        mongo = service.runtime.mongo
        await mongo.db[COLLECTION].insert_many([STORE.to_document(it) for it in SUBSCRIPTIONS])
        await mongo.db[COLLECTION].insert_one({"_id": "SUB-unknown", "version": 0, "parked": []})
        async with client_of(service.http_app("test", "test"), UserRole.VIEWER) as client:
            yield mongo, client


@pytest.fixture
def client(mongo_and_client: tuple[Mongo, httpx.AsyncClient]) -> httpx.AsyncClient:
    return mongo_and_client[1]


@pytest.fixture
def mongo(mongo_and_client: tuple[Mongo, httpx.AsyncClient]) -> Mongo:
    return mongo_and_client[0]


async def listed(client: httpx.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    """The rows of all pages, as many as each page says there are."""
    rows: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = await client.get(LIST, params={"limit": PAGE, **query, **cursor})
        assert answer.status_code == 200, (query, answer.text)
        page = answer.json()
        rows += page["items"]
        if page["next"] is None:
            assert page["total"] == len(rows), query
            return rows
        cursor = {"cursor": page["next"]}


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["subscription_id"] for row in rows]


def day(instant: datetime | None) -> str | None:
    """Its day in the reporting zone."""
    return None if instant is None else ZONE.date_of(instant).isoformat()


def active_on(it: Subscription, when: str) -> bool:
    begun = it.started_at is not None and ZONE.date_of(it.started_at).isoformat() <= when
    return begun and (it.ended is None or ZONE.date_of(it.ended.at).isoformat() > when)


def next_on(it: Subscription) -> str | None:
    return None if it.next_payment_on is None else it.next_payment_on.isoformat()


def named(of: Any) -> str:
    """Of a case: its filters."""
    return ",".join(of) if isinstance(of, dict) else ""


MEANT: list[tuple[dict[str, Any], Holds]] = [
    ({"status": ["ON_HOLD", "CREATED"]}, lambda it: it.status in {"ON_HOLD", "CREATED"}),
    ({"status": ["NOT_ACTIVE"]}, lambda it: it.status == "NOT_ACTIVE"),
    ({"end_reason": ["ABORTED"]}, lambda it: it.ended and it.ended.reason == "ABORTED"),
    (
        {"end_reason": ["CANCELLED", "ENDED_BY_PROVIDER"]},
        lambda it: it.ended and it.ended.reason != "ABORTED",
    ),
    ({"provider": ["stripe", "nexi"]}, lambda it: it.terms.provider != "adyen"),
    ({"method": ["pay-pal"]}, lambda it: it.terms.method == "pay-pal"),
    ({"currency": ["EUR"]}, lambda it: it.terms.currency == "EUR"),
    ({"customer": ["u-1"]}, lambda it: it.terms.customer.id == "u-1"),
    ({"subscription_id": ["SUB-007", "SUB-008"]}, lambda it: it.id in {"SUB-007", "SUB-008"}),
    (
        {"created_from": "2025-12-02", "created_to": "2025-12-02"},
        lambda it: day(it.terms.created_at) == "2025-12-02",
    ),
    ({"amount_from": 5, "amount_to": 20}, lambda it: 5 <= it.terms.amount_minor <= 20),
    ({"next_payment_from": "2026-03-01"}, lambda it: (next_on(it) or "") >= "2026-03-01"),
    ({"next_payment_to": "2026-03-31"}, lambda it: (next_on(it) or "9") <= "2026-03-31"),
    (
        {"next_payment_from": "2026-02-01", "next_payment_to": "2026-03-01"},
        lambda it: "2026-02-01" <= (next_on(it) or "") <= "2026-03-01",
    ),
    (
        {"started_from": "2026-01-01", "started_to": "2026-01-01"},
        lambda it: day(it.started_at) == "2026-01-01",
    ),
    (
        {"ended_from": "2026-01-10", "ended_to": "2026-01-20"},
        lambda it: it.ended and "2026-01-10" <= (day(it.ended.at) or "") <= "2026-01-20",
    ),
    ({"active_on": "2026-01-15"}, lambda it: active_on(it, "2026-01-15")),
    ({"active_on": "2026-01-20"}, lambda it: active_on(it, "2026-01-20")),
    (
        {"q": "sub-03"},
        lambda it: it.id.startswith("SUB-03") or it.terms.customer.id == "sub-03",
    ),
    ({"q": "rossi"}, lambda it: it.terms.customer.id == "u-1"),
    ({"q": "garcia"}, lambda it: it.terms.customer.id == "u-2"),
    ({"q": "u-1"}, lambda it: it.terms.customer.id in {"u-1", "u-10"}),
]


@pytest.mark.parametrize(("query", "holds"), MEANT, ids=named)
async def test_each_filter_selects_what_it_says(
    client: httpx.AsyncClient, query: dict[str, Any], holds: Holds
) -> None:
    expected = {it.id for it in SUBSCRIPTIONS if holds(it)}
    assert 0 < len(expected) < ROWS
    assert set(ids(await listed(client, **query))) == expected


async def test_filters_together_select_what_all_of_them_say(client: httpx.AsyncClient) -> None:
    pairs = [each for each in combinations(MEANT, 2) if not each[0][0].keys() & each[1][0].keys()]
    for (one, holds), (two, holds_too) in Random(1).sample(pairs, 40):
        expected = {it.id for it in SUBSCRIPTIONS if holds(it) and holds_too(it)}
        assert set(ids(await listed(client, limit=200, **one, **two))) == expected, (one, two)


ORDERS: dict[str, Callable[[Subscription], Any]] = {
    "created_at": lambda it: (it.terms.created_at, it.id),
    "amount": lambda it: (it.terms.amount_minor, it.id),
    "next_payment_on": lambda it: (next_on(it) or "", it.id),
}


@pytest.mark.parametrize("name", ORDERS)
@pytest.mark.parametrize("descends", [True, False])
async def test_paging_shows_every_row_once_in_order(
    client: httpx.AsyncClient, name: str, descends: bool
) -> None:
    rows = await listed(client, sort=f"-{name}" if descends else name)
    expected = sorted(SUBSCRIPTIONS, key=ORDERS[name], reverse=descends)
    assert ids(rows) == [it.id for it in expected]


async def test_the_newest_come_first_and_a_row_has_its_columns(client: httpx.AsyncClient) -> None:
    newest = max(SUBSCRIPTIONS, key=ORDERS["created_at"])
    row = (await listed(client))[0]
    assert row["subscription_id"] == newest.id
    (row,) = await listed(client, subscription_id="SUB-003")  # on hold
    assert row["status_label"] == "On Hold"
    assert (row["next_payment_on"], row["retry_at"]) == ("2026-03-01", "2026-02-05T09:05:00Z")
    assert (row["end_reason"], row["cancels_on"], row["ended_at"]) == (None, None, None)
    assert (row["interval"], row["interval_count"], row["billing"]) == ("MONTH", 1, "hub")
    (row,) = await listed(client, subscription_id="SUB-005")  # cancelling
    assert (row["next_payment_on"], row["cancels_on"]) == (None, "2026-02-01")


async def test_totals_count_by_status(client: httpx.AsyncClient) -> None:
    totals = (await client.get("/v1/totals/subscriptions")).json()
    counted = {each["value"]: each["count"] for each in totals["counts"]}
    for status, count in counted.items():
        assert count == sum(it.status == status for it in SUBSCRIPTIONS)


async def test_a_file_has_the_rows_of_the_list(client: httpx.AsyncClient) -> None:
    columns = "subscription_id,status,next_payment_on,cancels_on,end_reason"
    query = {"format": "csv", "columns": columns, "status": "NOT_ACTIVE"}
    answer = await client.get(f"{LIST}/export", params=query)
    lines = answer.text.strip().splitlines()
    assert len(lines) == 1 + sum(it.status == "NOT_ACTIVE" for it in SUBSCRIPTIONS)
    head = "Subscription ID,Status,Next payment date,Cancels on,End reason"
    assert lines[0].removeprefix("\ufeff") == head
    assert "SUB-006,Not Active,,,Cancelled" in lines
    chosen = {"ids": ["SUB-003", "SUB-nobody"], "columns": ["subscription_id", "next_payment_on"]}
    answer = await client.post(f"{LIST}/export", json=chosen | {"format": "csv"})
    assert answer.text.strip().splitlines()[1:] == ["SUB-003,2026-03-01"]


async def test_the_view_shows_the_columns_of_the_requirements(mongo: Mongo) -> None:
    view = mongo.db["subscriptions_view"]
    assert await view.count_documents({}) == ROWS
    row = await view.find_one({"Subscription ID": "SUB-005"})
    assert row is not None
    it = SUBSCRIPTIONS[5]
    assert (row["Status"], row["Provider"]) == ("Active", PROVIDER[it.terms.provider])
    assert row["Amount"].to_decimal() * 100 == it.terms.amount_minor
    assert row["Date"] == it.terms.created_at
    assert "Next payment date" not in row
    assert row["Cancels on"] == "2026-02-01"


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("status=Paid", "/query/status/0"),
        ("colour=red", "/query/colour"),
        ("next_payment_from=2026-02-30", "/query/next_payment_from"),
        ("next_payment_from=2026-03-02&next_payment_to=2026-03-01", "/query/next_payment_from"),
        ("active_on=2026-01-01T00:00:00Z", "/query/active_on"),
        ("started_from=2026-02-01&started_to=2026-01-01", "/query/started_from"),
        ("amount_from=-1", "/query/amount_from"),
        ("sort=provider", "/query/sort"),
        ("limit=201", "/query/limit"),
    ],
)
async def test_what_no_list_can_be_asked_is_refused_with_where_it_is(
    client: httpx.AsyncClient, query: str, pointer: str
) -> None:
    answer = await client.get(f"{LIST}?{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]


TRIED = [{}, *(query for query, _ in MEANT)]


async def test_every_filter_is_tried() -> None:
    tried = {name for query in TRIED for name in query}
    assert tried == set(SubscriptionFilters.model_fields)


@pytest.mark.parametrize("query", TRIED, ids=str)
async def test_no_filter_in_no_order_looks_at_every_row(
    mongo: Mongo, query: dict[str, Any]
) -> None:
    listed_by = SUBSCRIPTION_LIST
    asked = SubscriptionFilters(**query).condition(ZONE)
    reads = ListReads(mongo.db, listed_by)
    for field in listed_by.sorts.values():
        found, way = await reads.way_to_page(asked, field.path, PAGE)
        ways: list[dict[str, Any]] = [{"filter": listed_by.query(asked, field.path)}]
        ways += [{"filter": each, "hint": way.index} for each in way.queries(found) if way.index]
        for each in ways:
            find = {"find": COLLECTION, "limit": PAGE, "sort": {field.path: -1, "_id": -1}} | each
            explained = await mongo.db.command({"explain": find, "verbosity": "queryPlanner"})
            assert "COLLSCAN" not in str(explained["queryPlanner"]["winningPlan"]), each


async def test_days_of_next_payments_are_days() -> None:
    asked = SubscriptionFilters.model_validate({"next_payment_to": date(2026, 3, 1)})
    assert asked.condition() == {"next_payment_on": {"$gte": "0", "$lte": "2026-03-01"}}
