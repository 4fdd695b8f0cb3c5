"""An approver of the demo closes the billing cycles of its past, all but the last that ended: that
one is for whoever looks."""

from __future__ import annotations

import asyncio

import httpx

from payops_kernel.logging import get_logger
from payops_kernel.mongo.transactions import retry_delay
from payops_local.simulator.hub import wait
from payops_local.simulator.seeded_user import SeededUser

CYCLES = "/billing-cycles"
ROWS_MAX = 200

log = get_logger(__name__)


async def close_cycles(approver: SeededUser, stopping: asyncio.Event) -> list[str]:
    """The codes that are closed, once everybody who is needed answers; what is refused stays as it
    is.
    """
    attempt = 0
    while not stopping.is_set():
        try:
            closed = await _close(approver)
        except httpx.HTTPError as error:
            log.info("simulator.cycles_wait", why=str(error) or type(error).__name__)
            await wait(stopping, retry_delay(attempt))
            attempt += 1
        else:
            log.info("simulator.cycles_closed", codes=closed)
            return closed
    return []


async def _close(approver: SeededUser) -> list[str]:
    found = await approver.ask("GET", CYCLES, params={"status": "ENDED", "limit": ROWS_MAX})
    rows = found.raise_for_status().json()["items"]
    closed: list[str] = []
    for code in sorted({row["billing_cycle_code"] for row in rows})[:-1]:
        key = {"Idempotency-Key": f"demo-{code}"}
        answer = await approver.ask("POST", f"{CYCLES}/{code}/closure", json={}, headers=key)
        if answer.is_server_error:
            answer.raise_for_status()
        closed += [code] if answer.is_success else []
    return closed
