"""Every filter of the list, alone and together, against the same in plain Python."""

from collections.abc import AsyncIterator
from itertools import combinations
from random import Random

import httpx
import pytest
import pytest_asyncio

from payops_kernel.testing.callers import ClientOf
from payops_testing.transactions.list_setting import LIST, ids_listed, viewer_of
from payops_testing.transactions.varied_payments import (
    ALONE,
    TOGETHER,
    combined,
    document,
    meant,
    varied_payments,
)

PAYMENTS = varied_payments(300)
LIMITS = (7, 50, 200)
TOGETHER_TRIED = 50
"""Of each number of filters; ``--full`` tries every combination."""

pytestmark = pytest.mark.asyncio(loop_scope="module")

each_sort = pytest.mark.parametrize("sort", ["-created_at", "created_at", "-amount", "amount"])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(mongo_uri: str, client_of: ClientOf) -> AsyncIterator[httpx.AsyncClient]:
    documents = [document(payment) for payment in PAYMENTS]
    async with viewer_of(mongo_uri, client_of, documents) as viewer:
        yield viewer


@each_sort
@pytest.mark.parametrize("name", ALONE)
async def test_each_filter_alone_selects_what_it_says(
    client: httpx.AsyncClient, name: str, sort: str
) -> None:
    for number, query in enumerate(ALONE[name]):
        expected = meant(PAYMENTS, query, sort)
        assert 0 < len(expected) < len(PAYMENTS), query
        limit = LIMITS[number % len(LIMITS)]
        assert await ids_listed(client, sort=sort, limit=limit, **query) == expected, query


@each_sort
@pytest.mark.parametrize("count", [2, 3])
async def test_filters_together_select_what_all_of_them_say(
    client: httpx.AsyncClient, count: int, sort: str, request: pytest.FixtureRequest
) -> None:
    random = Random(f"{count} {sort}")
    together = list(combinations(TOGETHER, count))
    if not request.config.getoption("--full"):
        together = random.sample(together, min(len(together), TOGETHER_TRIED))
    for names in together:
        query, fewer = combined(names, random)
        expected = meant(PAYMENTS, query, sort)
        assert expected, query
        assert all(meant(PAYMENTS, less, sort) != expected for less in fewer), query
        limit = random.choice(LIMITS)
        assert await ids_listed(client, sort=sort, limit=limit, **query) == expected, query


async def test_all_filters_together_find_one_payment_by_its_own_values(
    client: httpx.AsyncClient,
) -> None:
    for payment in PAYMENTS[:20]:
        query = payment._asdict() | {
            "q": payment.id,
            "created_from": payment.created.isoformat(),
            "amount_from": payment.amount,
            "amount_to": payment.amount,
        }
        for no_filter in ("id", "name", "email", "created", "amount"):
            del query[no_filter]
        assert await ids_listed(client, **query) == [payment.id]


@pytest.mark.parametrize(
    "query",
    [
        {"customer": "u-"},
        {"customer": "U-1"},
        {"q": "U-1"},
        {"q": "example.com"},
        {"q": "rossi maria"},
        {"method": "credit"},
        {"currency": "GBP"},
        {"amount_from": 60},
        {"created_to": "2026-01-01T00:00:00Z"},
        {"status": "PAID", "q": "nobody"},
    ],
)
async def test_what_no_payment_has_finds_nothing(
    client: httpx.AsyncClient, query: dict[str, str | int]
) -> None:
    assert await ids_listed(client, **query) == []


@pytest.mark.parametrize(
    "query",
    [
        {"created_from": "2026-01-02T00:00:00Z", "created_to": "2026-01-01T00:00:00Z"},
        {"amount_from": "2", "amount_to": "1"},
    ],
)
async def test_a_range_from_behind_its_end_is_refused(
    client: httpx.AsyncClient, query: dict[str, str]
) -> None:
    answer = await client.get(LIST, params=query)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "range_reversed"


@pytest.mark.parametrize(
    "query",
    [
        *({"q": blank} for blank in (" ", "\t \n", "\x1f", "\u3000")),
        {"amount_from": str(2**63)},
        {"amount_to": "1" + "0" * 30},
        {"created_from": "1767225600"},
        {"created_from": "0001-01-01T00:00:00+14:00"},
        {"created_to": "9999-12-31T23:59:59-14:00"},
    ],
)
async def test_a_value_out_of_the_common_is_answered_or_refused_never_a_defect(
    client: httpx.AsyncClient, query: dict[str, str]
) -> None:
    answer = await client.get(LIST, params=query)
    assert answer.status_code in {200, 422}, answer.text
