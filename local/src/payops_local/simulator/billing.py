"""What a charge is for: usages without tax, their tax by rate, and how it adds up to the cent."""

from __future__ import annotations

from random import Random
from typing import Any

from payops_contracts.charge_facts import PPM
from payops_contracts.charges import ChargeType
from payops_local.simulator.charge_words import COMPENSATION, TAX_RATES, USAGES
from payops_local.simulator.scenarios import instant_text

USAGES_MAX = {ChargeType.END_OF_BILLING_CYCLE: 8, ChargeType.LIMIT_EXCEED: 3}
USAGE_LOG_MEAN, USAGE_LOG_SPREAD = 6.2, 0.9
"""Of the natural logarithm of cents: half of the usages cost below 4.93."""
USAGE_MINOR_MAX = 200_000
COMPENSATED = 0.08
"""Share of the usages of which a part is given back in the same charge."""
SECOND_RATE = 0.2
"""Share of the charges whose usages are taxed at two rates."""
USED_WITHIN_S = 26 * 86_400.0


def billed(key: str, kind: ChargeType, at: float, currency: str, random: Random) -> dict[str, Any]:
    """``amount_minor``, its tax and the consumption transactions of a charge raised then."""
    rates = [TAX_RATES[currency].pick(random)]
    if random.random() < SECOND_RATE:
        rates = sorted({*rates, TAX_RATES[currency].pick(random)})
    usages: list[dict[str, Any]] = []
    net = dict.fromkeys(rates, 0)
    for number in range(random.randint(len(rates), USAGES_MAX[kind])):
        rate = rates[number % len(rates)]
        for said in _usage(at, random):
            usages.append({"transaction_id": f"{key}-U{len(usages) + 1}", **said})
            net[rate] += said["amount_minor"]
    usages.sort(key=lambda usage: str(usage["occurred_at"]))
    return {**_taxed(net), "consumption": usages}


def _usage(at: float, random: Random) -> list[dict[str, Any]]:
    """One usage, and perhaps its partial compensation."""
    used_at = at - random.uniform(0, USED_WITHIN_S)
    cents = int(random.lognormvariate(USAGE_LOG_MEAN, USAGE_LOG_SPREAD))
    amount = min(max(cents, 2), USAGE_MINOR_MAX)
    told = [_consumption(amount, used_at, USAGES.pick(random))]
    if random.random() < COMPENSATED:
        back_at = random.uniform(used_at, at)
        told.append(_consumption(-random.randint(1, amount // 2), back_at, COMPENSATION))
    return told


def _consumption(amount_minor: int, at: float, description: str) -> dict[str, Any]:
    return {
        "amount_minor": amount_minor,
        "occurred_at": instant_text(at),
        "description": description,
    }


def _taxed(net: dict[int, int]) -> dict[str, Any]:
    """The charge's amounts from the sum of its usages by rate."""
    tax = {rate: (amount * rate + PPM // 2) // PPM for rate, amount in net.items()}
    net_minor, tax_minor = sum(net.values()), sum(tax.values())
    data: dict[str, Any] = {
        "amount_minor": net_minor + tax_minor,
        "net_minor": net_minor,
        "tax_minor": tax_minor,
    }
    if len(net) == 1:
        (rate,) = net
        return data | ({"tax_rate_ppm": rate} if rate else {})
    lines = [
        {"amount_minor": net[rate] + tax[rate], "rate_ppm": rate, "tax_minor": tax[rate]}
        for rate in net
    ]
    return data | {"tax_lines": lines}
