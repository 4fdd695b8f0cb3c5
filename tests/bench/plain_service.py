"""What most people would write for this job: a FastStream handler, one message at a time.

One majority upsert, one publish, offsets committed by the framework. No transaction, no outbox, no
notion of duplicates: a crash between the two loses or doubles. It is the baseline for speed only.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any

import uvloop
from faststream import FastStream
from faststream.kafka import KafkaBroker
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import WriteConcern

OUT_OF = "bench.plain.payments"
INTO = "bench.plain.transactions"
GROUP = "bench-plain"
STATUS = {"created": "CREATED", "pending": "CREATED", "paid": "PAID", "failed": "FAILED"}
DESCRIBING = (
    "created_at", "amount_minor", "currency", "provider", "method", "channel", "type", "user",
    "items",
)  # fmt: skip


def plain_app(kafka: str, mongo: str, database: str) -> FastStream:
    """The whole service."""
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(mongo)
    rows = client[database].get_collection("transactions", write_concern=WriteConcern("majority"))
    broker = KafkaBroker(kafka, acks="all", logger=None)

    @broker.subscriber(
        OUT_OF, group_id=GROUP, auto_offset_reset="earliest", isolation_level="read_committed"
    )
    async def handle(event: dict[str, Any]) -> None:
        data = event["data"]
        kind = event["type"].split(".")[2]
        row = {"at": event["time"], "event": f"payment_{kind}", "event_id": event["id"]}
        state = {field: data[field] for field in DESCRIBING} | {"status": STATUS[kind]}
        key = event["subject"]
        await rows.update_one(
            {"_id": key},
            {"$set": state, "$push": {"history": row}, "$inc": {"version": 1}},
            upsert=True,
        )
        changed = event | {"type": f"payops.transaction.{kind}.v1", "data": state}
        await broker.publish(changed, INTO, key=key.encode())

    return FastStream(broker, logger=None)


if __name__ == "__main__":
    app = plain_app(
        os.environ["PAYOPS_KAFKA"], os.environ["PAYOPS_MONGO"], os.environ["BENCH_DATABASE"]
    )
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(app.run())
