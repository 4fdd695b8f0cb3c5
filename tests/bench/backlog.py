"""A service's pipeline under a backlog: stop it, fill its topic, let it go on, take the time."""

from __future__ import annotations

import time
from collections.abc import Sequence

from bench.context import Bench
from bench.cpu import CpuMeter
from bench.results import NotMeasured, Round
from bench.traffic import LogEnds, publish_all
from bench.waiting import until
from bench.workload import Event
from payops_contracts.topics import SUBSCRIPTIONS, Subscription
from payops_kernel.messaging.outbox import COLLECTION as OUTBOX
from payops_kernel.messaging.positions import Positions
from payops_kernel.mongo import Mongo

START_LIMIT_S = 60.0
ROUND_LIMIT_S = 180.0


class Pipeline:
    """One service's consumer of one topic, measured from outside by its stored positions."""

    def __init__(
        self, bench: Bench, service: str, subscription: Subscription, mongo: Mongo
    ) -> None:
        self._bench = bench
        self._subscription = subscription
        self._process = bench.bed.service(service)
        self._topic = subscription.topic.name
        self._positions = Positions(mongo.db, subscription.group, self._topic)
        self._outbox = mongo.db[OUTBOX]
        self._mongo = mongo
        self._wanted = 0

    async def start(self, warm: Sequence[Event]) -> None:
        """Start the service and let it apply some events, so that everything is loaded.

        It begins at the log's end: what earlier measurements left there is none of its concern.
        """
        address = self._bench.bed.platform.kafka
        self._wanted = await stand_at_the_end(address, self._subscription, self._mongo)
        await self._process.astart(START_LIMIT_S)
        await self._publish(warm)
        await until(f"{self._topic}: the first events", self._applied, START_LIMIT_S)

    async def round(self, events: Sequence[Event], *, published: bool = False) -> Round:
        """Time one backlog; with ``published`` until the outbox is empty too."""
        self._process.pause()
        try:
            await self._publish(events)
            meter = CpuMeter(self._bench.bed.server_pids | {"service": self._process.pid})
        finally:
            self._process.resume()
        began = time.monotonic()
        done = await until(f"{self._topic}: the backlog", self._applied, ROUND_LIMIT_S)
        if published:
            done = await until("the relay's end", self._outbox_empty, ROUND_LIMIT_S)
        measured = Round(len(events), done - began, meter.taken())
        self._bench.say(f"  {self._topic}: {measured.rate:,.0f} events/s")
        if not self._process.running:
            raise NotMeasured("the service ended during the round")
        return measured

    async def until_published(self) -> None:
        """Wait until the relay has nothing left."""
        await until("the relay's end", self._outbox_empty, ROUND_LIMIT_S)

    async def stop(self) -> None:
        """End the service in order."""
        await self._process.astop()

    async def _publish(self, events: Sequence[Event]) -> None:
        await publish_all(self._bench.bed.platform.kafka, self._topic, events)
        self._wanted += len(events)

    async def _applied(self) -> bool:
        stored = await self._positions.load_all()
        return sum(position.next for position in stored.values()) >= self._wanted

    async def _outbox_empty(self) -> bool:
        return await self._outbox.find_one({}, projection={"_id": 1}) is None


async def stand_at_the_end(address: str, subscription: Subscription, mongo: Mongo) -> int:
    """Have a service begin at the end of all that it reads, before it starts.

    What other measurements left there would be read beside. Gives the end's total of the
    subscription.
    """
    totals = {}
    for each in SUBSCRIPTIONS:
        if each.service == subscription.service:
            positions = Positions(mongo.db, each.group, each.topic.name)
            async with LogEnds(address, each.topic.name) as ends:
                stands = await ends.each()
            for partition, end in stands.items():
                await positions.begin(partition, end)
            totals[each] = sum(stands.values())
    return totals[subscription]
