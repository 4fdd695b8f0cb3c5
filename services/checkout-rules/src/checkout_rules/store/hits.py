"""Hits by rule, version and day: a document for each process that counted, summed when read.

No two processes write one document, and each writes its totals: a write whose answer got lost is
written again, and nothing is counted twice.
"""

import asyncio
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from checkout_rules.domain.hits import HitCounter, HitKey, Hours
from checkout_rules.domain.rule_set import ActiveRule
from payops_contracts.ids import RuleId
from payops_kernel.clock import Clock
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


class HourOfHits(NamedTuple):
    """How often a rule answered in one hour of the reporting zone's wall clock."""

    at: datetime
    """When the hour began."""
    hits: int


class HitStore:
    """The stored hits."""

    indexes = INDEXES

    def __init__(self, db: Collections, zone: Zone, clock: Clock) -> None:
        """``zone`` is the reporting zone, by whose days hits are kept."""
        self._rows = db[COLLECTION]
        self._zone = zone
        self._clock = clock

    async def keep(self, owner: str, counts: Mapping[HitKey, Hours]) -> None:
        """Write an owner's totals in place of those that it wrote before."""
        writes = [
            ReplaceOne({"_id": document["_id"]}, document, upsert=True)
            for document in (_document(owner, key, hours) for key, hours in counts.items())
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

    async def of_last_day(self, rule_ids: Collection[str]) -> dict[str, int]:
        """The hits of rules in this hour and the 23 before it; of those without any, nothing."""
        found = await self._last_hours(rule_ids)
        return {rule_id: sum(hits.values()) for rule_id, hits in found.items()}

    async def by_hour(self, rule_id: str) -> list[HourOfHits]:
        """The same of one rule, an entry an hour."""
        found = (await self._last_hours([rule_id])).get(rule_id, {})
        return [HourOfHits(at, found.get(at, 0)) for at in self._hours()]

    def _hours(self) -> list[datetime]:
        """The beginnings of the last hours, oldest first; a wall clock's hour is there once."""
        now = self._clock.now()
        passed = (self._zone.local(now - timedelta(hours=n)) for n in range(LAST_HOURS))
        by_place = {
            (local.date(), local.hour): local.replace(minute=0, second=0, microsecond=0)
            for local in passed
        }
        return sorted(each.astimezone(UTC) for each in by_place.values())

    async def _last_hours(self, rule_ids: Collection[str]) -> dict[str, dict[datetime, int]]:
        places = {self._zone.local(at).replace(fold=0, tzinfo=None): at for at in self._hours()}
        days = sorted({local.date().isoformat() for local in places})
        query = {"rule_id": {"$in": list(rule_ids)}, "day": {"$in": days}}
        found: dict[str, dict[datetime, int]] = {}
        async for row in self._rows.find(query, {"_id": 0, "version": 0}):
            day, of_rule = datetime.fromisoformat(row["day"]), found.setdefault(row["rule_id"], {})
            for hour, hits in enumerate(row["hours"]):
                at = places.get(day.replace(hour=hour))
                if at is not None and hits:
                    of_rule[at] = of_rule.get(at, 0) + hits
        return found


class WrittenHits:
    """Counts in memory, and writes every few seconds what was counted.

    A process that is killed loses what it counted since; one that stops in order loses nothing.
    """

    def __init__(self, store: HitStore, zone: Zone, clock: Clock) -> None:
        self._store = store
        self._zone = zone
        self._clock = clock
        self._counter = HitCounter()

    def add(self, rule: ActiveRule, times: int = 1) -> None:
        """A rule answered just now."""
        self._counter.add(rule, self._zone.local(self._clock.now()), times)

    async def write(self) -> None:
        """Write what was counted; raises what the driver raises, and then it is still to do."""
        counts = self._counter.take()
        try:
            await self._store.keep(self._counter.owner, counts)
        except BaseException:
            self._counter.put_back(counts)
            raise
        self._counter.forget_before(self._zone.date_of(self._clock.now()))

    async def run(self) -> None:
        """Write until cancelled, and then once more."""
        try:
            while True:
                await asyncio.sleep(WRITE_SECONDS)
                try:
                    await self.write()
                except PyMongoError as error:
                    log.warning("hits.not_written", error=str(error)[:200])
        finally:
            with suppress(PyMongoError):
                await self.write()


def _document(owner: str, key: HitKey, hours: Hours) -> Document:
    day = key.day.isoformat()
    return {
        "_id": f"{day}/{key.rule_id}/{key.version}/{owner}",
        "day": day,
        "rule_id": key.rule_id,
        "version": key.version,
        "hours": list(hours),
    }
