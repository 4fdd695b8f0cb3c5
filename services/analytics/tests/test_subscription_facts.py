"""Buckets of subscriptions are always what the facts' last states make, whatever came when."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.domain.subscription_facts import SubscriptionFact, has_run, monthly_minor
from analytics.use_cases.record_facts import record_facts
from payops_contracts.subscriptions import Interval
from payops_testing.analytics.debits import FactsInMemory, Numbers
from payops_testing.analytics.subscriptions import (
    NOON,
    PAYMENTS_A_YEAR,
    a_month,
    a_subscription_fact,
    recompute_subscriptions,
    runs_on,
)

PARTITIONS = 3
DAYS = [(date(2026, 3, 1) + timedelta(days=number)).isoformat() for number in range(8)]


@st.composite
def histories(draw: st.DrawFn) -> list[SubscriptionFact]:
    """Whole histories of a few subscriptions, some events twice, all in any order."""
    told: list[SubscriptionFact] = []
    instants = st.none() | st.integers(0, 150).map(lambda hours: NOON + timedelta(hours=hours))
    for number in range(draw(st.integers(1, 5))):
        for version in range(1, draw(st.integers(1, 4)) + 1):
            status = draw(st.sampled_from(("CREATED", "ACTIVE", "ON_HOLD", "NOT_ACTIVE")))
            ended = draw(instants) if status == "NOT_ACTIVE" else None
            told.append(
                a_subscription_fact(
                    f"sub-{number}",
                    version,
                    status=status,
                    amount_minor=draw(st.integers(1, 5)),
                    interval=draw(st.sampled_from(list(PAYMENTS_A_YEAR))),
                    interval_count=draw(st.integers(1, 3)),
                    partition=draw(st.integers(0, PARTITIONS - 1)),
                    end_reason="EXPIRED" if ended else None,
                    started_at=draw(instants),
                    ended_at=ended,
                )
            )
    return draw(st.permutations(told + draw(st.lists(st.sampled_from(told), max_size=4))))


async def _record(told: list[SubscriptionFact], slices: int) -> FactsInMemory[SubscriptionFact]:
    stored = FactsInMemory[SubscriptionFact]()
    size = max(1, len(told) // slices)
    for start in range(0, len(told), size):
        await record_facts(stored, told[start : start + size])
    return stored


def _without_partitions(numbers: Numbers) -> Numbers:
    sums = Numbers()
    for (currency, day, _, *part), number in numbers.items():
        sums[(currency, day, *part)] += number
    return sums


@given(histories(), st.integers(1, 6), st.randoms(use_true_random=False))
async def test_any_order_and_any_duplicates_end_in_what_a_recomputation_gives(
    told: list[SubscriptionFact], slices: int, random: Random
) -> None:
    stored = await _record(told, slices)
    assert stored.numbers == recompute_subscriptions(stored.facts.values())
    otherwise = [fact._replace(partition=random.randrange(PARTITIONS)) for fact in told]
    newest = {each.key: each for each in sorted(stored.facts.values(), key=lambda f: f.version)}
    # The last versions alone say what the sums over all partitions are.
    other = await _record([f for f in otherwise if f.version == newest[f.key].version], 1)
    assert _without_partitions(stored.numbers) == _without_partitions(other.numbers)


@given(histories())
async def test_new_so_far_less_churned_so_far_is_what_runs_at_the_end_of_every_day(
    told: list[SubscriptionFact],
) -> None:
    stored = await _record(told, 2)
    numbers = _without_partitions(stored.numbers)
    for day in DAYS:
        running = [fact for fact in stored.facts.values() if runs_on(fact, day)]
        for what, should in (("count", len(running)), ("amount", sum(map(a_month, running)))):
            so_far = {
                part: sum(
                    number
                    for (_, of, by, _, name), number in numbers.items()
                    if (by, name) == (part, what) and of <= day
                )
                for part in ("started", "ended")
            }
            assert so_far["started"] - so_far["ended"] == should, (day, what)


@pytest.mark.parametrize(
    ("amount", "interval", "count", "month"),
    [
        (999, "MONTH", 1, 999),
        (1000, "MONTH", 3, 333),  # 333.33
        (1001, "MONTH", 2, 501),  # 500.50: half up
        (9900, "YEAR", 1, 825),
        (9990, "YEAR", 2, 416),  # 416.25
        (100, "WEEK", 1, 433),  # 433.33
        (100, "WEEK", 4, 108),  # 108.33
        (1, "DAY", 1, 30),  # 30.42
        (6, "DAY", 365, 1),  # 0.50
        (5, "DAY", 365, 0),  # 0.42: what is not half a minor unit a month is none
        (10**12, "DAY", 1, 30_416_666_666_667),
    ],
)
def test_a_recurrence_brings_a_month_its_share_of_a_year_rounded_once_half_up(
    amount: int, interval: str, count: int, month: int
) -> None:
    assert monthly_minor(amount, Interval(interval), count) == month


@given(
    st.integers(1, 10**12), st.sampled_from(list(PAYMENTS_A_YEAR)), st.integers(1, 366)
)  # fmt: skip
def test_a_month_is_what_decimals_say(amount: int, interval: str, count: int) -> None:
    exact = Decimal(amount) * PAYMENTS_A_YEAR[interval] / (12 * count)
    should = exact.quantize(Decimal(1), ROUND_HALF_UP)
    assert monthly_minor(amount, Interval(interval), count) == should


async def test_one_on_hold_runs_until_it_ends_and_an_older_version_changes_nothing() -> None:
    stored = FactsInMemory[SubscriptionFact]()
    started, ended = NOON, NOON + timedelta(days=3)
    await record_facts(stored, [a_subscription_fact(version=2, status="ACTIVE", started_at=NOON)])
    await record_facts(stored, [a_subscription_fact(version=3, status="ON_HOLD", started_at=NOON)])
    numbers = stored.numbers
    assert numbers["USD", "2026-03-01", 0, "started", None, "amount"] == 1200
    assert numbers["USD", "2026-03-01", 0, "standing", "ON_HOLD", "count"] == 1
    assert ("USD", "2026-03-01", 0, "standing", "ACTIVE", "count") not in numbers
    for version in (3, 1):
        await record_facts(stored, [a_subscription_fact(version=version)])
    assert stored.numbers == numbers
    over = a_subscription_fact(
        version=4, status="NOT_ACTIVE", end_reason="ABORTED", started_at=started, ended_at=ended
    )
    await record_facts(stored, [over])
    assert stored.numbers["USD", "2026-03-04", 0, "ended", None, "amount"] == 1200
    assert stored.numbers["USD", "2026-03-01", 0, "end_reason", "ABORTED", "count"] == 1


def test_one_that_was_never_paid_before_its_end_never_ran() -> None:
    later = NOON + timedelta(days=1)
    assert has_run(NOON, None)
    assert has_run(NOON, NOON)
    assert has_run(NOON, later)
    assert not has_run(None, None)
    assert not has_run(None, NOON)
    assert not has_run(later, NOON)
