"""People who refund: their token, their requests, and payments to refund."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from payops_kernel.auth.issuer import TokenIssuer
from payops_kernel.auth.principals import UserRole
from payops_kernel.testing import eventually
from payops_testing.faultlab.arena import Arena
from payops_testing.faultlab.processes import ServiceProcess
from payops_testing.faultlab.upstream import fact, records

AMOUNT_MINOR = 1200
REQUEST_SECONDS = 90.0
APPLIED_SECONDS = 30.0

Document = dict[str, Any]


class Operator:
    """Somebody whose token every process of the arena trusts."""

    def __init__(self, issuer: TokenIssuer, role: UserRole = UserRole.OPERATOR) -> None:
        self._token = issuer.issue(f"local:{role}", role.title(), [role])

    @asynccontextmanager
    async def at(self, process: ServiceProcess) -> AsyncIterator[httpx.AsyncClient]:
        """A client of one process."""
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{process.port}",
            headers={"authorization": f"Bearer {self._token}"},
            timeout=REQUEST_SECONDS,
        ) as client:
            yield client

    async def refund(self, process: ServiceProcess, payment: str, key: str) -> httpx.Response:
        """Ask for a part of the payment back."""
        async with self.at(process) as client:
            return await client.post(
                f"/v1/transactions/{payment}/refunds",
                json={"amount_minor": 500, "reason": "Item returned"},
                headers={"Idempotency-Key": key},
            )

    async def refund_all(self, process: ServiceProcess, count: int) -> str:
        """Preview a refund of every paid transaction, so many, and confirm it; the job's id."""
        async with self.at(process) as client:
            preview = await client.post(
                "/v1/transactions/bulk-refunds/previews", json={"filter": {"status": ["PAID"]}}
            )
            assert preview.json()["count"] == count, preview.text
            accepted = await client.post(
                "/v1/transactions/bulk-refunds",
                json={"preview_id": preview.json()["preview_id"], "reason": "recall"},
                headers={"Idempotency-Key": "bulk"},
            )
        assert accepted.status_code == 202, accepted.text
        return str(accepted.json()["job_id"])

    async def job(self, process: ServiceProcess, job_id: str) -> Document:
        """The job as its owner sees it."""
        async with self.at(process) as client:
            found: Document = (await client.get(f"/v1/jobs/{job_id}")).json()
        return found


async def paid(arena: Arena, payments: Sequence[str]) -> None:
    """These payments are paid, and the service knows it."""
    at = datetime(2026, 3, 1, 8, tzinfo=UTC)
    data = {
        "created_at": "2026-03-01T08:00:00Z",
        "amount_minor": AMOUNT_MINOR,
        "currency": "EUR",
        "provider": "stripe",
        "method": "credit-cards",
        "channel": "web",
        "type": "DIRECT",
        "user": {"id": "user-1"},
    }
    events = [
        fact(payment, "paid", 0, at + timedelta(seconds=1), data | {"transaction_id": payment})
        for payment in payments
    ]
    await arena.publish(records(events))
    await eventually(lambda: len(arena.stored()) == len(payments), APPLIED_SECONDS)
