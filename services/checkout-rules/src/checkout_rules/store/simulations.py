"""Simulations: a job that replays rule sets on the past, and what each of them found.

The replay runs in a thread, block after block, in short turns: what the process answers meanwhile
hardly waits for it.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from checkout_rules.domain.evaluator import Evaluator
from checkout_rules.domain.simulation import Replay
from checkout_rules.store.block_bytes import PastBlock
from checkout_rules.store.past import DayOfContexts, PastContexts
from checkout_rules.use_cases.ask_simulation import (
    ReadsRuleSets,
    draft_set,
    simulation_said,
    wish_of,
)
from payops_kernel.ending import end
from payops_kernel.exports.export_run import short_turns
from payops_kernel.jobs.store import KEPT_DAYS
from payops_kernel.jobs.work import RunningJob
from payops_kernel.mongo import ASCENDING, Binary, Collections, IndexModel
from payops_kernel.zones import Zone

COLLECTION = "simulations"
INDEXES = {
    COLLECTION: [IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0)]
}


class SimulationStore:
    """What was found, by job, for as long as the job can be looked up."""

    indexes = INDEXES

    def __init__(self, db: Collections) -> None:
        self._found = db[COLLECTION]

    async def keep(self, job_id: str, said: bytes) -> None:
        """Write what a job found; a job that is run again writes it again."""
        expires_at = datetime.now(UTC) + timedelta(days=KEPT_DAYS)
        document = {"_id": job_id, "said": Binary(said), "expires_at": expires_at}
        await self._found.replace_one({"_id": job_id}, document, upsert=True)

    async def of(self, job_id: str) -> bytes | None:
        """What a job found, as it is answered."""
        found = await self._found.find_one({"_id": job_id})
        return None if found is None else bytes(found["said"])

    async def forget(self, job_id: str) -> None:
        """A cancelled job has found nothing."""
        await self._found.delete_one({"_id": job_id})


class SimulationWork:
    """Satisfies ``JobHandler``."""

    def __init__(
        self, rule_sets: ReadsRuleSets, past: PastContexts, found: SimulationStore, zone: Zone
    ) -> None:
        """``zone`` is the reporting zone, whose days a window has."""
        self._rule_sets = rule_sets
        self._past = past
        self._found = found
        self._zone = zone

    async def run(self, running: RunningJob) -> Mapping[str, Any]:
        """Replay the window; the result says where what was found is."""
        request = running.job.request
        active = await self._rule_sets.active()
        draft = await draft_set(self._rule_sets, active, wish_of(request))
        with short_turns():
            replay = Replay(
                await asyncio.to_thread(Evaluator, active),
                await asyncio.to_thread(Evaluator, draft),
            )
            await self._replay(running, replay)
            said = await asyncio.to_thread(simulation_said, replay, request)
        running.go_on()
        await self._found.keep(running.job.id, said)
        return {
            "simulation": f"/v1/checkout-rules/simulations/{running.job.id}",
            "payments": replay.payments,
        }

    async def take_back(self, running: RunningJob) -> None:
        """Forget what was found, were it all."""
        await self._found.forget(running.job.id)

    async def _replay(self, running: RunningJob, replay: Replay) -> None:
        start, until = self._window(running.job.request)
        first, last = (datetime.fromtimestamp(at, UTC).date() for at in (start, until - 1))
        days = await self._past.days(first, last)
        running.total, running.done = sum(each.rows for each in days), 0
        async for past in _ahead(self._blocks(days)):
            running.go_on()
            await asyncio.to_thread(_add, replay, past, start, until)
            running.done += len(past.seconds)

    async def _blocks(self, days: Iterable[DayOfContexts]) -> AsyncIterator[PastBlock]:
        for each in days:
            async for past in self._past.blocks(each.day):
                yield past

    def _window(self, request: Mapping[str, Any]) -> tuple[float, float]:
        first, last = (date.fromisoformat(request[end]) for end in ("from", "to"))
        return self._zone.start_of(first).timestamp(), self._zone.end_of(last).timestamp()


def _add(replay: Replay, past: PastBlock, start: float, until: float) -> None:
    block = past.between(start, until)
    if block.rows:
        replay.add(block)


async def _ahead(blocks: AsyncIterator[PastBlock]) -> AsyncIterator[PastBlock]:
    """The same blocks, the next one read while one is looked at."""
    coming = asyncio.ensure_future(anext(blocks, None))
    try:
        while (block := await coming) is not None:
            coming = asyncio.ensure_future(anext(blocks, None))
            yield block
    finally:
        await end([coming])
