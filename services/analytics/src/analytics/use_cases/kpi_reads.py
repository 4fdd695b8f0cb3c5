"""What reading a KPI needs of the store: sums of buckets, and how far they are, in one snapshot."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from analytics.domain.payment_facts import PaymentTotals
from analytics.domain.windows import Window
from payops_kernel.errors import PayOpsError

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class AppliedPosition:
    """How much of one partition the numbers contain."""

    topic: str
    partition: int
    next: int
    """First offset that is not in the numbers."""


@dataclass(frozen=True, slots=True)
class Applied:
    """Which changes the numbers contain."""

    at: datetime | None
    """When the newest applied change was published; None before the first."""
    positions: Sequence[AppliedPosition]


Sums = Mapping[str, Mapping[str, PaymentTotals]]
"""Currency → day or status → sum over all partitions."""


AMOUNT_MAX = 2**63 - 1


class SumTooLarge(PayOpsError):
    """A sum that no 64-bit integer holds; it is refused, never rounded."""

    code = "sum_too_large"
    title = "The sum is too large"
    status = 422

    def __init__(self) -> None:
        super().__init__(f"A sum is over {AMOUNT_MAX} minor units; narrow the window.")


def exact_amount(amount: float) -> int:
    """The sum as an integer; raises :class:`SumTooLarge`.

    mongod turns a sum past 64 bits into a float, which is how it shows.
    """
    if isinstance(amount, float) or abs(amount) > AMOUNT_MAX:
        raise SumTooLarge
    return int(amount)


class KpiSnapshot(Protocol):
    """Reads that all see the same instant of the database."""

    async def by_day(self, window: Window, statuses: Sequence[str], currency: str | None) -> Sums:
        """Payments with one of ``statuses``, by the day of their Date."""
        ...

    async def by_status(self, window: Window, currency: str | None) -> Sums:
        """All payments of the window, by status."""
        ...

    async def applied(self) -> Applied:
        """Which changes this snapshot contains."""
        ...

    async def counted_zone(self) -> str | None:
        """The zone whose days were counted; None before anything was."""
        ...


class KpiReads(Protocol):
    """Where snapshots come from."""

    async def look(self, body: Callable[[KpiSnapshot], Awaitable[R]]) -> R:
        """What ``body`` reads in one consistent look; it may run again, at a later instant.

        Raises ``Unavailable`` or ``QueryTooBroad``.
        """
        ...
