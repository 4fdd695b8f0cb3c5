"""Pages of charts over a gateway that the test plays, in the days of Rome."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from browser.charts.played import PAID, answers
from browser.conftest import Visit
from payops_testing.backoffice.played_gateway import PlayedGateway
from payops_testing.backoffice.played_site import PlayedSite
from payops_testing.browser.visitors import Contexts, Visitors


@pytest.fixture
def gateway(site: PlayedSite) -> PlayedGateway:
    """Answers of thirty days of Rome, with a payment on each."""
    for path, body in answers(PAID).items():
        site.gateway.play("GET", path, body)
    site.gateway.asked.clear()
    return site.gateway


@pytest_asyncio.fixture(loop_scope="session")
async def look(
    contexts: Contexts, site: PlayedSite, gateway: PlayedGateway
) -> AsyncIterator[Visit]:
    """Open a page over the played gateway."""
    visitors = Visitors(contexts, site.address)

    async def opened(path: str = "/analytics", **more: Any) -> Any:
        return await visitors.open(path, role="admin", **more)

    yield opened
    assert await visitors.close() == []
