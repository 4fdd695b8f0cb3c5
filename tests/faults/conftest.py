"""Servers that belong to the fault tests alone, and a fresh arena for each test."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from faultlab.arena import Arena
from faultlab.broker import fresh_topics

from payops_local.places import INSTALLED
from payops_local.servers.private import PrivateServers

FAULT_SERVERS = INSTALLED / "test-servers"


@pytest.fixture(scope="session")
def hurt_servers() -> Iterator[PrivateServers]:
    """A broker and a mongod that tests kill, pause and empty; no other test uses them."""
    with PrivateServers(FAULT_SERVERS) as servers:
        yield servers


@pytest_asyncio.fixture
async def arena(hurt_servers: PrivateServers, tmp_path: Path) -> AsyncIterator[Arena]:
    """Fresh topics, databases of the test's own, processes that end with it."""
    kafka, mongo = hurt_servers.kafka(), hurt_servers.mongo()
    for server in (kafka, mongo):
        server.resume()
        server.start()
    await fresh_topics(kafka.address)
    arena = Arena(kafka, mongo, tmp_path)
    yield arena
    await arena.close()
