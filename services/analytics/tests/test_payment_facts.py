"""Buckets are always what the facts' last states make, whatever came when and how often."""

from collections import Counter as Counted
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.domain.payment_facts import (
    WHOLE,
    Contribution,
    Counter,
    Part,
    PaymentFact,
    PaymentTotals,
    renewals,
)
from analytics.use_cases.record_payments import record_payments
from payops_testing.analytics.builders import PaymentsInMemory, a_fact
from payops_testing.analytics.recompute_payments import differences, recompute_payments

STATUSES = ("CREATED", "PAID", "FAILED", "PARTIALLY_REFUNDED", "TOTALLY_REFUNDED")
PARTITIONS = 3


@st.composite
def histories(draw: st.DrawFn) -> list[PaymentFact]:
    """Whole histories of a few payments, some events twice, all in any order."""
    told: list[PaymentFact] = []
    for number in range(draw(st.integers(1, 5))):
        for version in range(1, draw(st.integers(1, 5)) + 1):
            told.append(
                a_fact(
                    f"t-{number}",
                    version,
                    status=draw(st.sampled_from(STATUSES)),
                    amount_minor=draw(st.integers(0, 3)),
                    method=draw(st.sampled_from(("card", "cash"))),
                    channel=draw(st.sampled_from(("web", "pos"))),
                    provider=draw(st.sampled_from(("stripe", "adyen"))),
                    type=draw(st.sampled_from(("DIRECT", "PAY_BY_LINK"))),
                    failure_code=draw(st.sampled_from(("declined", None))),
                    total_refunded_minor=draw(st.integers(0, 2)),
                    day=draw(st.sampled_from(("2026-03-01", "2026-03-02"))),
                    partition=draw(st.integers(0, PARTITIONS - 1)),
                )
            )
    twice = draw(st.lists(st.sampled_from(told), max_size=5))
    return draw(st.permutations(told + twice))


