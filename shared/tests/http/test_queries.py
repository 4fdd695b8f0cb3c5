"""Query parameters that lists share."""

from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Query
from pydantic import Field

from payops_kernel.http.queries import InstantParam, ListQuery


class ThingQuery(ListQuery):
    """A list's own filters."""

    status: Annotated[list[str], Field(max_length=3)] = []
    created_from: InstantParam | None = None
    amount_from: int | None = None


@pytest.fixture
def router() -> APIRouter:
    routes = APIRouter()

    @routes.get("/things")
    async def things(query: Annotated[ThingQuery, Query()]) -> dict[str, Any]:
        return {"filters": query.filters(), "limit": query.limit}

    return routes


async def test_repeated_values_and_instants_with_offsets_are_read(
    client_of: Any, router: APIRouter
) -> None:
    client = client_of(router)
    url = "/things?status=PAID&status=FAILED&status=PAID&created_from=2026-01-01T02:00:00+02:00"
    asked = (await client.get(url + "&limit=7")).json()
    assert asked == {
        "filters": {"status": ["FAILED", "PAID"], "created_from": "2026-01-01T00:00:00Z"},
        "limit": 7,
    }


async def test_a_naive_instant_is_refused_with_a_pointer(client_of: Any, router: APIRouter) -> None:
    answer = await client_of(router).get("/things?created_from=2026-01-01T00:00:00")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/query/created_from"


@pytest.mark.parametrize(
    "text",
    [
        "9999-12-31T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "2200-12-31T23:59:59-05:00",
        "1700000000",
        "2026-01-01",
        "20260101T000000Z",
        "2026-W01-1T00:00:00Z",
        "2026-01-01T00:00Z",
    ],
)
async def test_an_instant_that_the_contract_does_not_take_is_refused_with_a_pointer(
    client_of: Any, router: APIRouter, text: str
) -> None:
    answer = await client_of(router).get("/things", params={"created_from": text})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/query/created_from"


async def test_an_instant_may_be_written_in_every_way_of_rfc_3339(
    client_of: Any, router: APIRouter
) -> None:
    client = client_of(router)
    texts = ("2026-01-01t00:00:00z", "2026-01-01T00:00:00.0-00:00", "2026-01-01T01:00:00+01:00")
    for text in texts:
        asked = (await client.get("/things", params={"created_from": text})).json()
        assert asked["filters"]["created_from"] == "2026-01-01T00:00:00Z"


@pytest.mark.parametrize(
    "query", ["status=a&status=b&status=c&status=d", "limit=0", "amount_from=1.5", "offset=3"]
)
async def test_what_a_list_does_not_take_is_refused(
    client_of: Any, router: APIRouter, query: str
) -> None:
    assert (await client_of(router).get(f"/things?{query}")).status_code == 422
