"""What a restored service's worker does, each step resumable and done once."""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from aiokafka.errors import KafkaError

from payops_contracts.topics import Subscription
from payops_kernel.clock import Clock
from payops_kernel.errors import Unavailable
from payops_kernel.logging import get_logger
from payops_kernel.messaging.leases import Lease
from payops_kernel.messaging.outbox import Outbox
from payops_kernel.messaging.positions import Positions
from payops_kernel.mongo import (
    Collection,
    Document,
    IndexModel,
    Mongo,
    PyMongoError,
    Session,
    UpdateOne,
    expect_counts,
    in_transaction,
)
from payops_kernel.ports import OutgoingMessage
from payops_kernel.restoring.logs import ends_of, is_read, values
from payops_kernel.restoring.marker import COLLECTION, CURRENT, STEP, Marker, State, current

LOOK_SECONDS = 2.0
AGGREGATES_A_CHUNK = 200
OUTBOX_DOCUMENTS_MAX = 50
"""More wait for the relay: then the next chunk waits too."""
WAIT_SECONDS = 0.1
RENEW_EVERY_RECORDS = 5_000
LEASE = "restoring"

INDEXES: dict[str, list[IndexModel]] = {COLLECTION: []}

_SEQUENCE = re.compile(rb'"sequence":"([0-9]{12})"')

log = get_logger(__name__)


class Lesson(Protocol):
    """What a service's rules find in what it has published; one object a reading."""

    def learn(self, value: bytes) -> None:
        """One event, as its bytes. Called for millions: look before you parse."""
        ...

    async def settle(self, session: Session) -> Sequence[str]:
        """Put right what the database has forgotten; sentences for the operator. May run again."""
        ...


class RestoringRules(Protocol):
    """A service's own part of a restoration, for one kind of its aggregates."""

    topic: str
    """Where the aggregates' states are published."""
    collection: Collection
    """The aggregates: ``{_id, version, …}``, version 0 for placeholders."""

    def lesson(self) -> Lesson:
        """A new reading begins."""
        ...

    def restated(self, document: Document, at: datetime, restoration: str) -> OutgoingMessage:
        """The state of a document, its version raised already, as an event; nothing happened."""
        ...


class Superseded(Exception):
    """Another process has gone on with the restoration, or it was asked for anew."""


