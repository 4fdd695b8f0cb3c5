"""``transactions_view``: the columns of the requirements, for people and BI tools."""

from typing import Any

from payops_contracts.labels import CHANNEL, METHOD, PAYMENT_TYPE, PROVIDER, TRANSACTION_STATUS
from payops_contracts.money import CURRENCY_DECIMALS
from payops_kernel.mongo import View
from transactions.domain.refundability import REFUNDABLE
from transactions.store.transactions import COLLECTION


def _label(field: str, words: dict[str, str]) -> dict[str, Any]:
    branches = [{"case": {"$eq": [field, value]}, "then": word} for value, word in words.items()]
    return {"$switch": {"branches": branches, "default": field}}


def _major(field: str | dict[str, Any]) -> dict[str, Any]:
    """An exact decimal in major units; the exponent is the currency's."""
    by_decimals: dict[int, list[str]] = {}
    for currency, decimals in CURRENCY_DECIMALS.items():
        by_decimals.setdefault(decimals, []).append(currency)
    branches = [
        {"case": {"$in": ["$currency", codes]}, "then": {"$toDecimal": 10**decimals}}
        for decimals, codes in by_decimals.items()
        if decimals != 2
    ]
    divisor = {"$switch": {"branches": branches, "default": {"$toDecimal": 100}}}
    return {"$divide": [{"$toDecimal": field}, divisor]}


_LOST = {"$ifNull": ["$lost_minor", 0]}
_LEFT = {"$subtract": ["$amount_minor", {"$add": ["$total_refunded_minor", _LOST]}]}
_REMAINING: dict[str, Any] = {
    "$cond": [{"$in": ["$status", sorted(REFUNDABLE)]}, {"$max": [0, _LEFT]}, 0]
}

TRANSACTIONS_VIEW = View(
    name="transactions_view",
    source=COLLECTION,
    pipeline=[
        {"$match": {"version": {"$gt": 0}}},
        {
            "$project": {
                "_id": 0,
                "Status": _label("$status", TRANSACTION_STATUS),
                "Date": "$created_at",
                "Transaction ID": "$_id",
                "Amount": _major("$amount_minor"),
                "Currency": "$currency",
                "Method": _label("$method", METHOD),
                "Channel": _label("$channel", CHANNEL),
                "Provider": _label("$provider", PROVIDER),
                "Type": _label("$type", PAYMENT_TYPE),
                "Total refunded amount": _major("$total_refunded_minor"),
                "Remaining amount": _major(_REMAINING),
                "User ID": "$user.id",
                "User name": "$user.name",
                "User email": "$user.email",
                "User phone number": "$user.phone",
                "Notification channels": "$notification_channels",
                "Subscription ID": "$subscription_id",
            }
        },
    ],
)
