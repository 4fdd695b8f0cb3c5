"""The scenario of payments: created, perhaps pending, then paid, failed or left; told like a real
hub.

Some events are told twice and some out of order, as real hubs do; each keeps its id.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from math import inf
from random import Random
from typing import Any

from payops_contracts.topics import UPSTREAM_PAYMENTS
from payops_local.simulator.aftermath import Aftermath
from payops_local.simulator.checkout_words import CATEGORIES, MEMBERSHIPS
from payops_local.simulator.customers import Customer, Customers
from payops_local.simulator.scenarios import Telling, event, instant_text
from payops_local.simulator.words import (
    CHANNELS,
    CURRENCIES,
    CURRENCY_SCALE,
    FAILURES,
    GOODS,
    LINK_PAIRS,
    PAIRS,
    TYPES,
    Weighted,
)

BASE36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ITEMS_MAX = 4
AMOUNT_LOG_MEAN, AMOUNT_LOG_SPREAD = 8.2, 0.9
"""Of the natural logarithm of US cents: half of the items cost below 36.41."""
ITEM_MINOR_MAX = 2_000_000
TOLD_TWICE = 0.02
TOLD_LATE = 0.02
LATE_SECONDS_MAX = 3.0
FREE = 0.002
PENDING_FIRST = 0.25
QUICK_SECONDS = (0.4, 4.0)
WIRE_SECONDS = (10.0, 60.0)

ENDS = Weighted.of(
    {("paid",): 86.0, ("failed",): 10.0, ("failed", "paid"): 1.0, ("paid", "failed"): 0.2, (): 2.8}
)
"""How a payment goes on behind created, in the order of what happens."""


@dataclass(frozen=True, slots=True)
class PaymentScenario:
    """Payments at a rate until an instant, by chance as customers come. Seed and start are part of
    every id.
    """

    customers: Customers
    rate: float
    seed: int
    aftermath: Aftermath
    end: float = inf

    def timelines(self, start: float, random: Random) -> Iterator[tuple[float, list[Telling]]]:
        """Every payment of the run that begins before the end; none at rate 0."""
        at, run = start, run_name(self.seed, start)
        numbers = count(1)
        while self.rate > 0 and (at := at + random.expovariate(self.rate)) < self.end:
            data = self.payment(f"SIM-{run}-{next(numbers):06d}", at, random)
            yield at, self.tellings(data, at, random)

    def tellings(
        self,
        data: dict[str, Any],
        begin: float,
        random: Random,
        ends: tuple[str, ...] | None = None,
        reasons: Weighted[tuple[str, str | None]] = FAILURES,
    ) -> list[Telling]:
        """What is told of a payment of these data; how it goes on behind created is chance, unless
        ``ends`` says it.
        """
        key = data["transaction_id"]
        seconds = WIRE_SECONDS if data["method"] == "wire-transfer" else QUICK_SECONDS
        facts = ["created"]
        if random.random() < PENDING_FIRST or data["method"] == "wire-transfer":
            facts.append("pending")
        facts += ENDS.pick(random) if ends is None else ends
        tellings: list[Telling] = []
        at = begin
        for number, fact in enumerate(facts):
            said = event(
                f"upstream.payment.{fact}.v1",
                f"{key}:{number}",
                key,
                instant_text(at),
                data | _failure(fact, reasons, random),
            )
            late = random.uniform(0, LATE_SECONDS_MAX) if random.random() < TOLD_LATE else 0.0
            tellings.append(Telling(at + late, number, UPSTREAM_PAYMENTS.name, said))
            if random.random() < TOLD_TWICE:
                again = at + random.uniform(0, LATE_SECONDS_MAX)
                tellings.append(Telling(again, number, UPSTREAM_PAYMENTS.name, said))
            if fact == "paid":
                tellings += self.aftermath.tellings(at, data)
            at += random.uniform(*seconds)
        return sorted(tellings)

    def payment(
        self,
        key: str,
        begin: float,
        random: Random,
        direct: Weighted[tuple[str, str]] | None = None,
    ) -> dict[str, Any]:
        """The data of a payment that begins then; ``direct`` makes it a direct one of these
        (provider, method) pairs.
        """
        customer = self.customers.pick(random)
        kind = TYPES.pick(random) if direct is None else "DIRECT"
        pairs = LINK_PAIRS if kind == "PAY_BY_LINK" else direct or PAIRS
        provider, method = pairs.pick(random)
        currency = CURRENCIES.pick(random)
        items = _items(currency, random)
        data: dict[str, Any] = {
            "transaction_id": key,
            "created_at": instant_text(begin),
            "amount_minor": sum(item["amount_minor"] for item in items),
            "currency": currency,
            "provider": provider,
            "method": method,
            "channel": "pay-by-link" if kind == "PAY_BY_LINK" else CHANNELS.pick(random),
            "type": kind,
            "user": customer.user,
            "provider_payment_id": f"{provider}-{random.getrandbits(48):012x}",
            "notification_channels": customer.notification_channels,
            "items": items,
            "attributes": attributes_of(items, customer),
        }
        if kind == "PAY_BY_LINK":
            data["link"] = f"https://pay.example/l/{random.getrandbits(40):010x}"
        return data


def attributes_of(items: list[dict[str, Any]], customer: Customer) -> dict[str, str | int]:
    """What the checkout knew beside the payment itself: paths and values."""
    dearest = max(items, key=lambda item: int(item["amount_minor"]))
    return {
        "product_category": CATEGORIES.get(dearest["description"], MEMBERSHIPS),
        "user_type": customer.user_type,
        "basket/quantity": sum(item["quantity"] for item in items),
    }


def _items(currency: str, random: Random) -> list[dict[str, Any]]:
    free = random.random() < FREE
    return [_item(currency, free, random) for _ in range(random.randint(1, ITEMS_MAX))]


def _item(currency: str, free: bool, random: Random) -> dict[str, Any]:
    description, tax_share = GOODS.pick(random)
    pieces = random.choice((1, 1, 1, 2, 3))
    cents = random.lognormvariate(AMOUNT_LOG_MEAN, AMOUNT_LOG_SPREAD) * CURRENCY_SCALE[currency]
    amount = 0 if free else pieces * min(max(int(cents), 1), ITEM_MINOR_MAX)
    return {
        "description": description,
        "quantity": pieces,
        "amount_minor": amount,
        "tax_minor": int(amount * tax_share / (1 + tax_share)),
    }


def _failure(
    fact: str, reasons: Weighted[tuple[str, str | None]], random: Random
) -> dict[str, Any]:
    if fact != "failed":
        return {}
    code, words = reasons.pick(random)
    return {"failure": {"code": code} | ({"message": words} if words else {})}


def run_name(seed: int, start: float) -> str:
    """A short word for one run: its start in milliseconds and its seed, to the base 36."""
    return f"{_base36(int(start * 1000))}{_base36(abs(seed))}" + ("N" if seed < 0 else "")


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = BASE36[digit] + digits
    return digits or "0"
