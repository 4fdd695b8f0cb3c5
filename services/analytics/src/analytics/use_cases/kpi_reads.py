"""What reading a KPI needs of the store: sums of buckets, and how far they are, in one snapshot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from analytics.domain.payment_facts import PaymentTotals
from analytics.domain.windows import Window
from payops_kernel.errors import PayOpsError


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


@dataclass(frozen=True, slots=True)
class KpiSums:
    """What one instant of the database holds: sums, which changes they contain, whose days."""

    sums: Sums
    applied: Applied
    zone: str | None
    """The zone whose days were counted; None before anything was."""


class KpiReads(Protocol):
    """Where sums come from."""

    async def sums(
        self,
        by: Literal["day", "status"],
        window: Window,
        currency: str | None,
        statuses: Sequence[str] | None = None,
    ) -> KpiSums:
        """Payments of the window by the day of their Date or by status, all statuses or these.

        Raises ``Unavailable``, ``QueryTooBroad`` or :class:`SumTooLarge`.
        """
        ...
