"""Verify the KPIs: recount every bucket from the facts, now and then, and when somebody asks."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from analytics.use_cases.kpi_reads import Verification
from payops_kernel.logging import get_logger

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """That somebody asked for a verification, and what the last one came to."""

    requested_at: datetime
    last: Verification | None


class Verifications(Protocol):
    """Where verifications are asked for, claimed and kept; of all processes together."""

    async def ask(self) -> Asked:
        """Have one made as soon as a worker looks."""
        ...

    async def claim(self) -> datetime | None:
        """Now, when one is due or asked for, and this process is the one to make it."""
        ...

    async def recount(self, at: datetime) -> Verification:
        """Every bucket of one instant, not before ``at``, beside the facts of that instant."""
        ...

    async def keep(self, made: Verification) -> None:
        """Have every KPI carry it."""
        ...


class VerifyKpis:
    """The use cases behind the verified mark."""

    def __init__(self, verifications: Verifications) -> None:
        self._verifications = verifications

    async def ask(self) -> Asked:
        """Have the KPIs verified now; asking twice is no harm."""
        return await self._verifications.ask()

    async def when_due(self) -> Verification | None:
        """Verify when it is time, or when somebody asked; None when it was neither."""
        at = await self._verifications.claim()
        if at is None:
            return None
        made = await self._verifications.recount(at)
        await self._verifications.keep(made)
        if not made.agreed:
            log.error("kpi.differs", differences=made.differences, at=made.verified_at.isoformat())
        return made
