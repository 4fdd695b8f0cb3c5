"""Fields that are made of others are made anew in what was stored before, once, while work goes on.

For what a change of code would make otherwise, such as the words of a search. A pass goes through
the collection by ``_id``, a batch at a time; where it is is stored, so it goes on after a restart,
and what a use case writes meanwhile wins.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pymongo import ASCENDING, IndexModel, UpdateOne
from pymongo.errors import PyMongoError

from payops_kernel.logging import get_logger
from payops_kernel.mongo.client import Database, Document

COLLECTION = "renewals"
INDEXES: dict[str, list[IndexModel]] = {COLLECTION: []}
BATCH_ROWS = 500
RETRY_SECONDS = 5.0

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Renewal:
    """One pass; another ``name`` is another pass."""

    name: str
    collection: str
    """Of aggregates: ``version`` tells when a use case was quicker; version 0 is a placeholder."""
    fields: Sequence[str]
    """The stored fields that ``renew`` reads or gives."""
    renew: Callable[[Document], Mapping[str, Any]]
    """The fields as they should be, top-level; pure."""


class Renewing:
    """Does one :class:`Renewal`, in any number of processes at once."""

    def __init__(self, db: Database, renewal: Renewal, batch_rows: int = BATCH_ROWS) -> None:
        self._rows = db[renewal.collection]
        self._places = db[COLLECTION]
        self._renewal = renewal
        self._batch_rows = batch_rows

    async def run(self) -> None:
        """Until all is renewed; at most half of the time at work, so that others get on."""
        done = False
        while not done:
            began = time.monotonic()
            try:
                done = await self.step()
                pause = time.monotonic() - began
            except PyMongoError as error:
                log.warning("renewal.waits", renewal=self._renewal.name, error=str(error)[:200])
                pause = RETRY_SECONDS
            await asyncio.sleep(pause)

    async def step(self) -> bool:
        """Renew the next batch; True when there is nothing left."""
        name = self._renewal.name
        place = await self._places.find_one({"_id": name}) or {}
        if place.get("done"):
            return True
        rows = await self._next(place.get("after"))
        updates = [update for row in rows if (update := self._update(row)) is not None]
        if updates:
            result = await self._rows.bulk_write(updates, ordered=False)
            if result.matched_count < len(updates):
                return False  # some moved meanwhile: the batch is looked at again
        done = len(rows) < self._batch_rows
        after = {"after": rows[-1]["_id"]} if rows else {}
        await self._places.update_one({"_id": name}, {"$set": {"done": done, **after}}, upsert=True)
        if done:
            log.info("renewal.done", renewal=name)
        return done

    async def _next(self, after: Any) -> list[Document]:
        behind = {} if after is None else {"_id": {"$gt": after}}
        cursor = self._rows.find(
            {"version": {"$gt": 0}, **behind},
            dict.fromkeys(("version", *self._renewal.fields), 1),
            sort=[("_id", ASCENDING)],
            limit=self._batch_rows,
        )
        found: list[Document] = await cursor.to_list(self._batch_rows)
        return found

    def _update(self, row: Document) -> UpdateOne | None:
        anew = self._renewal.renew(row)
        if all(row.get(field) == value for field, value in anew.items()):
            return None
        return UpdateOne({"_id": row["_id"], "version": row["version"]}, {"$set": dict(anew)})
