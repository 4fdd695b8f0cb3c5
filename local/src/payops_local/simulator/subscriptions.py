"""Subscriptions of this hub's customers, and what each of their payments says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from payops_contracts.subscriptions import BillingMode, Interval
from payops_contracts.topics import UPSTREAM_SUBSCRIPTIONS
from payops_local.recurrence import day_of_period
from payops_local.simulator.customers import Customer
from payops_local.simulator.payments import attributes_of
from payops_local.simulator.rhythm import day_of
from payops_local.simulator.scenarios import Telling, event, instant_text
from payops_local.simulator.subscription_words import BILLING, PLANS, RECURRENCES
from payops_local.simulator.words import CURRENCIES, CURRENCY_SCALE, SUBSCRIPTION_PAIRS, Weighted

STARTS_ON_A_DAY, STARTS_AFTER_DAYS = 0.25, (0, 0, 0, 1, 3, 10)
"""Share whose first payment is on a day that was agreed, and how many days later that is."""
BOUNDED_BY_PAYMENTS, BOUNDED_BY_DAY = 0.1, 0.1
PAYMENTS_MAX, EXPIRES_WITHIN_DAYS = (3, 6, 12), (90, 400)
TAX_SHARE = 0.22


@dataclass(frozen=True, slots=True)
class Subscribed:
    """One subscription, as it was agreed."""

    at: float
    """When, in seconds since 1970."""
    zone: ZoneInfo
    """The billing zone."""
    customer: Customer
    data: dict[str, Any]
    """As ``upstream.subscription.created.v1`` says it."""

    @property
    def key(self) -> str:
        """Its id."""
        return str(self.data["subscription_id"])

    @property
    def by_payops(self) -> bool:
        """Whether PayOps asks for the payments after the first one."""
        return self.data["billing"] is BillingMode.HUB

    @property
    def begins_itself(self) -> bool:
        """Whether the customer makes the first payment."""
        return "first_payment_on" not in self.data

    def due_on(self, number: int) -> date | None:
        """The day of a period, from 0; None behind the last day that it may have."""
        agreed = self.data.get("first_payment_on")
        first = date.fromisoformat(agreed) if agreed else day_of(self.at, self.zone)
        day = day_of_period(first, self.data["interval"], self.data["interval_count"], number)
        expires = self.data.get("expires_on")
        return None if expires is not None and day > date.fromisoformat(expires) else day

    def payment(self, transaction_id: str, at: float, random: Random) -> dict[str, Any]:
        """The data of a payment of it that begins then."""
        return payment_of(self.data, self.customer, transaction_id, at, random)

    def created(self, told_at: float) -> Telling:
        """That it was agreed."""
        return _telling("created", self.key, 0, self.at, told_at, self.data)

    def ended(self, fact: str, at: float, reason: str) -> Telling:
        """That its payment method was revoked, or that the provider ended it."""
        data = {"subscription_id": self.key, "reason": reason}
        return _telling(fact, self.key, 1, at, at, data)


def subscribed(
    key: str, customer: Customer, at: float, zone: ZoneInfo, random: Random,
    billing: Weighted[BillingMode] = BILLING,
    recurrences: Weighted[tuple[Interval, int]] = RECURRENCES,
) -> Subscribed:  # fmt: skip
    """What a customer subscribes to then."""
    interval, count = recurrences.pick(random)
    description, cents = PLANS[interval].pick(random)
    provider, method = SUBSCRIPTION_PAIRS.pick(random)
    currency, day = CURRENCIES.pick(random), day_of(at, zone)
    data: dict[str, Any] = {
        "subscription_id": key,
        "created_at": instant_text(at),
        "user": customer.user,
        "amount_minor": int(cents * CURRENCY_SCALE[currency]),
        "currency": currency,
        "provider": provider,
        "method": method,
        "interval": interval,
        "interval_count": count,
        "billing": billing.pick(random),
        "description": description,
    }
    if random.random() < STARTS_ON_A_DAY:
        later = timedelta(days=random.choice(STARTS_AFTER_DAYS))
        data["first_payment_on"] = str(day + later)
    bounded = random.random()
    if bounded < BOUNDED_BY_PAYMENTS:
        data["payments_max"] = random.choice(PAYMENTS_MAX)
    elif bounded < BOUNDED_BY_PAYMENTS + BOUNDED_BY_DAY:
        data["expires_on"] = str(day + timedelta(days=random.randint(*EXPIRES_WITHIN_DAYS)))
    return Subscribed(at, zone, customer, data)


def payment_of(
    data: dict[str, Any], customer: Customer, transaction_id: str, at: float, random: Random
) -> dict[str, Any]:
    """The data of a payment that begins then, of a subscription or of a request for one."""
    provider, amount = data["provider"], data["amount_minor"]
    item = {
        "description": data.get("description") or "Subscription",
        "quantity": 1,
        "amount_minor": amount,
        "tax_minor": int(amount * TAX_SHARE / (1 + TAX_SHARE)),
    }
    return {
        "transaction_id": transaction_id,
        "created_at": instant_text(at),
        "amount_minor": amount,
        "currency": data["currency"],
        "provider": provider,
        "method": data["method"],
        "channel": "web",
        "type": "SUBSCRIPTION",
        "user": customer.user,
        "subscription_id": data["subscription_id"],
        "provider_payment_id": f"{provider}-{random.getrandbits(48):012x}",
        "notification_channels": customer.notification_channels,
        "items": [item],
        "attributes": attributes_of([item], customer),
    }


def _telling(
    fact: str, key: str, number: int, at: float, told_at: float, data: dict[str, Any]
) -> Telling:
    said = event(f"upstream.subscription.{fact}.v1", f"{key}:{fact}", key, instant_text(at), data)
    return Telling(told_at, number, UPSTREAM_SUBSCRIPTIONS.name, said, (key, at))
