"""The columns that transactions can be exported with, in the words of the documents."""

from collections.abc import Mapping
from typing import Any

from payops_contracts.labels import (
    CHANNEL,
    METHOD,
    PAYMENT_TYPE,
    PROVIDER,
    TRANSACTION_EXPORT_COLUMN,
    TRANSACTION_STATUS,
)
from payops_kernel.exports.columns import Column, ExportResource, Kind, stored
from transactions.domain.refundability import remaining


def _remaining_minor(row: dict[str, Any]) -> int:
    return remaining(
        row["status"],
        int(row["amount_minor"]),
        int(row["total_refunded_minor"]),
        int(row.get("lost_minor", 0)),
    )


def _column(
    name: str, kind: Kind, path: str | None = None, words: Mapping[str, str] = {}
) -> Column:
    return stored(name, TRANSACTION_EXPORT_COLUMN[name], kind, path, words)


REMAINING = Column(
    "remaining_minor",
    TRANSACTION_EXPORT_COLUMN["remaining_minor"],
    Kind.MONEY,
    _remaining_minor,
    ("status", "amount_minor", "total_refunded_minor", "lost_minor"),
)
TRANSACTION_EXPORT = ExportResource(
    name="transactions",
    title="Transactions",
    columns=(
        _column("status", Kind.TEXT, words=TRANSACTION_STATUS),
        _column("created_at", Kind.INSTANT),
        _column("transaction_id", Kind.TEXT, "_id"),
        _column("amount_minor", Kind.MONEY),
        _column("currency", Kind.TEXT),
        _column("total_refunded_minor", Kind.MONEY),
        REMAINING,
        _column("method", Kind.TEXT, words=METHOD),
        _column("provider", Kind.TEXT, words=PROVIDER),
        _column("channel", Kind.TEXT, words=CHANNEL),
        _column("type", Kind.TEXT, words=PAYMENT_TYPE),
        _column("user_id", Kind.TEXT, "user.id"),
        _column("user_name", Kind.TEXT, "user.name"),
        _column("user_email", Kind.TEXT, "user.email"),
        _column("user_phone", Kind.TEXT, "user.phone"),
        _column("notification_channels", Kind.LIST),
        _column("subscription_id", Kind.TEXT),
        _column("link", Kind.TEXT),
        _column("flags", Kind.LIST),
    ),
    # What the originals export; the currency besides, without which an amount says little.
    defaults=(
        "status",
        "created_at",
        "transaction_id",
        "amount_minor",
        "currency",
        "total_refunded_minor",
        "method",
        "provider",
        "channel",
        "user_name",
        "user_email",
    ),
)
