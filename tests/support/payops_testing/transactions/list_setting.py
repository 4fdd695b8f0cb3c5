"""A database with some transactions, and a viewer who asks the service for its list."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest

from payops_kernel.auth.principals import UserRole
from payops_kernel.mongo import Document, connect, ensure_collections
from payops_kernel.testing.callers import ClientOf
from transactions.main import create_app
from transactions.store.transactions import COLLECTION, INDEXES, TransactionStore

LIST = "/v1/transactions"
STORE = TransactionStore({COLLECTION: None})  # type: ignore[dict-item]
"""Makes documents; keeps none."""


@asynccontextmanager
async def viewer_of(
    uri: str, client_of: ClientOf, documents: Sequence[Document]
) -> AsyncIterator[httpx.AsyncClient]:
    """A viewer at a service whose database holds these transactions."""
    prefix = f"fields_{uuid4().hex[:8]}_"
    mongo = connect(uri, f"{prefix}transactions")
    await ensure_collections(mongo.db, INDEXES)
    await mongo.db[COLLECTION].insert_many(list(documents))
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PAYOPS_MONGO", uri)
        environment.setenv("PAYOPS_DATABASE_PREFIX", prefix)
        app = create_app()
    async with client_of(app, UserRole.VIEWER) as viewer:
        yield viewer
    await mongo.client.drop_database(mongo.db.name)
    mongo.close()


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
