"""The restoration of a database: one document that says what was asked for and how far it is."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4

from payops_kernel.errors import PayOpsError, Unavailable
from payops_kernel.jobs.store import Jobs
from payops_kernel.logging import get_logger
from payops_kernel.mongo import Database, Document, Mongo, PyMongoError, Session, in_transaction

COLLECTION = "restorations"
CURRENT = "current"
STEP = 1_000_000
"""Versions are raised by a multiple of this; no aggregate has that many of its own."""
LOOK_SECONDS = 1.0
LOOK_TIMEOUT_SECONDS = 5.0
RETRY_AFTER_SECONDS = 10
"""What a refused caller is told to wait."""

log = get_logger(__name__)


class State(StrEnum):
    """How far a restoration is."""

    ASKED = "ASKED"
    RAISING = "RAISING"
    DONE = "DONE"


class AlreadyRestored(Exception):
    """The database was restored and has said everything again; ``marker`` tells when."""

    def __init__(self, marker: "Marker") -> None:
        super().__init__(marker.id)
        self.marker = marker


class StillRestoring(PayOpsError):
    """The database was restored from a backup, and has not read again what happened since."""

    code = "restoring"
    title = "Changes are not taken while the service recovers"
    status = 503
    retryable = True


@dataclass(frozen=True, slots=True)
class Marker:
    """A restoration. ``last`` is the kind, and the id up to which its aggregates are raised."""

    id: str
    state: State
    asked_at: datetime
    raise_by: int = 0
    last: Any = None
    raised: int = 0
    findings: tuple[str, ...] = ()
    """Sentences for the operator."""
    ended_at: datetime | None = None


def marker_of(document: Document) -> Marker:
    """A marker back from its document."""
    told = {name: document[name] for name in ("asked_at", "raise_by", "last", "raised", "ended_at")}
    state, findings = State(document["state"]), tuple(document["findings"])
    return Marker(document["restoration"], state, findings=findings, **told)


async def current(db: Database, session: Session | None = None) -> Marker | None:
    """The restoration that was asked for last; None when there was never one."""
    found = await db[COLLECTION].find_one({"_id": CURRENT}, session=session)
    return None if found is None else marker_of(found)


async def ask(mongo: Mongo, service: str, *, again: bool = False) -> Marker:
    """Ask for a restoration, and end the jobs that were open in the backup.

    One that is there stays as it is, and :class:`AlreadyRestored` is raised when it is done. With
    ``again`` it is replaced however far it is: a marker that lies in the backup tells of an older
    restoration, whose jobs and versions are not these.
    """

    async def body(session: Session) -> Marker:
        found = await current(mongo.db, session)
        if found is not None and not again:
            return found
        document = {
            "restoration": uuid4().hex, "state": State.ASKED.value, "asked_at": datetime.now(UTC),
            "raise_by": 0, "last": None, "raised": 0, "findings": [], "ended_at": None,
        }  # fmt: skip
        await mongo.db[COLLECTION].replace_one(
            {"_id": CURRENT}, document, upsert=True, session=session
        )
        # Rows that were done after the backup would be done again, under other keys.
        await Jobs(mongo.db, service).cancel_all(session)
        return marker_of(document)

    marker = await in_transaction(mongo, body)
    if marker.state is State.DONE:
        raise AlreadyRestored(marker)
    return marker


class RestorationGate:
    """What a process knows of it, renewed each second: whether writes of people are refused.

    Until the first look nothing is known, and then it is closed.
    """

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo
        self._asked: bool | None = None

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self.renew()
            await asyncio.sleep(LOOK_SECONDS)

    async def renew(self) -> None:
        """Look once; while mongod is silent what was known stays."""
        try:
            async with asyncio.timeout(LOOK_TIMEOUT_SECONDS):
                found = await self._mongo.db[COLLECTION].find_one({"_id": CURRENT}, {"state": 1})
        except (TimeoutError, PyMongoError) as error:
            log.debug("restoration.unknown", error=str(error)[:200])
            return
        self._asked = found is not None and found.get("state") == State.ASKED

    async def closed(self) -> PayOpsError | None:
        """What every command is refused with until the service has caught up.

        Looks by itself while nothing is known: nobody may have called :meth:`run`.
        """
        if self._asked is None:
            await self.renew()
        if self._asked is None:
            return Unavailable("the database does not answer in time; try again")
        if not self._asked:
            return None
        return StillRestoring(
            "This service's database was restored from a backup, and the service reads again what "
            "happened since. Nothing was changed. Send the same request again in "
            f"{RETRY_AFTER_SECONDS} s.",
            retry_after_s=RETRY_AFTER_SECONDS,
        )

    def notices(self) -> tuple[str, ...]:
        """A sentence for operators while commands are refused."""
        asked = "Restored from a backup and not caught up yet. Commands get 503."
        return (asked,) if self._asked else ()
