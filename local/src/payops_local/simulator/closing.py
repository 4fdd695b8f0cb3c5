"""An approver of the demo closes the billing cycles of its past, all but the last that ended: that
one is for whoever looks."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from payops_kernel.logging import get_logger

CYCLES = "/v1/billing-cycles"
ANSWER_LIMIT_S = 10.0
ROWS_MAX = 200

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Approver:
    """Somebody who may close cycles, at the gateway."""

    gateway: str
    token: str
    transport: httpx.AsyncBaseTransport | None = None
    """For tests."""

    async def close_cycles(self) -> list[str]:
        """The codes that are closed; what cannot be, or not now, stays as it is."""
        headers, closed = {"Authorization": f"Bearer {self.token}"}, []
        async with httpx.AsyncClient(
            base_url=self.gateway, headers=headers, timeout=ANSWER_LIMIT_S, trust_env=False,
            transport=self.transport,
        ) as http:  # fmt: skip
            try:
                found = await http.get(CYCLES, params={"status": "ENDED", "limit": ROWS_MAX})
                rows = found.raise_for_status().json()["items"]
                for code in sorted({row["billing_cycle_code"] for row in rows})[:-1]:
                    answer = await http.post(
                        f"{CYCLES}/{code}/closure",
                        json={},
                        headers={"Idempotency-Key": f"demo-{code}"},
                    )
                    closed += [code] if answer.is_success else []
            except httpx.HTTPError as error:
                log.warning("simulator.cycles_stay", why=str(error) or type(error).__name__)
        log.info("simulator.cycles_closed", codes=closed)
        return closed
