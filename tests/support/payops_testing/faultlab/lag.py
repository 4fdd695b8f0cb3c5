"""What processes say of their lag, beside the raw ends of the logs, all the while."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from prometheus_client.parser import text_string_to_metric_families

from payops_testing.faultlab.arena import Arena
from payops_testing.faultlab.checker.logs import log_ends
from payops_testing.faultlab.operators import Operator
from payops_testing.faultlab.processes import ServiceProcess
from payops_testing.faultlab.service import ANALYTICS

EVERY_SECONDS = 0.25
STALE_SECONDS = 6.0
"""A number may be as old as metadata, a look and this test's own pace make it."""
KPI = "/v1/kpis/payments-by-status"


@dataclass(frozen=True, slots=True)
class Seen:
    """One look: unread records in truth, before or after asking, and what the process said."""

    at: float
    unread: int
    partitions: int
    said: Mapping[str, int]
    as_of: frozenset[int] | None = None


@dataclass(slots=True)
class LagWitness:
    """Looks at one process and the topic that it reads until told to stop."""

    arena: Arena
    process: ServiceProcess
    operator: Operator
    seen: list[Seen] = field(default_factory=list)

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Look all the while; fails with what was seen wrong."""
        task = asyncio.create_task(self._look_on())
        try:
            yield
            if task.done():
                task.result()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def look(self) -> Seen:
        """One look."""
        service = self.process.service
        ends = await log_ends(self.arena.kafka.address, service.reads)

        def unread() -> int:
            stands = self.arena.positions(service)
            return sum(max(0, end - stands.get(number, 0)) for number, end in ends.items())

        before = unread()
        said: dict[str, int] = {}
        as_of: frozenset[int] | None = None
        health = await self.process.health()
        if health is not None and not any("not known" in why for why in health["reasons"]):
            said["/health/ready"] = sum(row["lag"] for row in health["consumers"])
        async with self.operator.at(self.process) as client:
            metrics = (await client.get("/metrics")).text
            said["/metrics"] = sum(
                int(sample.value)
                for family in text_string_to_metric_families(metrics)
                for sample in family.samples
                if sample.name == "payops_consumer_lag"
            )
            if service is ANALYTICS:
                asked = await client.get(KPI, params={"window": "ytd"})
                assert asked.is_success, asked.text
                answer = asked.json()
                as_of = frozenset(row["partition"] for row in answer["as_of"]["positions"])
                if answer["lag"] is not None:
                    said["KPI"] = answer["lag"]
        return Seen(time.monotonic(), min(before, unread()), len(ends), said, as_of)

    async def _look_on(self) -> None:
        while True:
            with suppress(AssertionError):  # who does not answer says nothing
                self.seen.append(await self.look())
            await asyncio.sleep(EVERY_SECONDS)

    def judge(self) -> None:
        """No number is lower than all that was unread lately, and no partition stays unnamed."""
        assert len(self.seen) > STALE_SECONDS
        for seen in self.seen:
            lately = [s for s in self.seen if seen.at - STALE_SECONDS <= s.at <= seen.at]
            if seen.at - self.seen[0].at < STALE_SECONDS:
                continue
            least = min(each.unread for each in lately)
            for where, lag in seen.said.items():
                assert lag >= least, f"{where} said {lag} while at least {least} were unread"
            if seen.as_of is not None:
                known = min(each.partitions for each in lately)
                assert len(seen.as_of) >= known, f"as_of names {seen.as_of} of {known} partitions"
