"""Hits by rule, version and day: a document for each process that counted, summed when read.

No two processes write one document, and each writes its totals: a write whose answer got lost is
written again, and nothing is counted twice.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from checkout_rules.domain.hits import HitCounter, HitKey, HourOfHits, Hours
from checkout_rules.domain.rule_set import ActiveRule
from payops_contracts.ids import RuleId
from payops_kernel.clock import Clock
from payops_kernel.errors import PayOpsError
from payops_kernel.logging import get_logger
from payops_kernel.mongo import (
    ASCENDING,
    Collections,
    Document,
    IndexModel,
    PyMongoError,
    ReplaceOne,
    aggregate_rows,
)
from payops_kernel.zones import Zone

COLLECTION = "rule_hits"
INDEXES = {
    COLLECTION: [
        IndexModel([("day", ASCENDING)], name="day"),
        IndexModel([("rule_id", ASCENDING), ("day", ASCENDING)], name="rule_day"),
    ]
}
WRITE_SECONDS = 5.0
LAST_HOURS = 24
ROWS_MAX = 200_000

log = get_logger(__name__)


class DayOfHits(NamedTuple):
    """How often one version of a rule answered on one day."""

    rule_id: RuleId
    version: int
    day: date
    hits: int


class HitStore:
    """The stored hits."""

    indexes = INDEXES

    def __init__(self, db: Collections, zone: Zone, clock: Clock) -> None:
        """``zone`` is the reporting zone, by whose days hits are kept."""
        self._rows = db[COLLECTION]
        self._zone = zone
        self._clock = clock

    async def keep(self, counts: Mapping[HitKey, Hours]) -> None:
        """Write totals in place of those that their owners wrote before."""
        writes = [
            ReplaceOne({"_id": document["_id"]}, document, upsert=True)
            for document in (_document(key, hours) for key, hours in counts.items())
        ]
        if writes:
            await self._rows.bulk_write(writes, ordered=False)

    async def by_day(self, first: date, last: date) -> list[DayOfHits]:
        """Every rule's hits on each of these days, by rule, version and day."""
        said = ("rule_id", "version", "day")
        rows = await aggregate_rows(
            self._rows,
            [
                {"$match": {"day": {"$gte": first.isoformat(), "$lte": last.isoformat()}}},
                {
                    "$group": {
                        "_id": {name: f"${name}" for name in said},
                        "hits": {"$sum": {"$sum": "$hours"}},
                    }
                },
                {"$sort": {f"_id.{name}": ASCENDING for name in said}},
            ],
            limit=ROWS_MAX,
        )
        return [
            DayOfHits(
                it["_id"]["rule_id"],
                it["_id"]["version"],
                date.fromisoformat(it["_id"]["day"]),
                it["hits"],
            )
            for it in rows
        ]

    async def of_last_day(self) -> dict[str, int]:
        """Every rule's hits in this hour and the 23 before it; of those without any, nothing."""
        found: Counter[str] = Counter()
        by_day: dict[str, list[int]] = {}
        for local in map(self._zone.local, self._hours()):
            by_day.setdefault(local.date().isoformat(), []).append(local.hour)
        for day, hours in by_day.items():
            wanted = {"$slice": ["$hours", min(hours), max(hours) - min(hours) + 1]}
            rows = await aggregate_rows(
                self._rows,
                [
                    {"$match": {"day": day}},
                    {"$group": {"_id": "$rule_id", "hits": {"$sum": {"$sum": wanted}}}},
                ],
                limit=ROWS_MAX,
            )
            found.update({row["_id"]: row["hits"] for row in rows})
        return found

    async def by_hour(self, rule_id: str) -> list[HourOfHits]:
        """The same of one rule, an entry an hour, oldest first."""
        hours = self._hours()
        days = sorted({self._zone.date_of(hour).isoformat() for hour in hours})
        query = {"rule_id": rule_id, "day": {"$in": days}}
        found: Counter[tuple[str, int]] = Counter()
        async for row in self._rows.find(query, {"day": 1, "hours": 1}):
            found.update({(row["day"], hour): hits for hour, hits in enumerate(row["hours"])})
        places = ((hour, self._zone.local(hour)) for hour in hours)
        return [
            HourOfHits(hour, found[local.date().isoformat(), local.hour]) for hour, local in places
        ]

    def _hours(self) -> list[datetime]:
        """When the last hours began, oldest first; an hour that a wall clock shows twice is one."""
        now = self._clock.now()
        began: dict[tuple[date, int], datetime] = {}
        for passed in range(LAST_HOURS):
            local = self._zone.local(now - timedelta(hours=passed))
            hour = local.replace(minute=0, second=0, microsecond=0)
            began[local.date(), local.hour] = hour.astimezone(UTC)
        return sorted(began.values())

    def local_now(self) -> datetime:
        """The reporting zone's wall clock."""
        return self._zone.local(self._clock.now())


class FollowedHits:
    """Counts in memory, writes every few seconds what was counted, and reads what all have.

    A process that is killed loses what it counted since; one that stops in order loses nothing.
    """

    def __init__(self, store: HitStore) -> None:
        self.store = store
        self._counter = HitCounter()
        self._last_day: Mapping[str, int] = {}

    def add(self, rule: ActiveRule, times: int = 1) -> None:
        """A rule answered just now."""
        self._counter.add(rule, self.store.local_now(), times)

    def last_day(self, rule_id: str) -> int:
        """A rule's hits in this hour and the 23 before it, as they were read last."""
        return self._last_day.get(rule_id, 0)

    async def write(self) -> None:
        """Write what was counted; raises what the driver raises, and then it is still to do."""
        counts = self._counter.take()
        try:
            await self.store.keep(counts)
        except BaseException:
            self._counter.put_back(counts)
            raise
        self._counter.forget_before(self.store.local_now().date())

    async def read(self) -> None:
        """Take what all processes have written."""
        self._last_day = await self.store.of_last_day()

    async def run(self) -> None:
        """Write and read until cancelled, and then write once more."""
        try:
            while True:
                try:
                    await self.write()
                    await self.read()
                except (PyMongoError, PayOpsError) as error:
                    log.warning("hits.not_written", error=str(error)[:200])
                await asyncio.sleep(WRITE_SECONDS)
        finally:
            with suppress(PyMongoError):
                await self.write()


def _document(key: HitKey, hours: Hours) -> Document:
    day = key.day.isoformat()
    return {
        "_id": f"{day}/{key.rule_id}/{key.version}/{key.owner}",
        "day": day,
        "rule_id": key.rule_id,
        "version": key.version,
        "hours": list(hours),
    }
