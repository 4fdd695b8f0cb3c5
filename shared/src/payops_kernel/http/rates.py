"""Token buckets in memory: how often a caller may come, one process at a time."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from payops_kernel.errors import PayOpsError

CALLERS_MAX = 10_000
"""Buckets that are kept; the one unused longest is forgotten first, which favours its caller."""


class RateLimited(PayOpsError):
    """The caller has used up its rate; the answer says when to come again."""

    code = "rate_limited"
    title = "Too many requests"
    status = 429
    retryable = True


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


class TokenBuckets:
    """A bucket a caller: ``burst`` calls at once, ``per_s`` a second in the long run."""

    def __init__(
        self, per_s: float, burst: int, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_s = per_s
        self._burst = burst
        self._monotonic = monotonic
        self._buckets: dict[str, _Bucket] = {}

    def take(self, caller: str) -> None:
        """Use one call up; raises ``RateLimited`` with ``retry_after_s`` when there is none."""
        self.check(caller)
        self._buckets[caller].tokens -= 1

    def check(self, caller: str) -> None:
        """Raise ``RateLimited`` when no call is left, without using one up."""
        bucket = self._filled(caller)
        if bucket.tokens < 1:
            wait_s = math.ceil((1 - bucket.tokens) / self._per_s)
            raise RateLimited(f"Too many requests; try again in {wait_s} s.", retry_after_s=wait_s)

    def _filled(self, caller: str) -> _Bucket:
        now = self._monotonic()
        bucket = self._buckets.pop(caller, None) or _Bucket(float(self._burst), now)
        gained = (now - bucket.filled_at) * self._per_s
        bucket.tokens = min(float(self._burst), bucket.tokens + gained)
        bucket.filled_at = now
        if len(self._buckets) >= CALLERS_MAX:
            del self._buckets[next(iter(self._buckets))]
        self._buckets[caller] = bucket
        return bucket
