"""What charges and their debits are made of, with how often each is seen."""

from __future__ import annotations

from payops_contracts.charges import ChargeType, Rail
from payops_local.simulator.words import Weighted

Words = Weighted[tuple[str, str | None]]
"""(code, message), as a processor says them."""

RAILS = Weighted.of({Rail.ACH: 45, Rail.CARD: 35, Rail.SEPA: 20})
CURRENCY_OF = {Rail.ACH: "USD", Rail.CARD: "USD", Rail.SEPA: "EUR"}
TYPES = Weighted.of({ChargeType.LIMIT_EXCEED: 60, ChargeType.END_OF_BILLING_CYCLE: 40})

SOFT_DECLINES: dict[Rail, Words] = {
    Rail.ACH: Weighted.of(
        {
            ("R01", "Insufficient funds."): 70,
            ("R09", "Uncollected funds."): 20,
            ("processor_unavailable", None): 10,
        }
    ),
    Rail.SEPA: Weighted.of(
        {
            ("AM04", "Insufficient funds."): 75,
            ("MS03", "The reason was not specified."): 15,
            ("processing_error", None): 10,
        }
    ),
    Rail.CARD: Weighted.of(
        {
            ("51", "Insufficient funds."): 55,
            ("05", "Do not honor."): 25,
            ("91", "The issuer could not be reached."): 10,
            ("limit_exceeded", "The card's limit is exceeded."): 10,
        }
    ),
}
"""After these another day may bring the money."""
HARD_DECLINES: dict[Rail, Words] = {
    Rail.ACH: Weighted.of(
        {
            ("R02", "The account is closed."): 50,
            ("R03", "There is no such account."): 25,
            ("R08", "The payment was stopped."): 25,
        }
    ),
    Rail.SEPA: Weighted.of(
        {
            ("AC04", "The account is closed."): 40,
            ("AC01", "The IBAN is wrong."): 20,
            ("MD01", "There is no mandate."): 40,
        }
    ),
    Rail.CARD: Weighted.of(
        {
            ("54", "The card has expired."): 55,
            ("43", "The card was stolen."): 15,
            ("authorization_revoked", "The member revoked the authorization."): 30,
        }
    ),
}
"""After these nothing is tried again."""
REVERSALS: dict[Rail, Words] = {
    Rail.ACH: Weighted.of(
        {("R10", "The member says it was not authorized."): 60, ("R01", "Insufficient funds."): 40}
    ),
    Rail.SEPA: Weighted.of(
        {("MD06", "The member asked for the money back."): 70, ("MS03", None): 30}
    ),
    Rail.CARD: Weighted.of({("chargeback", "The issuer charged it back."): 100}),
}
"""Why a debit that had succeeded went back."""
CONTRADICTION = ("processing_error", "The processor's file was wrong about this debit.")

WITHDRAWALS = Weighted.of(
    {
        "Raised by mistake: the usage was free of charge.": 50,
        "The usage was compensated.": 30,
        "The membership had ended.": 20,
    }
)
SETTLEMENTS = Weighted.of(
    {"Paid by bank transfer.": 60, "Paid at the counter.": 25, "Set off against a credit.": 15}
)

TAX_RATES = {
    "USD": Weighted.of({0: 25, 88_750: 60, 40_000: 15}),
    "EUR": Weighted.of({220_000: 70, 100_000: 20, 40_000: 10}),
}
"""By currency, in millionths of the price without tax."""
USAGES = Weighted.of(
    {
        "Parking": 22,
        "Toll road": 20,
        "Charging station": 16,
        "Car sharing": 14,
        "Ferry ticket": 8,
        "Café at the club": 10,
        "Guest pass": 6,
        "Locker": 4,
    }
)
COMPENSATION = "Compensation"
