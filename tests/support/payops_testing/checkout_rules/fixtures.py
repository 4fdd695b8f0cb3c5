"""For test files that name it in ``pytest_plugins``: the service, and somebody at its routes."""

from collections.abc import AsyncIterator

import pytest

from payops_kernel.testing.callers import ClientOf
from payops_testing.checkout_rules.desk import Desk, House, checkout_rules_on, desk_of


@pytest.fixture
async def house(mongo_uri: str) -> AsyncIterator[House]:
    """As after its first start."""
    async with checkout_rules_on(mongo_uri) as made:
        yield made


@pytest.fixture
async def desk(house: House, client_of: ClientOf) -> AsyncIterator[Desk]:
    """An approver."""
    async with desk_of(house, client_of) as made:
        yield made
