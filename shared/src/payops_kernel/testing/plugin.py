"""The kernel's pytest plugin: a driven clock, the golden examples, a database of one's own.

``mongo_uri`` (a replica set's URI) comes from the checkout's root ``conftest.py``.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
import pytest_asyncio

from payops_kernel.clock import DrivenClock
from payops_kernel.mongo import Mongo, connect
from payops_kernel.mongo.abandoned import end_abandoned_transactions
from payops_kernel.testing.callers import ClientOf, client_maker
from payops_kernel.testing.golden import GoldenExample, golden_examples

CLOCK_START = datetime(2026, 1, 15, 12, tzinfo=UTC)


@pytest.fixture
def driven_clock() -> DrivenClock:
    """Business time that stands at noon UTC of 2026-01-15 until the test moves it."""
    return DrivenClock(CLOCK_START)


@pytest.fixture(scope="session")
def golden() -> list[GoldenExample]:
    """Every golden example of every event."""
    return golden_examples()


@pytest.fixture(scope="session")
def client_of() -> ClientOf:
    """A client of an app, as somebody with a role."""
    return client_maker()


@pytest_asyncio.fixture
async def own_mongo(mongo_uri: str) -> AsyncIterator[Mongo]:
    """A fresh database, dropped afterwards."""
    mongo = connect(mongo_uri, f"test_{uuid4().hex[:12]}")
    yield mongo
    await end_abandoned_transactions(mongo, idle_seconds=0)  # it would wait for theirs
    await mongo.client.drop_database(mongo.db.name)
    mongo.close()
