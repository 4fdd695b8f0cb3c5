"""A parcel and what may happen to it: no clock, no I/O, no framework."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from payops_kernel.errors import Park, PayOpsError


class ParcelStatus(StrEnum):
    """Where a parcel is. In whatever order events come, the latest of these stands."""

    ANNOUNCED = "ANNOUNCED"
    WAITING = "WAITING"
    RETURNED = "RETURNED"
    COLLECTED = "COLLECTED"


class ParcelNotWaiting(PayOpsError):
    """Only what waits at the shop can go back."""

    code = "parcel_not_waiting"
    status = 409


def return_refusal(status: ParcelStatus) -> str | None:
    """Why a parcel cannot go back now; None when it can."""
    return None if status is ParcelStatus.WAITING else "Only a parcel that waits can go back."


class Fact(NamedTuple):
    """A parcel has come as far as ``status``; ``event`` tells facts apart."""

    parcel_id: str
    status: ParcelStatus
    at: datetime
    event: str
    recipient: str | None = None


@dataclass(slots=True)
class Parcel:
    """The aggregate; ``version`` counts its steps."""

    id: str
    recipient: str
    announced_at: datetime
    status: ParcelStatus = ParcelStatus.ANNOUNCED
    seen: list[str] = field(default_factory=list)
    version: int = 0
    step: Fact | None = None  # what happened last; None after a fact that was known

    def send_back(self, now: datetime, by: str) -> None:
        """To its sender; raises ``ParcelNotWaiting``."""
        if (refusal := return_refusal(self.status)) is not None:
            raise ParcelNotWaiting(refusal)
        self.take(Fact(self.id, ParcelStatus.RETURNED, now, f"{by} {self.version + 1}"))

    def take(self, fact: Fact) -> None:
        """A step, if the fact is news; one from before the status is kept and changes nothing."""
        self.step = None if fact.event in self.seen else fact
        if self.step is not None:
            self.seen.append(fact.event)
            self.version += 1
            self.status = max(self.status, fact.status, key=list(ParcelStatus).index)


def fold(parcel: Parcel | None, fact: Fact) -> Parcel:
    """The parcel after a fact; what comes before its announcement waits for that."""
    if parcel is None:
        if fact.recipient is None:
            raise Park(f"parcel '{fact.parcel_id}' was not announced yet")
        parcel = Parcel(fact.parcel_id, fact.recipient, fact.at)
    parcel.take(fact)
    return parcel
