"""An approver of the demo closes the billing cycles of its past, all but the last that ended: that
one is for whoever looks."""

from __future__ import annotations

import httpx

from payops_kernel.logging import get_logger
from payops_local.simulator.seeded_user import SeededUser

CYCLES = "/billing-cycles"
ROWS_MAX = 200

log = get_logger(__name__)


async def close_cycles(approver: SeededUser) -> list[str]:
    """The codes that are closed; what cannot be, or not now, stays as it is."""
    closed: list[str] = []
    try:
        found = await approver.ask("GET", CYCLES, params={"status": "ENDED", "limit": ROWS_MAX})
        rows = found.raise_for_status().json()["items"]
        for code in sorted({row["billing_cycle_code"] for row in rows})[:-1]:
            key = {"Idempotency-Key": f"demo-{code}"}
            answer = await approver.ask("POST", f"{CYCLES}/{code}/closure", json={}, headers=key)
            closed += [code] if answer.is_success else []
    except httpx.HTTPError as error:
        log.warning("simulator.cycles_stay", why=str(error) or type(error).__name__)
    log.info("simulator.cycles_closed", codes=closed)
    return closed
