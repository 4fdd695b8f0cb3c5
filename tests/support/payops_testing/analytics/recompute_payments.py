"""Recompute the payments KPI from the facts: what the buckets must say."""

from collections.abc import Iterable, Mapping

from analytics.domain.payment_facts import NOTHING, Bucket, Contribution, PaymentTotals
from payops_kernel.mongo import Document, whole_number


def totals_of(document: Document) -> PaymentTotals:
    """What a bucket's document says."""
    return PaymentTotals(int(document["count"]), whole_number(document["amount_minor"]))


def recompute_payments(contributions: Iterable[Contribution]) -> dict[Bucket, PaymentTotals]:
    """The buckets that these facts make, without empty ones."""
    all_totals: dict[Bucket, PaymentTotals] = {}
    for contribution in contributions:
        payments, amount = all_totals.get(contribution.bucket, NOTHING)
        all_totals[contribution.bucket] = PaymentTotals(
            payments + 1, amount + contribution.amount_minor
        )
    return all_totals


def differences(
    stored: Mapping[Bucket, PaymentTotals], expected: Mapping[Bucket, PaymentTotals]
) -> dict[Bucket, PaymentTotals]:
    """Stored minus expected, where it is not zero; a bucket that is absent counts as empty."""
    found: dict[Bucket, PaymentTotals] = {}
    for bucket in stored.keys() | expected.keys():
        has, should = stored.get(bucket, NOTHING), expected.get(bucket, NOTHING)
        if has != should:
            found[bucket] = PaymentTotals(
                has.payments - should.payments, has.amount_minor - should.amount_minor
            )
    return found
