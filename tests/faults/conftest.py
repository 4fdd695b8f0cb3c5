"""Servers that belong to the fault tests alone; a fresh arena for each test or case."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from payops_kernel.auth.issuer import TokenIssuer, new_signing_key
from payops_kernel.auth.principals import UserRole
from payops_local.servers.private import PrivateServers
from payops_testing.faultlab.arena import Arena
from payops_testing.faultlab.lanes import Lanes, fresh_arena
from payops_testing.faultlab.operators import Operator
from payops_testing.parcels.under_fault import PARCELS_SERVICE
from payops_testing.server_folder import server_folder

LANES = 3


@pytest.fixture(scope="package")
def hurt_servers() -> Iterator[Sequence[PrivateServers]]:
    """Brokers and mongods that tests kill, pause and empty; no other test uses them."""
    with ExitStack() as stack:
        lanes = (PrivateServers(server_folder(), short_lived=True) for _ in range(LANES))
        yield [stack.enter_context(servers) for servers in lanes]


@pytest_asyncio.fixture
async def arena(hurt_servers: Sequence[PrivateServers], tmp_path: Path) -> AsyncIterator[Arena]:
    """Fresh topics, databases of the test's own, processes that end with it."""
    async with fresh_arena(hurt_servers[0], tmp_path) as arena:
        yield arena


@pytest_asyncio.fixture
async def smallest(hurt_servers: Sequence[PrivateServers], tmp_path: Path) -> AsyncIterator[Arena]:
    """The same for the smallest service, on which the kernel's faults are proven."""
    async with fresh_arena(hurt_servers[0], tmp_path, PARCELS_SERVICE) as arena:
        yield arena


@pytest.fixture
def lanes(hurt_servers: Sequence[PrivateServers], tmp_path: Path) -> Lanes:
    """For tests with many cases: a few arenas side by side."""
    return Lanes(hurt_servers, tmp_path)


@pytest.fixture
def issuer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TokenIssuer:
    """Whom every process that the test starts trusts."""
    issuer = TokenIssuer(new_signing_key(), issuer="payops-local", audience="payops")
    jwks = tmp_path / "jwks.json"
    jwks.write_bytes(issuer.jwks())
    monkeypatch.setenv("PAYOPS_AUTH_JWKS", str(jwks))
    return issuer


@pytest.fixture
def operator(issuer: TokenIssuer) -> Operator:
    """Somebody who refunds."""
    return Operator(issuer)


@pytest.fixture
def approver(issuer: TokenIssuer) -> Operator:
    """Somebody who has checkout rules answer."""
    return Operator(issuer, UserRole.APPROVER)
