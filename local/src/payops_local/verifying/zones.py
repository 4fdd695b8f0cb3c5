"""Do all services report in the days of one zone?"""

from __future__ import annotations

import httpx

from payops_local.platform import Platform
from payops_local.services import SERVICES
from payops_local.verifying.findings import Findings

LIMIT_S = 3.0


async def compare_zones(platform: Platform, findings: Findings) -> None:
    """Every service that runs; of one that does not answer others tell."""
    async with httpx.AsyncClient(timeout=LIMIT_S, trust_env=False) as http:
        for service in SERVICES:
            try:
                answer = (await http.get(f"{platform.url(service.name)}/health/ready")).json()
            except (httpx.HTTPError, ValueError):
                continue
            zone = answer.get("zone", platform.zone) if isinstance(answer, dict) else platform.zone
            if zone != platform.zone:
                findings.differ(
                    f"{service.name} reports in the days of {zone}, the platform in those of "
                    f"{platform.zone}: set one PAYOPS_ZONE for all services"
                )
