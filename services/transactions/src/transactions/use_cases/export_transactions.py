"""The columns that transactions can be exported with, in the words of the documents."""

from typing import Any

from payops_contracts.labels import (
    CHANNEL,
    METHOD,
    PAYMENT_TYPE,
    PROVIDER,
    TRANSACTION_EXPORT_COLUMN,
    TRANSACTION_STATUS,
)
from payops_kernel.exports.columns import Column, ExportResource, Kind, at
from transactions.domain.refundability import remaining


def _remaining_minor(stored: dict[str, Any]) -> int:
    return remaining(
        stored["status"],
        int(stored["amount_minor"]),
        int(stored["total_refunded_minor"]),
        int(stored.get("lost_minor", 0)),
    )


def _column(name: str, kind: Kind, path: str | None = None, **options: Any) -> Column:
    read = options.pop("read", None) or at(path or name)
    return Column(name, TRANSACTION_EXPORT_COLUMN[name], kind, read, **options)


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
        _column("remaining_minor", Kind.MONEY, read=_remaining_minor),
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
