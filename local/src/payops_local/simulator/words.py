"""What a hub's payments are made of, with how often each is seen."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Weighted(Generic[T]):
    """Things and their weights."""

    things: tuple[T, ...]
    weights: tuple[float, ...]

    @classmethod
    def of(cls, pairs: dict[T, float]) -> Weighted[T]:
        """From thing → weight."""
        return cls(tuple(pairs), tuple(pairs.values()))

    def pick(self, random: Random) -> T:
        """One of them."""
        return random.choices(self.things, self.weights)[0]


PAIRS = Weighted.of(
    {
        ("stripe", "credit-cards"): 24,
        ("stripe", "pay-pal"): 5,
        ("adyen", "credit-cards"): 18,
        ("nexi", "credit-cards"): 10,
        ("axerve", "credit-cards"): 6,
        ("axerve", "pay-pal"): 3,
        ("axerve", "applepay"): 7,
        ("axerve", "googlepay"): 6,
        ("axerve", "satispay"): 2,
        ("braintree", "pay-pal"): 8,
        ("satispay", "satispay"): 4,
        ("scalapay", "scalapay"): 4,
        ("flowpay", "wire-transfer"): 3,
    }
)
"""(provider, method): the pairs that exist."""

SUBSCRIPTION_PAIRS = Weighted.of(
    {
        ("stripe", "credit-cards"): 40,
        ("adyen", "credit-cards"): 25,
        ("axerve", "credit-cards"): 12,
        ("braintree", "pay-pal"): 13,
        ("satispay", "satispay"): 10,
    }
)
LINK_PAIRS = Weighted.of(
    {
        ("stripe", "credit-cards"): 45,
        ("adyen", "credit-cards"): 30,
        ("axerve", "credit-cards"): 20,
        ("axerve", "pay-pal"): 5,
    }
)
CHANNELS = Weighted.of({"web": 55, "mobile": 30, "pos": 11, "call-center": 4})
TYPES = Weighted.of({"DIRECT": 92, "PAY_BY_LINK": 8})
"""Of payments that stand alone; those of subscriptions belong to one that was created."""
CURRENCIES = Weighted.of({"USD": 86, "EUR": 8, "GBP": 3, "JPY": 2, "KWD": 1})
CURRENCY_SCALE = {"USD": 1.0, "EUR": 1.0, "GBP": 1.0, "JPY": 1.5, "KWD": 3.0}
"""Minor units in such an amount for one US cent, about."""

FAILURES = Weighted.of(
    {
        ("insufficient_funds", "The account has insufficient funds."): 34,
        ("card_declined", "The issuer declined the payment."): 26,
        ("expired_card", "The card has expired."): 12,
        ("authentication_failed", "The customer did not pass strong authentication."): 12,
        ("fraud_suspected", "The payment was stopped by the provider's fraud rules."): 6,
        ("timeout", None): 6,
        ("cancelled_by_customer", "The customer cancelled at the provider."): 4,
    }
)

REFUND_FAILURES = Weighted.of(
    {
        ("insufficient_balance", "The merchant's balance does not cover the refund."): 30,
        ("card_closed", "The card that was charged no longer exists."): 30,
        ("refund_window_over", "The payment is too old to be refunded."): 20,
        ("declined_by_issuer", None): 20,
    }
)
REFUND_RETURNS = Weighted.of(
    {
        ("account_closed", "The customer's account is closed; the bank returned the money."): 50,
        ("expired_or_canceled_card", "The card has expired or was cancelled."): 35,
        ("returned_by_bank", None): 15,
    }
)
DISPUTE_REASONS = Weighted.of(
    {"Fraudulent": 45, "Product not received": 30, "Not as described": 15, "Duplicate": 10}
)

GOODS = Weighted.of(
    {
        ("Annual membership", 0.22): 10,
        ("Monthly membership", 0.22): 10,
        ("Concert ticket", 0.10): 16,
        ("Vinyl record", 0.22): 14,
        ("Compact disc", 0.22): 12,
        ("Headphones", 0.22): 8,
        ("Printed book", 0.04): 12,
        ("Gift card", 0.0): 8,
        ("Café crème & croissant, take-away", 0.10): 6,
        ('Poster "Ménilmontant", 50 × 70 cm', 0.22): 4,  # noqa: RUF001 - as shops write it
    }
)
"""(description, share of tax in the price's net part)."""

NAMES = Weighted.of(
    {
        "Anna Rossi": 8,
        "Duong Le": 6,
        "James O'Connor": 6,
        "María José García-Hernández": 4,
        "Søren Ærøskøbing": 3,
        "Zoë Müller-Lüdenscheidt": 3,
        "王小明": 4,
        "山田 太郎": 3,
        "Мария Иванова": 4,
        "أحمد بن محمد": 3,
        "दीपिका शर्मा": 3,
        "Ναταλία Παπαδοπούλου": 2,
        "Nguyễn Thị Minh Khai": 3,
        "Ada": 2,
        "Giulia Bianchi": 4,
        "Marco Esposito": 4,
        "Alessandro De Santis": 3,
        "Émilie Lefèvre": 3,
        "Jean-Baptiste de La Rochefoucauld": 2,
        "Katarzyna Wiśniewska": 3,
        "Jiří Dvořák": 2,
        "Göran Ångström": 2,
        "Þórdís Jónsdóttir": 2,
        "João Gonçalves da Conceição": 3,
        "Íñigo Núñez Echeverría": 2,
        "İbrahim Çağlayan": 3,
        "Siobhán Ní Bhriain": 2,
        "Chukwuemeka Okonkwo": 3,
        "Wanjiru Kamau": 2,
        "Priya Raghunathan": 3,
        "김민준": 3,
        "佐藤 美咲": 2,
        "陈伟": 3,
        "สมชาย ใจดี": 2,
        "דוד כהן": 2,
        "Олександр Шевченко": 3,
        "فاطمة الزهراء": 2,
        "Rajaraman Venkatasubramanian Krishnamoorthy": 2,
        "Maria-Magdalena Freifrau von und zu Guttenberg-Wittgenstein": 1,
        "Hubert Blaine Wolfeschlegelsteinhausenbergerdorff Senior of the House of Hohenzollern": 1,
    }
)
NOTIFICATIONS = Weighted.of({("email",): 60, ("email", "sms"): 20, ("sms",): 8, (): 12})
