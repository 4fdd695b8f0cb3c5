"""Payments, facts and buckets as the services store them, made without the services."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from bson import Int64

from payops_local.connections import Client, Database, database, mongo_client
from payops_local.platform import Platform
from payops_local.verifying.findings import Findings
from payops_local.verifying.verification import Verification
from payops_testing.local.platforms import platform as platform_on

PAYMENTS = 400
ZONE = "Europe/Rome"
PARTITIONS = 4


def payment(number: int) -> dict[str, Any]:
    return {
        "_id": f"pay-{number:05d}",
        "version": 2,
        "status": ("PAID", "PAID", "FAILED", "CREATED", "PARTIALLY_REFUNDED")[number % 5],
        "amount_minor": Int64(number * 7),
        "currency": "USD" if number % 3 else "JPY",
        "method": "credit-cards" if number % 2 else "pay-pal",
        "channel": "web",
        "provider": "stripe",
        "type": "DIRECT",
        "created_at": datetime(2025, 10, 1, tzinfo=UTC) + timedelta(minutes=37 * number),
        "total_refunded_minor": Int64(0),
    }


def fact(row: dict[str, Any]) -> dict[str, Any]:
    day = row["created_at"].astimezone(ZoneInfo(ZONE)).date().isoformat()
    return {**row, "day": day, "partition": int(row["_id"][-2:]) % PARTITIONS}


def buckets(facts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    stored: dict[str, dict[str, Any]] = {}
    for one in facts:
        key = "/".join(
            str(one[name])
            for name in ("currency", "day", "status", "method", "channel", "partition")
        )
        bucket = stored.setdefault(
            key,
            {"_id": key, "kpi": "payments", "count": Int64(0), "amount_minor": Int64(0)}
            | {
                name: one[name]
                for name in ("currency", "day", "status", "method", "channel", "partition")
            },
        )
        bucket["count"] = Int64(bucket["count"] + 1)
        bucket["amount_minor"] = Int64(bucket["amount_minor"] + one["amount_minor"])
    return list(stored.values())


@dataclass
class Stored:
    platform: Platform
    client: Client
    transactions: Database
    analytics: Database

    async def differences(self) -> Findings:
        found = Verification(self.platform, self.client)
        seen = await found.stored()
        assert not seen.rows.behind
        return found.findings


@asynccontextmanager
async def stored_payments(mongo: str, kafka: str, folder: Path) -> AsyncIterator[Stored]:
    prefix = f"verify_{uuid4().hex[:8]}_"
    platform = platform_on(
        folder,
        kafka,
        mongo,
        PAYOPS_DATABASE_PREFIX=prefix,
        PAYOPS_ZONE=ZONE,
    )
    async with mongo_client(mongo) as client:
        transactions = database(client, f"{prefix}transactions")
        analytics = database(client, f"{prefix}analytics")
        rows = [payment(number) for number in range(PAYMENTS)]
        await transactions["transactions"].insert_many(rows)
        await transactions["transactions"].insert_one({"_id": "pay-00007-parked", "version": 0})
        await analytics["payment_facts"].insert_many([fact(row) for row in rows])
        await analytics["kpi_buckets"].insert_many(buckets([fact(row) for row in rows]))
        yield Stored(platform, client, transactions, analytics)
        await client.drop_database(transactions.name)
        await client.drop_database(analytics.name)
