"""CSV files of purchases, and what they add up to, counted here and not by the importer."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from payops_local.places import CHECKOUT

HEADER = "payment_id,customer_id,paid_on,items,amount_usd\n"
SAMPLE = CHECKOUT / "tests/data/cdnow-sample.csv"
ALL_PURCHASES = "PAYOPS_E2E_PURCHASES"
"""Names the whole file (34,355 purchases, 1,227,589.57 USD) when it is at hand."""


@dataclass(frozen=True)
class Purchases:
    """What a file holds: payments and US dollar cents, by year too."""

    count: int
    amount_minor: int
    by_year: dict[int, dict[str, int]]


def files() -> list[Path]:
    """The sample, and the whole file when the environment names it."""
    named = os.environ.get(ALL_PURCHASES)
    return [SAMPLE, *([Path(named).absolute()] if named else [])]


def read(path: Path) -> Purchases:
    """Add a file up."""
    by_year: dict[int, dict[str, int]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            year = by_year.setdefault(int(row["paid_on"][:4]), {"count": 0, "amount_minor": 0})
            year["count"] += 1
            year["amount_minor"] += int(Decimal(row["amount_usd"]) * 100)
    return Purchases(
        sum(year["count"] for year in by_year.values()),
        sum(year["amount_minor"] for year in by_year.values()),
        by_year,
    )


def rows(prefix: str, year: int, numbers: range) -> Iterator[str]:
    """Lines of made purchases: number n costs n cents, on one of 28 days of each month."""
    for n in numbers:
        day = f"{year}-{n % 12 + 1:02d}-{n % 28 + 1:02d}"
        yield f"{prefix}{n:06d},c{n % 97},{day},1,{n // 100}.{n % 100:02d}\n"


def sum_minor(numbers: range) -> int:
    """What :func:`rows` of these numbers cost, in cents."""
    return sum(numbers)
