"""People who send parcels back."""

from collections.abc import Sequence
from datetime import UTC, datetime

import httpx

from payops_kernel.testing import eventually
from payops_testing.faultlab.arena import Arena
from payops_testing.faultlab.operators import Operator
from payops_testing.faultlab.processes import ServiceProcess
from payops_testing.faultlab.upstream import records
from payops_testing.parcels.carrier import arrived_parcels

APPLIED_SECONDS = 30.0


async def arrived(arena: Arena, parcels: Sequence[str]) -> None:
    """These parcels are at the shop, and the service knows it."""
    await arena.publish(records(arrived_parcels(parcels, datetime.now(UTC))))
    waiting = {"status": "WAITING"}
    await eventually(
        lambda: arena.database["parcels"].count_documents(waiting) == len(parcels), APPLIED_SECONDS
    )


async def sent_back(
    operator: Operator, process: ServiceProcess, parcel: str, key: str
) -> httpx.Response:
    """The answer to who sends a parcel back."""
    async with operator.at(process) as client:
        return await client.post(
            f"/v1/parcels/{parcel}/return",
            json={"reason": "Nobody came"},
            headers={"Idempotency-Key": key},
        )


async def all_sent_back(operator: Operator, process: ServiceProcess) -> str:
    """Send back all that waits; the job's id."""
    async with operator.at(process) as client:
        waiting = {"filter": {"status": ["WAITING"]}}
        preview = await client.post("/v1/parcels/returns/previews", json=waiting)
        assert preview.status_code == 201, preview.text
        answer = await client.post(
            "/v1/parcels/returns",
            json={"preview_id": preview.json()["preview_id"], "reason": "Nobody came"},
            headers={"Idempotency-Key": "all"},
        )
    assert answer.status_code == 202, answer.text
    return str(answer.json()["job_id"])
