"""A broker that is away: for seconds nobody notices, for long writes over HTTP are refused."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from bson import Timestamp

from payops_kernel.messaging.relay_lag import RELAY_LAG_MAX_SECONDS
from payops_kernel.testing import eventually
from payops_testing.faultlab.arena import Arena
from payops_testing.faultlab.operators import Operator, paid

AGREES_SECONDS = 20.0
CATCHES_UP_SECONDS = 60.0

pytestmark = [pytest.mark.faults, pytest.mark.servers, pytest.mark.timeout(1_800)]


def _has_waited(arena: Arena, seconds: float) -> None:
    """What waits to be published has waited for so long, without anybody waiting here."""
    since = datetime.now(UTC) - timedelta(seconds=seconds)
    arena.database["outbox"].update_many({}, {"$set": {"order": Timestamp(since, 1)}})


async def test_refunds_are_refused_while_the_relay_is_far_behind_and_taken_when_it_has_caught_up(
    arena: Arena, operator: Operator
) -> None:
    payments = [f"{arena.prefix}{number}" for number in range(3)]
    process = await arena.start()
    await paid(arena, payments)
    await arena.drained()
    await arena.kafka.astop()

    async def refunded(payment: str, status: int) -> httpx.Response:
        answer = await operator.refund(process, payment, f"key of {payment}")
        assert answer.status_code == status, answer.text
        return answer

    await refunded(payments[0], 202)
    _has_waited(arena, RELAY_LAG_MAX_SECONDS / 4)
    await refunded(payments[1], 202)
    assert arena.database["outbox"].count_documents({}) == 2

    _has_waited(arena, RELAY_LAG_MAX_SECONDS + 1)

    async def says_so() -> bool:
        health = await process.health()
        return health is not None and any("get 429" in said for said in health["reasons"])

    await eventually(says_so, AGREES_SECONDS)
    await refunded(payments[1], 202)  # its first answer
    refused = await refunded(payments[2], 429)
    assert refused.json()["code"] == "relay_behind"
    assert int(refused.headers["retry-after"]) > 0
    assert not arena.stored()[payments[2]].get("refunds")
    async with operator.at(process) as client:
        assert (await client.get(f"/v1/transactions/{payments[2]}")).status_code == 200

    await arena.kafka.astart()
    await eventually(lambda: refunded(payments[2], 202), CATCHES_UP_SECONDS)
    await arena.verdict()
    refunds = [len(arena.stored()[payment]["refunds"]) for payment in payments]
    assert refunds == [1, 1, 1]
