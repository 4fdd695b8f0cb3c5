"""An upstream publisher: one payment, created and then paid. Needs aiokafka and nothing of PayOps.

python examples/publish_payment.py [TRANSACTION_ID] [AMOUNT_MINOR]

Each event is sent twice, and counted once: it is the same event, under the same id.
"""

import asyncio
import json
import os
import sys
import uuid
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaProducer

KAFKA = os.environ.get("PAYOPS_KAFKA", "127.0.0.1:8690")
TOPIC = "upstream.payments"


def payment_event(kind: str, transaction_id: str, amount_minor: int, at: str) -> dict[str, Any]:
    """A CloudEvent of type upstream.payment.<kind>.v1; money is integer minor units (cents)."""
    return {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),  # unique within source
        "source": "https://my-hub.example",
        "type": f"upstream.payment.{kind}.v1",
        "subject": transaction_id,
        "time": at,
        "data": {
            "transaction_id": transaction_id,
            "created_at": at,
            "amount_minor": amount_minor,
            "currency": "USD",
            "provider": "stripe",
            "method": "credit-cards",
            "channel": "web",
            "type": "DIRECT",
            "user": {"id": "user-1", "name": "Duong Le"},
        },
    }


async def main(transaction_id: str, amount_minor: int) -> None:
    """Publish both events and wait for their acknowledgements."""
    now = datetime.now(UTC).isoformat()
    producer = AIOKafkaProducer(bootstrap_servers=KAFKA, enable_idempotence=True, acks="all")
    await producer.start()
    try:
        for kind in ("created", "paid"):
            event = payment_event(kind, transaction_id, amount_minor, now)
            # Twice, as anybody does who is not sure that it arrived: the same event counts once.
            for _ in range(2):
                await producer.send_and_wait(
                    TOPIC,
                    key=transaction_id.encode(),  # one payment, one partition, in order
                    value=json.dumps(event).encode(),
                    headers=[("content-type", b"application/cloudevents+json")],
                )
            print(f"published {event['type']} {transaction_id}")
    finally:
        await producer.stop()


if __name__ == "__main__":
    wanted = sys.argv[1] if len(sys.argv) > 1 else f"EXAMPLE-{uuid.uuid4().hex[:8]}"
    asyncio.run(main(wanted, int(sys.argv[2]) if len(sys.argv) > 2 else 3230))
