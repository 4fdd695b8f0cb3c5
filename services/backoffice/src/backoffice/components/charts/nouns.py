"""What a KPI counts, in words: payments, charges, debits, subscriptions or checkouts."""

from enum import StrEnum

from backoffice.components.charts.reader import Reader
from backoffice.formatting.shares import shown_count
from backoffice.words import word

SUBSCRIPTIONS = "/v1/kpis/subscriptions-"
"""How the paths of KPIs begin that count subscriptions."""
DEBITS_BY_DAY = "/v1/kpis/debits-by-day"
"""The KPI of charges; all others of debits count attempts."""

HITS = "/v1/checkout-rules/hits"
"""Hits of checkout rules: each is a checkout."""


class Noun(StrEnum):
    """What is counted."""

    PAYMENT = "payment"
    CHARGE = "charge"
    DEBIT = "debit"
    SUBSCRIPTION = "subscription"
    CHECKOUT = "checkout"


MANY = {
    Noun.PAYMENT: word("Payments"),
    Noun.CHARGE: word("Charges"),
    Noun.DEBIT: word("Debits"),
    Noun.SUBSCRIPTION: word("Subscriptions"),
    Noun.CHECKOUT: word("Checkouts"),
}
NOTHING = {
    Noun.PAYMENT: word("No payment in these days."),
    Noun.CHARGE: word("No charge in these days."),
    Noun.DEBIT: word("No debit in these days."),
    Noun.SUBSCRIPTION: word("No subscription in these days."),
    Noun.CHECKOUT: word("No checkout in these days."),
}
SEE = {
    Noun.PAYMENT: word("See these payments"),
    Noun.CHARGE: word("See these charges"),
    Noun.DEBIT: word("See these debits"),
    Noun.SUBSCRIPTION: word("See these subscriptions"),
    Noun.CHECKOUT: word("See these rules"),
}


def is_of_debits(kpi: str | None) -> bool:
    """Whether a KPI is about charges or debits."""
    name = (kpi or "").rpartition("/")[2]
    return name.startswith("debit") or name == "repeated-failures"


def noun_of(kpi: str | None) -> Noun:
    """What a KPI at a path of the gateway counts."""
    if kpi == DEBITS_BY_DAY:
        return Noun.CHARGE
    if kpi == HITS:
        return Noun.CHECKOUT
    if (kpi or "").startswith(SUBSCRIPTIONS):
        return Noun.SUBSCRIPTION
    return Noun.DEBIT if is_of_debits(kpi) else Noun.PAYMENT


def counted(reader: Reader, noun: Noun, number: int) -> str:
    """``1,098 payments``."""
    shown, many = shown_count(number, reader.language), reader.words.many
    match noun:
        case Noun.PAYMENT:
            return many("%(num)s payment", "%(num)s payments", number, num=shown)
        case Noun.CHARGE:
            return many("%(num)s charge", "%(num)s charges", number, num=shown)
        case Noun.DEBIT:
            return many("%(num)s debit", "%(num)s debits", number, num=shown)
        case Noun.SUBSCRIPTION:
            return many("%(num)s subscription", "%(num)s subscriptions", number, num=shown)
        case Noun.CHECKOUT:
            return many("%(num)s checkout", "%(num)s checkouts", number, num=shown)
