"""An analytics consumer: paid amounts by currency, live. Needs aiokafka and nothing of PayOps.

python examples/follow_transactions.py [--once]     (--once: read what is there, say it, end)

Every event carries the whole state after the change, so the last one of a transaction is enough.
Records may come twice or late: keep the highest `sequence` of each subject, drop the others.
"""

import asyncio
import json
import os
import sys
from collections import Counter
from typing import Any

from aiokafka import AIOKafkaConsumer

KAFKA = os.environ.get("PAYOPS_KAFKA", "127.0.0.1:8690")
TOPIC = "payops.transactions"
PAID = {"PAID", "PARTIALLY_REFUNDED", "TOTALLY_REFUNDED"}
POLL_MS = 500
METADATA_AGE_MS = 2_000  # a topic may be given more partitions; the default is five minutes


class PaidByCurrency:
    """The last state of each transaction, and what the paid ones add up to."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[str, dict[str, Any]]] = {}
        self.count: Counter[str] = Counter()
        self.amount_minor: Counter[str] = Counter()

    def take(self, event: dict[str, Any]) -> bool:
        """Count an event; False for one that is not newer than what is known."""
        sequence, state = self._last.get(event["subject"], ("", {}))
        if event["sequence"] <= sequence:  # zero-padded: text sorts as the number does
            return False
        self._add(state, -1)
        self._add(event["data"], 1)
        self._last[event["subject"]] = (event["sequence"], event["data"])
        return True

    def _add(self, state: dict[str, Any], sign: int) -> None:
        if state.get("status") in PAID:
            self.count[state["currency"]] += sign
            self.amount_minor[state["currency"]] += sign * state["amount_minor"]

    def __str__(self) -> str:
        sums = (f"{self.count[c]} paid, {self.amount_minor[c]} {c} minor" for c in self.count)
        return "; ".join(sorted(sums)) or "nothing paid yet"


async def main(*, once: bool) -> None:
    """Read the topic from its beginning; with ``once`` until its present end."""
    paid = PaidByCurrency()
    # Without a group: every run reads everything. With group_id="mine" Kafka keeps your place.
    consumer = AIOKafkaConsumer(
        TOPIC,
        bootstrap_servers=KAFKA,
        group_id=None,
        auto_offset_reset="earliest",
        metadata_max_age_ms=METADATA_AGE_MS,
    )
    await consumer.start()
    try:
        ends = await consumer.end_offsets(consumer.assignment())
        while True:
            polled = await consumer.getmany(timeout_ms=POLL_MS)
            for records in polled.values():
                for record in records:
                    paid.take(json.loads(record.value or b""))
            places = {part: await consumer.position(part) for part in ends}
            if once and all(places[part] >= end for part, end in ends.items()):
                break
            if polled and not once:
                print(paid, flush=True)
    finally:
        await consumer.stop()
    print(paid)


if __name__ == "__main__":
    asyncio.run(main(once="--once" in sys.argv[1:]))
