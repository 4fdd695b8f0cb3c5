"""A database with some transactions, and a viewer who asks the service for its list."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx

from payops_kernel.auth.principals import UserRole
from payops_kernel.mongo import Document
from payops_kernel.testing.callers import ClientOf
from payops_testing.services import service_on
from transactions import bootstrap
from transactions.settings import Settings
from transactions.store.transactions import COLLECTION, TransactionStore

LIST = "/v1/transactions"
STORE = TransactionStore({COLLECTION: None})  # type: ignore[dict-item]
"""Makes documents; keeps none."""


@asynccontextmanager
async def viewer_of(
    uri: str, client_of: ClientOf, documents: Sequence[Document]
) -> AsyncIterator[httpx.AsyncClient]:
    """A viewer at a service whose database holds these transactions."""
    async with service_on(uri, bootstrap, Settings()) as service:
        await service.runtime.mongo.db[COLLECTION].insert_many(list(documents))
        async with client_of(service.http_app("test", "test"), UserRole.VIEWER) as viewer:
            yield viewer


async def ids_listed(client: httpx.AsyncClient, **query: Any) -> list[str]:
    """The ids of all pages in their order, as many as each page says there are."""
    ids: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        answer = await client.get(LIST, params={**query, **cursor})
        assert answer.status_code == 200, (query, answer.text)
        page = answer.json()
        ids += [row["transaction_id"] for row in page["items"]]
        if page["next"] is None:
            assert page["total"] == len(ids), query
            return ids
        assert page["items"], query
        cursor = {"cursor": page["next"]}
