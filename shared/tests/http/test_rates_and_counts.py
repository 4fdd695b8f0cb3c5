"""Token buckets and remembered counts, on a clock that stands still until it is moved."""

import pytest

from payops_kernel.http import counts as counts_module
from payops_kernel.http import rates
from payops_kernel.http.counts import (
    BUDGET_BURST_S,
    BUDGET_SHARE,
    REMEMBER_MAX_S,
    RememberedCounts,
)
from payops_kernel.http.rates import RateLimited, TokenBuckets


class Ticks:
    """Monotonic seconds under the test's control."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_gives_its_burst_then_its_rate_and_says_when() -> None:
    ticks = Ticks()
    buckets = TokenBuckets(per_s=0.5, burst=2, monotonic=ticks)
    buckets.take("a")
    buckets.take("a")
    with pytest.raises(RateLimited) as refused:
        buckets.take("a")
    assert refused.value.extra == {"retry_after_s": 2}
    buckets.take("b")
    ticks.now += 2
    buckets.take("a")
    with pytest.raises(RateLimited):
        buckets.check("a")


def test_a_long_rest_gives_no_more_than_the_burst() -> None:
    ticks = Ticks()
    buckets = TokenBuckets(per_s=10, burst=1, monotonic=ticks)
    buckets.take("a")
    ticks.now += 3600
    buckets.take("a")
    with pytest.raises(RateLimited):
        buckets.take("a")


def test_callers_beyond_the_limit_push_out_the_one_unused_longest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rates, "CALLERS_MAX", 2)
    buckets = TokenBuckets(per_s=0.001, burst=1, monotonic=Ticks())
    for caller in "abc":
        buckets.take(caller)
    buckets.take("a")
    with pytest.raises(RateLimited):
        buckets.take("c")


@pytest.fixture
def _as_in_services(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not as in the other tests, where all is counted each time."""
    monkeypatch.setattr(counts_module, "BUDGET_BURST_S", BUDGET_BURST_S)
    monkeypatch.setattr(counts_module, "REMEMBER_MAX_S", REMEMBER_MAX_S)


@pytest.mark.usefixtures("_as_in_services")
async def test_a_count_is_remembered_for_a_time_in_proportion_to_its_cost() -> None:
    ticks = Ticks()
    counts: RememberedCounts[int] = RememberedCounts(ticks)
    calls: list[float] = []

    async def costing(seconds: float) -> int:
        calls.append(seconds)
        ticks.now += seconds
        return len(calls)

    assert await counts.of("a", lambda: costing(0.02)) == 1
    ticks.now += 1.9
    assert await counts.of("a", lambda: costing(0.02)) == 1
    assert await counts.of("b", lambda: costing(0)) == 2
    assert await counts.of("b", lambda: costing(0)) == 3
    ticks.now += 0.2
    assert await counts.of("a", lambda: costing(0.3)) == 4
    ticks.now += REMEMBER_MAX_S
    assert await counts.of("a", lambda: costing(0)) == 5


@pytest.mark.usefixtures("_as_in_services")
async def test_all_counts_together_stay_within_their_share_of_the_time() -> None:
    ticks = Ticks()
    counts: RememberedCounts[int] = RememberedCounts(ticks)

    async def costing(seconds: float) -> int:
        ticks.now += seconds
        return 7

    assert await counts.of("a", lambda: costing(BUDGET_BURST_S * 1.1)) == 7
    assert await counts.of("b", lambda: costing(0.1)) is None
    assert await counts.of("a", lambda: costing(0.1)) == 7
    ticks.now += 0.2 / BUDGET_SHARE
    assert await counts.of("b", lambda: costing(0.1)) == 7
