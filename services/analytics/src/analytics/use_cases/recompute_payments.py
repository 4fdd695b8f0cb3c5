"""Recompute the payments KPI from the facts: what the buckets must say."""

from collections.abc import Iterable, Mapping

from analytics.domain.payment_facts import NOTHING, Bucket, Contribution, Tally


def recompute_payments(contributions: Iterable[Contribution]) -> dict[Bucket, Tally]:
    """The buckets that these facts make, without empty ones."""
    tallies: dict[Bucket, Tally] = {}
    for contribution in contributions:
        payments, amount = tallies.get(contribution.bucket, NOTHING)
        tallies[contribution.bucket] = Tally(payments + 1, amount + contribution.amount_minor)
    return tallies


def differences(
    stored: Mapping[Bucket, Tally], expected: Mapping[Bucket, Tally]
) -> dict[Bucket, Tally]:
    """Stored minus expected, where it is not zero; a bucket that is absent counts as empty."""
    found: dict[Bucket, Tally] = {}
    for bucket in stored.keys() | expected.keys():
        has, should = stored.get(bucket, NOTHING), expected.get(bucket, NOTHING)
        if has != should:
            found[bucket] = Tally(
                has.payments - should.payments, has.amount_minor - should.amount_minor
            )
    return found
