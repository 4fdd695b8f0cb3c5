"""How many rows match: counted to a cap, within a budget, and not again for every page.

Counting is what makes a list slow, the page is not: a count reads tens of thousands of index keys
where a page reads a few hundred. So a count is remembered in proportion to what it cost, and all
counts of a process together take at most :data:`BUDGET_SHARE` of its time. Somebody at a desk
always gets the count; under a storm of lists the answer is a lower bound, and says so.
"""

import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

REMEMBER_TIMES_COST = 100
REMEMBER_MAX_S = 10.0
REMEMBERED_MAX = 1000
BUDGET_SHARE = 0.01
BUDGET_BURST_S = 0.5

T = TypeVar("T")


class RememberedCounts(Generic[T]):
    """Counts, or what is as dear, by list scope (:func:`payops_kernel.http.cursors.scope_of`)."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._counted: dict[str, tuple[T | None, float]] = {}
        self._budget_s = BUDGET_BURST_S
        self._budget_at = monotonic()

    async def of(self, scope: str, count: Callable[[], Awaitable[T | None]]) -> T | None:
        """The remembered count of this scope, or a new one; None when it would cost too much."""
        known = self._counted.get(scope)
        if known is not None and self._monotonic() < known[1]:
            return known[0]
        if not self._may_count():
            return None if known is None else known[0]
        started = self._monotonic()
        number = await count()
        now = self._monotonic()
        self._budget_s -= now - started
        if scope not in self._counted and len(self._counted) >= REMEMBERED_MAX:
            del self._counted[next(iter(self._counted))]
        keep_s = min(REMEMBER_MAX_S, (now - started) * REMEMBER_TIMES_COST)
        self._counted[scope] = number, now + keep_s
        return number

    def _may_count(self) -> bool:
        now = self._monotonic()
        earned = (now - self._budget_at) * BUDGET_SHARE
        self._budget_s, self._budget_at = min(BUDGET_BURST_S, self._budget_s + earned), now
        return self._budget_s > 0
