"""Recompute the payments KPIs from the facts: what the buckets and their parts must say.

Told anew, not by the functions of the service.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from analytics.domain.payment_facts import (
    NOTHING,
    Bucket,
    Contribution,
    Counter,
    Part,
    PaymentTotals,
)
from analytics.store.payments import bucket_of
from payops_kernel.mongo import Document, whole_number

PAID = {"PAID", "PARTIALLY_REFUNDED", "TOTALLY_REFUNDED"}


def totals_of(document: Document) -> PaymentTotals:
    """What a bucket's document, or a part of it, says."""
    return PaymentTotals(int(document["count"]), whole_number(document["amount_minor"]))


def counters_of(document: Document) -> dict[Counter, PaymentTotals]:
    """Everything that a bucket's document counts, plain words taken for granted."""
    bucket = bucket_of(document)
    counted = {Counter(bucket): totals_of(document)}
    if "refunded" in document:
        counted[Counter(bucket, Part("refunded"))] = totals_of(document["refunded"])
    for by in ("provider", "type", "failure_code"):
        for word, part in document.get(by, {}).items():
            counted[Counter(bucket, Part(by, None if word == "%" else word))] = totals_of(part)
    return counted


def recompute_payments(contributions: Iterable[Contribution]) -> dict[Counter, PaymentTotals]:
    """The counters that these facts make, without empty ones."""
    made: dict[Counter, PaymentTotals] = {}

    def add(bucket: Bucket, by: str, word: Any, amount: int) -> None:
        counter = Counter(bucket, Part(by, word))
        payments, total = made.get(counter, NOTHING)
        made[counter] = PaymentTotals(payments + 1, total + amount)

    for each in contributions:
        bucket, amount = each.bucket, each.amount_minor
        add(bucket, "", None, amount)
        if each.renewed and bucket.status in PAID:
            add(bucket, "provider", each.provider, amount)
            add(bucket, "type", each.type, amount)
            if each.total_refunded_minor:
                add(bucket, "refunded", None, each.total_refunded_minor)
        if each.renewed and bucket.status == "FAILED":
            add(bucket, "failure_code", each.failure_code, amount)
    return made


def differences(
    stored: Mapping[Counter, PaymentTotals], expected: Mapping[Counter, PaymentTotals]
) -> dict[Counter, PaymentTotals]:
    """Stored minus expected, where it is not zero; a counter that is absent counts as empty."""
    found: dict[Counter, PaymentTotals] = {}
    for counter in stored.keys() | expected.keys():
        has, should = stored.get(counter, NOTHING), expected.get(counter, NOTHING)
        if has != should:
            found[counter] = PaymentTotals(
                has.payments - should.payments, has.amount_minor - should.amount_minor
            )
    return found
