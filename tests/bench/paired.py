"""What pairs of neighbouring measurements say about a change, however noisy the machine is.

Two commits are measured in turns, so that what slows the machine slows both of a pair. Each pair
gives one ratio; their median is the change, and the order statistics around it bound it whatever
the noise looks like (the sign test's interval: no normal distribution, no outliers to throw away).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

LOSS = math.log(0.95)
"""A loss of 5 %: what must be seen, and what must be excluded before "no worse" is said."""
CONFIDENCE = 0.95
"""Of the spread that is shown, and of "no worse"."""
ALARM_CONFIDENCE = 0.99
"""Of "worse": many figures are looked at together, and a false alarm costs an afternoon."""


class Verdict(StrEnum):
    """What the pairs allow to be said."""

    WORSE = "WORSE"
    NO_WORSE = "no worse"
    TOO_NOISY = "too noisy: more rounds"


@dataclass(frozen=True)
class Change:
    """Natural logarithms of this ÷ other; above zero is better, whichever way the figure counts."""

    pairs: int
    middle: float
    low: float
    high: float
    """Bounds of the median at CONFIDENCE; of few pairs the extremes, which hold less surely."""
    verdict: Verdict


def change(pairs: Sequence[tuple[float, float]], *, higher_is_better: bool) -> Change | None:
    """From (this, other) of each pair, all above zero; None without a pair."""
    if not pairs:
        return None
    sign = 1.0 if higher_is_better else -1.0
    logs = sorted(sign * math.log(this / other) for this, other in pairs)
    low, high = _bounds(logs, max(1, rank(len(logs), CONFIDENCE)))
    return Change(len(logs), median(logs), low, high, _verdict(logs))


def _verdict(logs: Sequence[float]) -> Verdict:
    sure = rank(len(logs), CONFIDENCE)
    very_sure = rank(len(logs), ALARM_CONFIDENCE)
    if very_sure and _bounds(logs, very_sure)[1] < 0 and median(logs) <= LOSS:
        return Verdict.WORSE
    if sure and _bounds(logs, sure)[0] > LOSS:
        return Verdict.NO_WORSE
    return Verdict.TOO_NOISY


def rank(count: int, confidence: float) -> int:
    """Which smallest and largest of so many values bound the median so surely; 0: too few values.

    The median lies outside the k-th ones with probability 2 · P(Binomial(count, ½) < k).
    """
    beyond = 0.0
    for k in range(count // 2 + 1):
        beyond += 2 * math.comb(count, k) / 2**count
        if beyond > 1 - confidence:
            return k
    return 0


def _bounds(logs: Sequence[float], k: int) -> tuple[float, float]:
    return logs[k - 1], logs[-k]


def per_cent(log: float) -> float:
    """A logarithm as the change in per cent."""
    return 100 * math.expm1(log)
