"""Contexts for simulations through the same faults: each payment has one, whatever happens."""

from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from payops_testing.faultlab.arena import Arena
from payops_testing.faultlab.checker.findings import Findings
from payops_testing.faultlab.lanes import Case, Lanes
from payops_testing.faultlab.service import CHECKOUT_RULES
from payops_testing.faultlab.stories import killed_at, read_again_from_the_start

pytestmark = [pytest.mark.faults, pytest.mark.servers]

PAYMENTS = 200
POINTS = ("consumer.after_load", "consumer.after_fold")
"""Those in the service's own code; the kernel's are tried with the smallest service."""


@pytest.mark.timeout(1_800)
async def test_whatever_happens_on_the_way_each_payment_has_one_context(lanes: Lanes) -> None:
    stories = {
        "all domain events read again from the start": partial(
            read_again_from_the_start, count=PAYMENTS
        ),
        f"killed at {' > '.join(POINTS)}": partial(killed_at, points=POINTS, count=PAYMENTS),
    }
    cases: dict[str, Case] = {
        name: partial(_come_through, story) for name, story in stories.items()
    }
    await lanes.run(cases, CHECKOUT_RULES)


async def _come_through(story: Callable[[Arena], Awaitable[Findings]], arena: Arena) -> None:
    assert (await story(arena)).payments == PAYMENTS
