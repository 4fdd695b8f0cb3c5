"""Stored transactions as a year of real payments would leave them: skewed in every field.

Each row is a document that the domain and the store made, with its own particulars in place: ten
times faster than making each anew, and a test holds them to what the store would write.
"""

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from typing import Any

from payops_kernel.mongo import Int64
from payops_testing.transactions.builders import a_description, a_fact, a_refund_fact, folded
from transactions.domain.facts import Fact, FactKind, RefundFactKind
from transactions.store.transactions import TransactionStore

STORE = TransactionStore({"transactions": None})  # type: ignore[dict-item]
SEED = 11
YEAR_START = datetime(2025, 1, 1, tzinfo=UTC)
DAY_SECONDS = 24 * 3600
YEAR_SECONDS = 365 * DAY_SECONDS
CAMPAIGN_DAY = 329
"""A day with forty times a day's payments, as a sale makes it."""
CAMPAIGN_SHARE = 0.1
CUSTOMERS = 50_000
PRICES = (499, 999, 1999, 2999, 4999, 9999)
PRICE_SHARE = 0.4

STATUSES = {
    "PAID": 79, "FAILED": 12, "PARTIALLY_REFUNDED": 4, "CREATED": 3, "TOTALLY_REFUNDED": 1,
    "PAID refund_failed": 0.9, "PAID refund_pending": 0.1,
}  # fmt: skip
METHODS = {
    "credit-cards": 600, "pay-pal": 200, "satispay": 80, "klarna": 60,
    "wire-transfer": 40, "apple-pay": 15, "gift-card": 4, "cash": 1,
}  # fmt: skip
CHANNELS = {"web": 600, "mobile": 300, "pos": 80, "call-center": 18, "kiosk": 2}
PROVIDERS = {"stripe": 500, "adyen": 350, "nexi": 130, "flowpay": 15, "braintree": 5}
TYPES = {"DIRECT": 900, "SUBSCRIPTION": 90, "PAY_BY_LINK": 10}
CURRENCIES = {"EUR": 700, "USD": 280, "JPY": 18, "KWD": 2}
NAMES = ("Maria", "Marco", "Ada", "Giulia", "Luca", "Anna", "Zoe", "Xaver")
SURNAMES = ("Rossi", "Byron", "Bianchi", "Smith", "Martin", "Zhang", "Quispe", "Ng")

BATCH = 1_000


def skewed_rows(
    count: int, seed: int = SEED, prefix: str = "ORD"
) -> Iterator[list[dict[str, Any]]]:
    """``count`` stored documents in batches, in no order of date; the same for one seed."""
    random = Random(seed)
    for start in range(0, count, BATCH):
        size = min(BATCH, count - start)
        columns = [
            random.choices(list(weights), list(weights.values()), k=size)
            for weights in (STATUSES, METHODS, CHANNELS, PROVIDERS, TYPES, CURRENCIES)
        ]
        yield [
            _row(random, f"{prefix}-{start + number:08d}", words)
            for number, words in enumerate(zip(*columns, strict=True))
        ]


def _row(random: Random, key: str, words: tuple[str, ...]) -> dict[str, Any]:
    status, method, channel, provider, kind, currency = words
    customer = int(CUSTOMERS ** random.random())  # a few customers pay very often
    created_at, amount = _created_at(random), _amount(random)
    document = _pattern(status) | _customer(customer)
    document |= {
        "_id": key,
        "created_at": created_at,
        "amount_minor": Int64(amount),
        "currency": currency,
        "provider": provider,
        "method": method,
        "channel": channel,
        "type": kind,
    }
    if kind == "SUBSCRIPTION":
        document["subscription_id"] = f"sub-{customer}"
    for field in ("paid_at", "failed_at"):
        if field in document:
            document[field] = created_at
    if "refunds" in document:
        back = Int64(amount if status == "TOTALLY_REFUNDED" else max(1, amount // 2))
        document["refunds"] = [document["refunds"][0] | {"amount_minor": back}]
        for sum_of_refunds in ("total_refunded_minor", "in_flight_minor"):
            if document[sum_of_refunds]:
                document[sum_of_refunds] = back
    return document


@cache
def _pattern(status: str) -> dict[str, Any]:
    """A document of this status, and of this refund, out of the domain and the store themselves."""
    kind = {"CREATED": FactKind.CREATED, "FAILED": FactKind.FAILED}.get(status, FactKind.PAID)
    back = {"PARTIALLY_REFUNDED": 600, "TOTALLY_REFUNDED": 1200}.get(status)
    facts: list[Fact] = [a_fact(kind)]
    _, _, refund = status.partition(" ")
    if refund or back is not None:
        answer = RefundFactKind(refund) if refund else RefundFactKind.SUCCEEDED
        facts.append(a_refund_fact(answer, amount_minor=back or 600))
    return STORE.to_document(folded(*facts))


@cache
def _customer(number: int) -> dict[str, Any]:
    name, surname = NAMES[number % len(NAMES)], SURNAMES[number // 8 % len(SURNAMES)]
    person = a_description(
        user_id=f"u-{number}",
        user_name=f"{name} {surname}",
        user_email=f"{name}.{surname}.{number}@example.com".lower(),
    )
    document = STORE.to_document(folded(a_fact(description=person)))
    return {field: document[field] for field in ("user", "search")}


def _created_at(random: Random) -> datetime:
    seconds = random.randrange(YEAR_SECONDS)
    if random.random() < CAMPAIGN_SHARE:
        seconds = CAMPAIGN_DAY * DAY_SECONDS + seconds % DAY_SECONDS
    return YEAR_START + timedelta(seconds=seconds)


def _amount(random: Random) -> int:
    if random.random() < PRICE_SHARE:
        return random.choice(PRICES)
    return max(2, int(math.exp(random.gauss(8.0, 1.3))))
