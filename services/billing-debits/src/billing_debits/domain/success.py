"""How much of a batch was collected, as shares in whole hundredths of a percent.

All only when all, and none only when none: a share is never rounded to either end.
"""

from billing_debits.domain.batch import Progress

WHOLE = 10_000
"""100.00 %."""


def share(part: int, of: int) -> int | None:
    """In hundredths of a percent, rounded half up; None of nothing."""
    if of <= 0:
        return None
    rounded = (2 * part * WHOLE + of) // (2 * of)
    if 0 < part < of:
        return min(max(rounded, 1), WHOLE - 1)
    return rounded


def success_rate(progress: Progress) -> int | None:
    """Debits that were finalized, of those that were submitted; None until there are some."""
    return share(progress.succeeded, progress.submitted)


def value_rate(progress: Progress, submitted_minor: int) -> int | None:
    """The same by what they are worth."""
    return share(progress.succeeded_minor, submitted_minor)


def percent(points: int | None) -> str | None:
    """``75.40%``."""
    return None if points is None else f"{points // 100}.{points % 100:02d}%"