async def _record(told: list[PaymentFact], slices: int) -> PaymentsInMemory:
    payments = PaymentsInMemory()
    size = max(1, len(told) // slices)
    for start in range(0, len(told), size):
        await record_payments(payments, told[start : start + size])
    return payments


def _without_partitions(buckets: dict[Counter, PaymentTotals]) -> Counted[Any]:
    sums: Counted[Any] = Counted()
    for (bucket, part), totals in buckets.items():
        sums[(*bucket[:-1], part, "payments")] += totals.payments
        sums[(*bucket[:-1], part, "amount")] += totals.amount_minor
    return +sums


def _daily(
    buckets: dict[Counter, PaymentTotals], statuses: set[str], by: str
) -> dict[str, PaymentTotals]:
    """Day → what the counters of one kind add up to."""
    days: dict[str, PaymentTotals] = {}
    for (bucket, part), totals in buckets.items():
        if bucket.status in statuses and part.by == by:
            days[bucket.day] = totals.plus(days.get(bucket.day, PaymentTotals(0, 0)))
    return days


@given(histories(), st.integers(1, 6))
async def test_any_order_and_any_duplicates_end_in_what_a_recomputation_gives(
    told: list[PaymentFact], slices: int
) -> None:
    payments = await _record(told, slices)
    expected = recompute_payments(fact.contribution for fact in payments.facts.values())
    assert differences(payments.buckets, expected) == {}


@given(histories(), st.integers(1, 6))
async def test_providers_and_types_add_up_to_daily_payments_and_reasons_to_failed_ones(
    told: list[PaymentFact], slices: int
) -> None:
    buckets = (await _record(told, slices)).buckets
    paid, failed = {"PAID", "PARTIALLY_REFUNDED", "TOTALLY_REFUNDED"}, {"FAILED"}
    assert _daily(buckets, paid, "provider") == _daily(buckets, paid, "")
    assert _daily(buckets, paid, "type") == _daily(buckets, paid, "")
    assert _daily(buckets, failed, "failure_code") == _daily(buckets, failed, "")
    for statuses, none in ((failed, "provider"), (paid, "failure_code"), ({"CREATED"}, "type")):
        assert _daily(buckets, statuses, none) == {}


@given(histories(), st.integers(1, 6), st.randoms(use_true_random=False))
async def test_the_sums_over_all_partitions_depend_on_the_last_versions_alone(
    told: list[PaymentFact], slices: int, random: Random
) -> None:
    otherwise = [fact._replace(partition=random.randrange(PARTITIONS)) for fact in told]
    random.shuffle(otherwise)
    one, other = await _record(told, slices), await _record(otherwise, 1)
    assert _without_partitions(one.buckets) == _without_partitions(other.buckets)
    newest = {fact.transaction_id: fact.version for fact in sorted(told)}
    assert {key: fact.version for key, fact in one.facts.items()} == newest


async def test_an_older_or_equal_version_changes_nothing() -> None:
    payments = PaymentsInMemory()
    await record_payments(payments, [a_fact(version=3, status="PAID")])
    before = dict(payments.buckets)
    await record_payments(payments, [a_fact(version=3, status="FAILED")])
    await record_payments(payments, [a_fact(version=2, status="FAILED")])
    assert payments.buckets == before
    assert payments.facts["t-1"].status == "PAID"


async def test_a_payment_that_comes_by_another_partition_leaves_the_first_ones_bucket() -> None:
    payments = PaymentsInMemory()
    await record_payments(payments, [a_fact(version=1, partition=0)])
    await record_payments(payments, [a_fact(version=2, partition=1)])
    assert {each.bucket.partition: totals for each, totals in payments.buckets.items()} == {
        0: PaymentTotals(0, 0),
        1: PaymentTotals(1, 1200),
    }


async def test_a_change_that_moves_no_bucket_writes_none() -> None:
    written: list[int] = []

    class Watched(PaymentsInMemory):
        async def write(self, changed: Any) -> None:
            written.append(len(changed.differences))
            await super().write(changed)

    payments = Watched()
    await record_payments(payments, [a_fact(version=1)])
    await record_payments(payments, [a_fact(version=2, total_refunded_minor=5)])
    assert written == [1, 0]


@pytest.mark.parametrize(
    "planted", [PaymentTotals(1, 1201), PaymentTotals(2, 1200), PaymentTotals(0, 0)]
)
def test_a_bucket_that_is_off_by_one_is_named(planted: PaymentTotals) -> None:
    fact = a_fact()
    expected = recompute_payments([fact.contribution])
    found = differences({Counter(fact.bucket): planted}, expected)
    difference = PaymentTotals(planted.payments - 1, planted.amount_minor - 1200)
    assert found == {Counter(fact.bucket): difference}


def _of_form_1(fact: PaymentFact) -> Contribution:
    return fact.contribution._replace(renewed=False, failure_code=None)


def test_a_fact_of_an_old_form_counts_in_the_whole_alone_and_once_renewed_in_its_parts_too() -> (
    None
):
    failed = a_fact("a", 2, status="FAILED", failure_code="declined", partition=3)
    before = {"a": _of_form_1(failed)}
    assert list(before["a"].counted()) == [(WHOLE, PaymentTotals(1, 1200))]
    told = [
        a_fact("a", 1),
        failed._replace(partition=0),
        failed._replace(partition=0),
        a_fact("a", 3, status="PAID"),
        a_fact("unknown"),
    ]
    found = renewals(told, before)
    assert (found.appeared, found.moved) == ([], [failed])
    code = Part("failure_code", "declined")
    assert found.differences == {failed.bucket: {code: PaymentTotals(1, 1200)}}


def test_what_is_renewed_already_is_not_renewed_again() -> None:
    fact = a_fact("a", status="PAID")
    found = renewals([fact], {"a": fact.contribution})
    assert (found.appeared, found.moved, found.differences) == ([], [], {})


async def test_a_refund_changes_one_bucket_alone() -> None:
    payments = PaymentsInMemory()
    await record_payments(payments, [a_fact(version=1, status="PARTIALLY_REFUNDED")])
    await record_payments(
        payments, [a_fact(version=2, status="PARTIALLY_REFUNDED", total_refunded_minor=5)]
    )
    bucket = a_fact(status="PARTIALLY_REFUNDED").bucket
    assert payments.buckets == {
        Counter(bucket): PaymentTotals(1, 1200),
        Counter(bucket, Part("provider", "adyen")): PaymentTotals(1, 1200),
        Counter(bucket, Part("type", "DIRECT")): PaymentTotals(1, 1200),
        Counter(bucket, Part("refunded")): PaymentTotals(1, 5),
    }
