"""Counts by status and sums by currency beside the list: what its filters leave, up to the cap."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from payops_kernel.http.lists import COUNT_CAP
from payops_kernel.lists import totals
from payops_kernel.testing.callers import ClientOf
from payops_testing.transactions.list_setting import LIST, STORE, viewer_of
from payops_testing.transactions.payments_of_all_kinds import bare, of_every_status, rich

TOTALS = "/v1/totals/transactions"

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(mongo_uri: str, client_of: ClientOf) -> AsyncIterator[httpx.AsyncClient]:
    documents = [STORE.to_document(t) for t in (rich(), bare(), *of_every_status())]
    async with viewer_of(mongo_uri, client_of, documents) as viewer:
        yield viewer


async def rows_of(client: httpx.AsyncClient, query: str = "") -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await client.get(f"{LIST}?limit=200&{query}")).json()["items"]
    return items


@pytest.mark.parametrize("query", ["", "amount_from=1200", "method=credit-cards"])
async def test_counts_and_sums_are_those_of_the_rows(client: httpx.AsyncClient, query: str) -> None:
    rows = await rows_of(client, query)
    found = (await client.get(f"{TOTALS}?{query}")).json()
    assert found["all"]["count"] == len(rows)
    for each in found["counts"]:
        assert each["count"] == sum(row["status"] == each["value"] for row in rows), each
    for each in found["sums"]:
        of_currency = [row["amount_minor"] for row in rows if row["currency"] == each["currency"]]
        assert (each["count"], each["amount_minor"]) == (len(of_currency), sum(of_currency))
    assert sum(each["count"] for each in found["sums"]) == len(rows)


async def test_the_status_that_is_chosen_bounds_the_sums_and_not_the_counts_of_the_others(
    client: httpx.AsyncClient,
) -> None:
    everything = (await client.get(TOTALS)).json()
    failed = (await client.get(f"{TOTALS}?status=FAILED")).json()
    assert (failed["all"], failed["counts"]) == (everything["all"], everything["counts"])
    rows = await rows_of(client, "status=FAILED")
    assert sum(each["count"] for each in failed["sums"]) == len(rows) > 0


async def test_more_rows_than_are_counted_have_a_capped_count_and_no_sum(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(totals, "COUNT_CAP", 2)
    found = (await client.get(f"{TOTALS}?type=DIRECT")).json()
    assert found["all"] == {"value": "", "count": 2, "is_capped": True}
    assert found["sums"] is None
    assert COUNT_CAP == 10_000


async def test_rows_are_found_by_their_ids_among_those_that_other_filters_leave(
    client: httpx.AsyncClient,
) -> None:
    rows = await rows_of(client)
    ids = "&".join(f"transaction_id={row['transaction_id']}" for row in rows[:3])
    found = await rows_of(client, f"{ids}&transaction_id=nobody")
    assert [row["transaction_id"] for row in found] == [r["transaction_id"] for r in rows[:3]]
    left = await rows_of(client, f"{ids}&status={rows[0]['status']}")
    assert {row["status"] for row in left} == {rows[0]["status"]}


async def test_a_row_names_its_customer_and_its_version(client: httpx.AsyncClient) -> None:
    for row in await rows_of(client):
        assert row["user_id"]
        assert row["version"] >= 1
        assert {"user_name", "user_email"} <= row.keys()
