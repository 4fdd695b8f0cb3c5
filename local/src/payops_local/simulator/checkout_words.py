"""What the demo's checkout knows of its customers, and the rules by which it offers ways to pay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from payops_local.simulator.words import Weighted

CATEGORIES = {
    "Annual membership": "memberships",
    "Monthly membership": "memberships",
    "Concert ticket": "tickets",
    "Vinyl record": "music",
    "Compact disc": "music",
    "Headphones": "electronics",
    "Printed book": "books",
    "Gift card": "gift-cards",
    "Café crème & croissant, take-away": "food",
    'Poster "Ménilmontant", 50 × 70 cm': "art",  # noqa: RUF001 - as shops write it
}
"""Description of what is sold → its category."""
MEMBERSHIPS = "memberships"
"""What subscriptions are of."""
USER_TYPES = Weighted.of({"guest": 50, "member": 38, "business": 12})


@dataclass(frozen=True, slots=True)
class DemoRule:
    """A checkout rule of the demo."""

    priority: int
    terms: dict[str, Any]
    """As ``POST /v1/checkout-rules`` takes them."""
    active: bool = True
    """False for one that stays a draft."""

    @property
    def name(self) -> str:
        """What people call it; no two have the same."""
        return str(self.terms["name"])


def _pairs(*pairs: str) -> list[dict[str, str]]:
    return [dict(zip(("provider", "method"), each.split("/"), strict=True)) for each in pairs]


def _match(**lists: list[str]) -> list[dict[str, Any]]:
    return [{"key": key, "values": values} for key, values in lists.items()]


DEMO_RULES = (
    DemoRule(
        10,
        {
            "name": "Payment links",
            "match_lists": _match(channel=["pay-by-link"]),
            "pairs": _pairs("stripe/credit-cards", "adyen/credit-cards", "axerve/pay-pal"),
        },
    ),
    DemoRule(
        20,
        {
            "name": "Wire transfer for large business baskets",
            "amount": {"currency": "USD", "min_minor": 15_000},
            "match_lists": _match(channel=["web"], user_type=["business"]),
            "custom_conditions": [
                {"path": "basket/quantity", "operator": "greater_or_equal_than", "value": 4}
            ],
            "pairs": _pairs("flowpay/wire-transfer", "adyen/credit-cards"),
        },
    ),
    DemoRule(
        30,
        {
            "name": "Instalments for electronics and music",
            "amount": {"currency": "USD", "min_minor": 10_000, "max_minor": 150_000},
            "match_lists": _match(
                channel=["web"],
                user_type=["guest", "member"],
                product_category=["electronics", "music"],
            ),
            "pairs": _pairs("scalapay/scalapay", "adyen/credit-cards", "stripe/pay-pal"),
        },
    ),
    DemoRule(
        40,
        {
            "name": "Wallets on the phone",
            "match_lists": _match(channel=["mobile"]),
            "pairs": _pairs(
                "axerve/applepay", "axerve/googlepay", "satispay/satispay", "stripe/credit-cards"
            ),
        },
    ),
    DemoRule(
        45,
        {
            "name": "Apple Pay for tickets on the phone",
            "match_lists": _match(channel=["mobile"], product_category=["tickets"]),
            "pairs": _pairs("axerve/applepay", "stripe/credit-cards"),
        },
        active=False,
    ),
    DemoRule(
        50,
        {
            "name": "Counter and call centre",
            "match_lists": _match(channel=["pos", "call-center"]),
            "pairs": _pairs("nexi/credit-cards", "axerve/credit-cards"),
        },
    ),
    DemoRule(
        60,
        {
            "name": "Small baskets in euro",
            "amount": {"currency": "EUR", "max_minor": 3_000},
            "match_lists": _match(channel=["web"], user_type=["guest", "member"]),
            "custom_conditions": [{"path": "basket/quantity", "operator": "less_than", "value": 5}],
            "pairs": _pairs("satispay/satispay", "braintree/pay-pal", "nexi/credit-cards"),
        },
    ),
)
"""By priority. No two that are active hold for one checkout and offer other pairs; the draft would
never answer, for all that it lets through is on a phone: something for a newcomer to find."""