class Restoring:
    """Waits for a restoration to be asked for, and does it; for one task of the worker role."""

    def __init__(
        self,
        mongo: Mongo,
        bootstrap: str,
        subscriptions: Sequence[Subscription],
        outbox: Outbox,
        clock: Clock,
        rules: Sequence[RestoringRules],
        committed: Callable[[], None],
    ) -> None:
        """``rules`` are of each kind of aggregate; their states are said in that order."""
        self._mongo = mongo
        self._bootstrap = bootstrap
        self._subscriptions = subscriptions
        self._outbox = outbox
        self._clock = clock
        self._rules = rules
        self._committed = committed
        self._lease = Lease(mongo.db, LEASE)
        self._ends: dict[Subscription, dict[int, int]] = {}
        self._ends_for = ""

    async def run(self) -> None:
        """Look until cancelled; whatever fails is logged, and tried again from where it stood."""
        while True:
            try:
                await self.go_on()
            except Superseded:
                continue
            except (PyMongoError, KafkaError, OSError, Unavailable) as error:
                log.warning("restoration.waits", error=f"{type(error).__name__}: {error}"[:200])
            except Exception as error:
                log.error("restoration.failed", exc_info=error)
            await asyncio.sleep(LOOK_SECONDS)

    async def go_on(self) -> None:
        """Do what can be done now of the restoration that is open, if there is one."""
        marker = await current(self._mongo.db)
        if marker is None or marker.state is State.DONE or not await self._lease.hold():
            return
        if marker.state is State.ASKED:
            if not await self._caught_up(marker):
                return
            marker = await self._learn(marker)
        while marker.state is State.RAISING:
            marker = await self._raise_some(marker)
        log.info("restoration.done", aggregates=marker.raised, raised_by=marker.raise_by)

    async def _caught_up(self, marker: Marker) -> bool:
        """Whether all is applied that lay in the logs when this process first saw the marker."""
        if self._ends_for != marker.id:
            self._ends = {
                each: await ends_of(self._bootstrap, each.topic.name)
                for each in self._subscriptions
            }
            self._ends_for = marker.id
        for each, ends in self._ends.items():
            stored = await Positions(self._mongo.db, each.group, each.topic.name).load_all()
            if not await is_read(self._bootstrap, each.topic.name, stored, ends):
                return False
        return True

    async def _learn(self, marker: Marker) -> Marker:
        """Read all that was published; then the versions and what else was forgotten are known."""
        lessons, highest, count = [each.lesson() for each in self._rules], 0, 0
        for lesson, of in zip(lessons, self._rules, strict=True):
            async for value in values(self._bootstrap, of.topic):
                found = _SEQUENCE.search(value)
                highest = max(highest, int(found[1]) if found else 0)
                lesson.learn(value)
                count += 1
                if count % RENEW_EVERY_RECORDS == 0:
                    await self._hold()
        raise_by = (highest // STEP + 1) * STEP

        async def body(session: Session) -> Marker:
            findings = [each for lesson in lessons for each in await lesson.settle(session)]
            changes = {"state": State.RAISING.value, "raise_by": raise_by, "findings": findings}
            return await self._move(marker, changes, session)

        log.info("restoration.raising", records=count, highest=highest, raise_by=raise_by)
        return await in_transaction(self._mongo, body)

    async def _raise_some(self, marker: Marker) -> Marker:
        """The next aggregates in order of their ids, in one transaction with how far it is."""
        await self._hold()
        await self._relay_keeps_up()

        async def body(session: Session) -> Marker:
            kind, after = marker.last or (0, None)
            rules = self._rules[kind]
            documents = await self._next(rules, after, session)
            if not documents and rules is not self._rules[-1]:
                return await self._move(marker, {"last": [kind + 1, None]}, session)
            if not documents:
                end = {"state": State.DONE.value, "ended_at": datetime.now(UTC)}
                return await self._move(marker, end, session)
            await self._raise(rules, documents, marker, session)
            last, raised = documents[-1]["_id"], marker.raised + len(documents)
            moved = {"last": [kind, last], "raised": raised}
            return await self._move(marker, moved, session)

        moved = await in_transaction(self._mongo, body)
        self._committed()
        return moved

    async def _next(self, rules: RestoringRules, last: Any, session: Session) -> list[Document]:
        after = {} if last is None else {"_id": {"$gt": last}}
        found = rules.collection.find(
            {"version": {"$gt": 0}, **after},
            sort=[("_id", 1)],
            limit=AGGREGATES_A_CHUNK,
            session=session,
        )
        return await found.to_list(length=AGGREGATES_A_CHUNK)

    async def _raise(
        self, rules: RestoringRules, documents: Sequence[Document], marker: Marker, session: Session
    ) -> None:
        raised = [
            UpdateOne(
                {"_id": each["_id"], "version": each["version"]},
                {"$inc": {"version": marker.raise_by}},
            )
            for each in documents
        ]
        done = await rules.collection.bulk_write(raised, ordered=False, session=session)
        expect_counts(done, inserted=0, matched=len(documents))
        at = self._clock.now()
        messages = [
            rules.restated(each | {"version": each["version"] + marker.raise_by}, at, marker.id)
            for each in documents
        ]
        await self._outbox.write(messages, session)

    async def _move(self, marker: Marker, changes: Mapping[str, Any], session: Session) -> Marker:
        """Compare-and-set: whoever is slower, or runs a second time, has raised nothing."""
        expected = {
            "_id": CURRENT, "restoration": marker.id, "state": marker.state.value,
            "last": marker.last,
        }  # fmt: skip
        done = await self._mongo.db[COLLECTION].update_one(
            expected, {"$set": dict(changes)}, session=session
        )
        if done.matched_count != 1:
            raise Superseded
        found = await current(self._mongo.db, session)
        if found is None:
            raise Superseded
        return found

    async def _relay_keeps_up(self) -> None:
        while await self._outbox.collection.estimated_document_count() >= OUTBOX_DOCUMENTS_MAX:
            await asyncio.sleep(WAIT_SECONDS)
            await self._hold()

    async def _hold(self) -> None:
        if not await self._lease.hold():
            raise Superseded
