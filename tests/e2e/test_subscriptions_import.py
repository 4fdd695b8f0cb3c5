"""Real subscriptions in, by a mapping of one's own: what runs, what was cancelled and what a month
brings, by payment method, is what the file says when it is counted without anything of ours.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

from payops_local.importing.mapping import SHIPPED
from payops_local.places import CHECKOUT
from payops_testing.e2e.whole_platform import WholePlatform
from payops_testing.platforms import eventually

pytestmark = [pytest.mark.servers, pytest.mark.timeout(1_800)]

SAMPLE = CHECKOUT / "tests" / "data" / "telco-sample.csv"
YEARS = ("2005-01-01", "2011-12-31")
"""Of nobody else on this platform; the shipped mapping's payments lie in those of other stories."""
METHODS = {
    "Electronic check": "electronic-check",
    "Mailed check": "mailed-check",
    "Bank transfer (automatic)": "bank-transfer",
    "Credit card (automatic)": "credit-cards",
}
STATUSES = ("CREATED", "ACTIVE", "NOT_ACTIVE")
SEEN_LIMIT_S = 90.0

Sums = dict[tuple[str, str], tuple[int, int]]
"""(status, method) → subscriptions, and what a month of them brings in cents."""


def rows() -> list[dict[str, str]]:
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def counted() -> Sums:
    """What the file says."""
    found: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for row in rows():
        paid = "ACTIVE" if int(row["months_active"]) else "CREATED"
        status = "NOT_ACTIVE" if row["cancelled"] == "Yes" else paid
        cell = found[status, METHODS[row["payment_method"]]]
        cell[0] += 1
        cell[1] += int(Decimal(row["monthly_amount_usd"]) * 100)
    return {key: (count, cents) for key, (count, cents) in found.items()}


def answered(platform: WholePlatform) -> Sums:
    """What the API says."""
    found: Sums = {}
    for status in STATUSES:
        for method in METHODS.values():
            totals = platform.get(
                "/v1/totals/subscriptions",
                status=status,
                method=method,
                currency="USD",
                created_from=YEARS[0],
                created_to=YEARS[1],
            )
            for each in totals["sums"] or ():  # null while mongod is too busy to add up in time
                found[status, method] = each["count"], each["amount_minor"]
    return found


def imported(platform: WholePlatform, folder: Path) -> str:
    """Import the sample as a file of 31 December 2011; what the command says."""
    mapping, rejects = folder / "mine.toml", folder / "rejects.csv"
    shipped = (SHIPPED / "telco.toml").read_text(encoding="utf-8")
    mapping.write_text(shipped.replace("2025-12", "2011-12").replace(":telco", ":mine"))
    said = platform.call(
        "import", "subscriptions", str(SAMPLE), "--mapping", str(mapping), "--rejects", str(rejects)
    )
    assert not rejects.exists(), rejects.read_text()
    return said


def test_subscriptions_of_a_file_are_what_the_file_says_and_a_second_import_changes_nothing(
    platform: WholePlatform, tmp_path: Path
) -> None:
    dead, months = platform.status()["dead_letters"], sum(int(r["months_active"]) for r in rows())
    said = imported(platform, tmp_path)
    assert f"{len(rows())} rows, {len(rows())} subscriptions" in said
    truth = counted()
    assert len({status for status, _ in truth}) == len(STATUSES)
    eventually(lambda: answered(platform) == truth, SEEN_LIMIT_S, why="the file's sums")
    assert "Everything agrees to the minor unit." in platform.verify()
    longest = max(rows(), key=lambda row: int(row["months_active"]))
    one = platform.get(f"/v1/subscriptions/{longest['customer_id']}")
    assert one["recurrence"]["payments_made"] == int(longest["months_active"])
    documents = platform.documents("subscriptions", "subscriptions")
    mine = {each["_id"]: each for each in documents if each["created_at"].year <= 2011}
    assert sum(len(each["payments"]) for each in mine.values()) == months
    assert not any(each.get("flags") for each in mine.values())
    imported(platform, tmp_path)
    platform.verify()
    eventually(lambda: answered(platform) == truth, SEEN_LIMIT_S, why="the same sums")
    assert platform.documents("subscriptions", "subscriptions") == documents
    assert platform.status()["dead_letters"] == dead
