"""The records that pictures show, found through the gateway: always the same of those there are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx

LOOKED_AT = 50
PAYMENTS = {"sort": "created_at", "limit": str(LOOKED_AT)}
SHOWN: tuple[tuple[str, str, str, dict[str, str]], ...] = (
    ("payment", "/v1/transactions", "transaction_id", PAYMENTS | {"status": "PARTIALLY_REFUNDED"}),
    ("payment", "/v1/transactions", "transaction_id", PAYMENTS | {"status": "PAID"}),
    ("subscription", "/v1/subscriptions", "subscription_id", {"status": "ON_HOLD"}),
    ("subscription", "/v1/subscriptions", "subscription_id", {"status": "ACTIVE"}),
    ("checkout_rule", "/v1/checkout-rules", "rule_id", {"status": "DRAFT"}),
    ("checkout_rule", "/v1/checkout-rules", "rule_id", {}),
    ("charge", "/v1/charges", "charge_id", {"status": "TEMP_REJECTED"}),
    ("charge", "/v1/charges", "charge_id", {}),
    ("debit_attempt", "/v1/debit-attempts", "debit_id", {}),
    ("dead_letter", "/v1/dead-letters", "dead_letter_id", {}),
    ("job", "/v1/jobs", "job_id", {}),
)
"""A name, where its record is found, its id, and what is asked; the first one that there is."""


async def shown_records(api: httpx.AsyncClient, zone: str) -> dict[str, str]:
    """Ids by name; a kind of record of which there is none is left out."""
    yesterday = datetime.now(ZoneInfo(zone)).date() - timedelta(days=1)
    records = {"yesterday": yesterday.isoformat()}
    for name, path, row_id, query in SHOWN:
        if name in records:
            continue
        answer = await api.get(path, params=query)
        answer.raise_for_status()
        found = next((row for row in answer.json()["items"] if _all_can_be_done(row)), None)
        if found is not None:
            records[name] = str(found[row_id])
    return records


def _all_can_be_done(row: Mapping[str, Any]) -> bool:
    """Whether a payment has the dialogs that are looked at; other records have none."""
    actions = row.get("actions", {})
    return all(actions[name]["allowed"] for name in ("refund", "notify") if name in actions)
