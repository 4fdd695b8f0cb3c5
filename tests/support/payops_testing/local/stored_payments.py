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

import orjson
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
    asked = {"refund_id": f"r-{number}", "amount_minor": Int64(2), "status": "PENDING"}
    more: dict[str, Any] = {"failure": {"code": "card.declined"}} if number % 10 == 2 else {}
    more |= {"refunds": [asked]} if number % 50 == 4 else {}
    return more | {
        "_id": f"pay-{number:05d}",
        "version": 2,
        "status": ("PAID", "PAID", "FAILED", "CREATED", "PARTIALLY_REFUNDED")[number % 5],
        "amount_minor": Int64(number * 7),
        "currency": "USD" if number % 3 else "JPY",
        "method": "credit-cards" if number % 2 else "pay-pal",
        "channel": "web",
        "provider": ("stripe", "nexi")[number % 2],
        "type": "DIRECT",
        "created_at": datetime(2025, 10, 1, tzinfo=UTC) + timedelta(minutes=37 * number),
        "total_refunded_minor": Int64(1 if number % 5 == 4 else 0),
    }


def fact(row: dict[str, Any]) -> dict[str, Any]:
    day = row["created_at"].astimezone(ZoneInfo(ZONE)).date().isoformat()
    return {
        **{name: value for name, value in row.items() if name not in {"failure", "refunds"}},
        "day": day,
        "partition": int(row["_id"][-2:]) % PARTITIONS,
        "form": 2,
        "failure_code": row.get("failure", {}).get("code"),
        "awaiting_refunds": len(row.get("refunds", ())),
        "awaiting_minor": Int64(sum(refund["amount_minor"] for refund in row.get("refunds", ()))),
    }


def context(row: dict[str, Any]) -> dict[str, Any]:
    """What checkout-rules keeps of a payment."""
    at_ms = (row["created_at"] - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    said = [at_ms, int(row["amount_minor"]), row["currency"], row["channel"], row["type"], {}]
    day = row["created_at"].date().isoformat()
    return {"_id": row["_id"], "day": day, "n": 1, "said": orjson.dumps(said)}


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
        for part, amount in _parts(bucket, one):
            part["count"] = Int64(part.get("count", 0) + 1)
            part["amount_minor"] = Int64(part.get("amount_minor", 0) + amount)
    return list(stored.values())


def _parts(bucket: dict[str, Any], one: dict[str, Any]) -> list[tuple[dict[str, Any], int]]:
    amount, parts = one["amount_minor"], [(bucket, one["amount_minor"])]

    def of(by: str, word: str | None) -> dict[str, Any]:
        name = "%" if word is None else word.replace(".", "%2E")
        part: dict[str, Any] = bucket.setdefault(by, {}).setdefault(name, {})
        return part

    if one["status"] in {"PAID", "PARTIALLY_REFUNDED", "TOTALLY_REFUNDED"}:
        parts += [(of("provider", one["provider"]), amount), (of("type", one["type"]), amount)]
        if one["total_refunded_minor"]:
            parts.append((bucket.setdefault("refunded", {}), one["total_refunded_minor"]))
    if one["status"] == "FAILED":
        parts.append((of("failure_code", one["failure_code"]), amount))
    return parts


@dataclass
class Stored:
    platform: Platform
    client: Client
    transactions: Database
    analytics: Database

    def of(self, service: str) -> Database:
        """A service's own database."""
        return database(self.client, self.platform.database(service))

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
        rules = database(client, f"{prefix}checkout_rules")
        await rules["payment_contexts"].insert_many([context(row) for row in rows])
        yield Stored(platform, client, transactions, analytics)
        for name in await client.list_database_names():
            if name.startswith(prefix):
                await client.drop_database(name)
