"""Shares in hundredths of a percent that add up to exactly 100.00 %."""

from collections.abc import Sequence

WHOLE = 10_000
"""100.00 % in hundredths of a percent."""


def hundredths(counts: Sequence[int]) -> list[int]:
    """Each count's share in hundredths of a percent: rounded down, the rest by largest remainder.

    Equal remainders are served in order. All zero when there is nothing to share.
    """
    total = sum(counts)
    if total == 0:
        return [0] * len(counts)
    shares = [count * WHOLE // total for count in counts]
    by_remainder = sorted(
        range(len(counts)), key=lambda index: counts[index] * WHOLE % total, reverse=True
    )
    for index in by_remainder[: WHOLE - sum(shares)]:
        shares[index] += 1
    return shares


def rate_percent(part: int, whole: int) -> float | None:
    """``part`` of ``whole`` in percent, two decimals, rounded half up; None of nothing.

    What is not all is at most 99.99, what is not none at least 0.01.
    """
    if whole == 0:
        return None
    share = (2 * WHOLE * part + whole) // (2 * whole)
    if 0 < part < whole:
        share = min(max(share, 1), WHOLE - 1)
    return share / 100
