"""Settlement and the debit processor as tests play them on a real broker, and what is published."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import httpx

from billing_debits.settings import Settings
from payops_kernel.testing import eventually
from payops_testing.kernel import talking

Json = dict[str, Any]
PATIENCE_SECONDS = 40.0


def event(kind: str, charge_id: str, **data: Any) -> Json:
    """An event about a charge, as settlement or the processor publishes it."""
    return {
        "specversion": "1.0",
        "id": f"evt-{uuid4().hex}",
        "source": "https://settlement.example",
        "type": f"upstream.{kind}.v1",
        "subject": charge_id,
        "time": "2026-03-01T10:00:00Z",
        "data": {"charge_id": charge_id, **data},
    }


def raised(charge_id: str, **data: Any) -> Json:
    """A charge of US$1.03 at 22 %, which settlement could not collect at once."""
    said = {
        "created_at": "2026-03-01T10:00:00Z",
        "mpass_number": f"MP-{charge_id}",
        "user": {"id": "user-1", "name": "Duong Le"},
        "billing_code": f"BL-{charge_id}",
        "billing_cycle_code": "20260301",
        "type": "END_OF_BILLING_CYCLE",
        "amount_minor": 103,
        "currency": "USD",
        "rail": "CARD",
        "tax_rate_ppm": 220_000,
        "consumption": [
            {
                "transaction_id": f"CT-{charge_id}",
                "amount_minor": 84,
                "occurred_at": "2026-02-20T10:00:00Z",
            }
        ],
        "initial_attempt": {
            "debit_id": f"S-{charge_id}",
            "at": "2026-03-01T10:00:00Z",
            "outcome": "FAILED",
            "failure": {"code": "insufficient_funds", "message": "No money"},
        },
    }
    return event("charge.raised", charge_id, **said | data)


def result(kind: str, charge_id: str, **data: Any) -> Json:
    """The processor's word on settlement's own attempt."""
    said = {"debit_id": f"S-{charge_id}", "amount_minor": 103, "currency": "USD"}
    return event(f"debit.{kind}", charge_id, **said | data)


async def tell(settings: Settings, topic: str, events: Sequence[Json]) -> None:
    """Publish, acknowledged by the broker."""
    await talking.tell(settings.kafka, topic, events)


async def published(settings: Settings, topic: str, subject: str, count: int) -> list[Any]:
    """The first records of a topic about a charge."""
    return await talking.published(settings.kafka, topic, subject, count)


async def seen(client: httpx.AsyncClient, charge_id: str, status: str) -> Json:
    """The charge as soon as it has a status."""
    path = f"/v1/charges/{charge_id}"

    async def there() -> bool:
        answer = await client.get(path)
        return answer.status_code == 200 and answer.json()["overview"]["status"] == status

    await eventually(there, PATIENCE_SECONDS)
    detail: Json = (await client.get(path)).json()
    return detail
