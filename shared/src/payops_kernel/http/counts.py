"""How many rows match: counted to a cap, and not again for every page of a busy list.

A count is remembered for a time in proportion to what it cost, so that counting one filter never
takes more than about 1 % of a process's time, and small lists are as good as fresh.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

REMEMBER_TIMES_COST = 100
REMEMBER_MAX_S = 10.0
REMEMBERED_MAX = 1000


@dataclass(frozen=True, slots=True)
class _Counted:
    number: int
    until: float


class RememberedCounts:
    """Counts by list scope (:func:`payops_kernel.http.cursors.scope_of`)."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._counted: dict[str, _Counted] = {}

    async def of(self, scope: str, count: Callable[[], Awaitable[int]]) -> int:
        """The remembered count of this scope, or a new one."""
        known = self._counted.get(scope)
        if known is not None and self._monotonic() < known.until:
            return known.number
        started = self._monotonic()
        number = await count()
        now = self._monotonic()
        if scope not in self._counted and len(self._counted) >= REMEMBERED_MAX:
            del self._counted[next(iter(self._counted))]
        keep_s = min(REMEMBER_MAX_S, (now - started) * REMEMBER_TIMES_COST)
        self._counted[scope] = _Counted(number, now + keep_s)
        return number
