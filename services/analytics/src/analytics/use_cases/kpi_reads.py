"""What reading a KPI needs of the store: sums, and how fresh and good they are, of one instant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from analytics.domain.comparison import Period
from analytics.domain.lines import Totals
from analytics.domain.windows import Window
from payops_contracts.payments import PaymentType, TransactionStatus
from payops_kernel.errors import PayOpsError


class Field(StrEnum):
    """What payments are told apart by."""

    DAY = "day"
    STATUS = "status"
    METHOD = "method"
    CHANNEL = "channel"
    PROVIDER = "provider"
    TYPE = "type"
    FAILURE_CODE = "failure_code"
    AWAITING_REFUNDS = "awaiting_refunds"
    """How many of a payment's refunds upstream has not settled."""


PARTS = frozenset({Field.PROVIDER, Field.TYPE, Field.FAILURE_CODE})
"""Those that a bucket counts as parts of itself: at most one in a reading."""
FAILED_STATUSES = (TransactionStatus.FAILED,)


class Measure(StrEnum):
    """What is added up of payments."""

    AMOUNT = "amount"
    REFUNDED = "refunded"
    """Of those of which something was given back: how much of it."""
    AWAITING = "awaiting"
    """The refunds that upstream has not settled, whenever their payment was made."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One sum: of what, by what, of which payments."""

    by: tuple[Field, ...] = ()
    statuses: Sequence[str] | None = None
    of: Measure = Measure.AMOUNT
    type: PaymentType | None = None
    """Those of one type alone."""

    @property
    def part(self) -> Field | None:
        """The field that is a part of a bucket, if one is."""
        return next((each for each in self.by if each in PARTS), None)

    @property
    def needs_renewed(self) -> bool:
        """Whether facts from before buckets had parts cannot answer it."""
        return (self.part or self.type) is not None or self.of is not Measure.AMOUNT

    @property
    def is_of_facts(self) -> bool:
        """Whether buckets cannot answer it: they tell what was paid by type, not what failed."""
        return self.type is not None and self.statuses == FAILED_STATUSES

    @property
    def without_days(self) -> "Reading":
        """The same over all days together."""
        by = tuple(each for each in self.by if each is not Field.DAY)
        return Reading(by, self.statuses, self.of, self.type)


Sums = Mapping[str, Totals]
"""Currency → what the reading goes by, in its order → sum over all partitions."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a reading found."""

    now: Sums
    before: Sums
    """Of the period before, over all its days together."""


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


@dataclass(frozen=True, slots=True)
class Verification:
    """What the last recount of all buckets from the facts came to."""

    verified_at: datetime
    """What was counted until then is in it."""
    agreed: bool
    differences: int
    payments: int
    """How many were recounted."""


AMOUNT_MAX = 2**63 - 1


class SumTooLarge(PayOpsError):
    """A sum that no 64-bit integer holds; it is refused, never rounded."""

    code = "sum_too_large"
    title = "The sum is too large"
    status = 422

    def __init__(self) -> None:
        super().__init__(f"A sum is over {AMOUNT_MAX} minor units; narrow the window.")


class BeingCounted(PayOpsError):
    """Buckets that are stored without their parts are being made anew."""

    code = "kpi_being_counted"
    title = "The KPI is being counted for the first time"
    status = 503
    retryable = True

    def __init__(self) -> None:
        super().__init__(
            "Payments that were stored by an earlier version are being counted anew; "
            "daily payments and payments by status, method and channel answer meanwhile."
        )


def exact_amount(amount: float) -> int:
    """The sum as an integer; raises :class:`SumTooLarge`.

    mongod turns a sum past 64 bits into a float, which is how it shows.
    """
    if isinstance(amount, float) or abs(amount) > AMOUNT_MAX:
        raise SumTooLarge
    return int(amount)


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Seen(Generic[T]):
    """What one instant of the database holds."""

    found: T
    applied: Applied
    zone: str | None
    """The zone whose days were counted; None before anything was."""
    verification: Verification | None
    """The last one; None before the first."""


class KpiReads(Protocol):
    """Where sums come from."""

    async def look(
        self, readings: Sequence[Reading], window: Window, before: Period, currency: str | None
    ) -> Seen[Sequence[Found]]:
        """Payments of the window by the day of their Date, and those of the period before: one
        found a reading, in their order.

        Raises ``Unavailable``, ``QueryTooBroad``, :class:`SumTooLarge` or :class:`BeingCounted`.
        """
        ...
