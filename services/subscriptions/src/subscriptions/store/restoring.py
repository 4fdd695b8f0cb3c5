"""After a restore from backup: ends and cancellations that were forgotten are put back."""

from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Any

import orjson

from payops_contracts.topics import SUBSCRIPTION_EVENTS
from payops_kernel.clock import Clock
from payops_kernel.due_rows import DueRows
from payops_kernel.mongo import Collections, Document, Session
from payops_kernel.ports import OutgoingMessage
from payops_kernel.repository import MongoRepository
from subscriptions.domain.policies import Rules
from subscriptions.domain.recovering import Told, put_back
from subscriptions.domain.subscription import Subscription
from subscriptions.publishing.subscriptions import restated_message
from subscriptions.store.subscriptions import SubscriptionStore

SUBSCRIPTIONS_A_READ = 500
_ENDS = (b".ended.v1", b".cancellation-")


class RestoredSubscriptions:
    """Satisfies ``RestoringRules``."""

    indexes = SubscriptionStore.indexes

    def __init__(
        self,
        db: Collections,
        subscriptions: MongoRepository[Subscription],
        due: DueRows,
        rules: Rules,
        clock: Clock,
    ) -> None:
        self._store = SubscriptionStore(db, rules)
        self._rules = rules
        self._parts = (subscriptions, due, clock)
        self.topic = SUBSCRIPTION_EVENTS.name
        self.collection = self._store.collection

    def lesson(self) -> "ToldEnds":
        """A new reading of what was published."""
        return ToldEnds(*self._parts)

    def restated(self, document: Document, at: datetime, restoration: str) -> OutgoingMessage:
        """A subscription's state, its version raised already."""
        subscription = self._store.from_document(document)
        return restated_message(subscription, at, restoration, self._rules)


class ToldEnds:
    """Satisfies ``Lesson``: how each subscription was said to end, or to be cancelled."""

    def __init__(
        self, subscriptions: MongoRepository[Subscription], due: DueRows, clock: Clock
    ) -> None:
        self._subscriptions = subscriptions
        self._due = due
        self._clock = clock
        self.told: dict[str, Told] = {}

    def learn(self, value: bytes) -> None:
        """Of an event about an end or a cancellation what it says; the last one stands."""
        if not any(part in value for part in _ENDS):
            return
        event = orjson.loads(value)
        if not any(part.decode() in event["type"] for part in _ENDS):
            return
        data: dict[str, Any] = event["data"]
        self.told[data["subscription_id"]] = Told.of(data)

    async def settle(self, session: Session) -> Sequence[str]:
        """Put back what the database has forgotten; how many."""
        put, unknown = 0, 0
        ids = iter(sorted(self.told))
        while keys := list(islice(ids, SUBSCRIPTIONS_A_READ)):
            found = await self._subscriptions.load_many(keys, session)
            unknown += len(keys) - len(found)
            now = self._clock.now()
            changed = [each for each in found.values() if put_back(each, self.told[each.id], now)]
            if changed:
                await self._subscriptions.save_many(changed, session)
                rows = [row for each in changed for row in self._subscriptions.due(each)]
                await self._due.schedule_many(rows, session)
            put += len(changed)
        findings = []
        if put:
            findings.append(
                f"{put} subscriptions had ended or been cancelled after the backup: that is put "
                "back, and no payment of them is asked for."
            )
        if unknown:
            findings.append(
                f"{unknown} subscriptions that had ended are not in the database, nor in what "
                "upstream published: end them at the hub."
            )
        return findings
