"""A member: the charges that are theirs, whether they are paid up, and who keeps them blocked.

The standing is derived from all that is known, so that it cannot depend on the order of arrival.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from billing_debits.domain.charge import NOTHING_OWED
from billing_debits.domain.facts import Cause, Payer
from payops_contracts.charges import ChargeStatus
from payops_contracts.ids import ChargeId, MpassNumber
from payops_contracts.members import MemberStanding

HISTORY_ROWS_KEPT = 1_000
"""The newest; all of them are on ``payops.members``."""
POLICY = "policy"
"""Who blocked, when no person did."""

_ARREARS = frozenset({ChargeStatus.PERMANENT_REJECTED, ChargeStatus.REVERSED})


class MemberCharge(NamedTuple):
    """A charge as its latest event told it; ``sequence`` is that event's."""

    charge_id: ChargeId
    sequence: int
    status: ChargeStatus
    amount_minor: int
    currency: str
    created_at: datetime
    retry_count: int
    settled_otherwise: bool
    answered_at: datetime | None = None
    """When its last debit was answered; None before any."""

    @property
    def outstanding_minor(self) -> int:
        """What is still owed of it."""
        return 0 if self.status in NOTHING_OWED else self.amount_minor

    @property
    def in_arrears(self) -> bool:
        """Whether it is owed and not tried again."""
        return self.status in _ARREARS

    @property
    def in_retry(self) -> bool:
        """Whether a debit of it failed, and another one follows or is under way."""
        under_way = self.status is ChargeStatus.SUBMITTED and self.retry_count > 0
        return under_way or self.status is ChargeStatus.TEMP_REJECTED


class Block(NamedTuple):
    """Who blocked a member, why and when."""

    by: str
    reason: str
    at: datetime

    @property
    def by_policy(self) -> bool:
        """Whether no person did: then it ends by itself when the charge is paid."""
        return self.by == POLICY


class StandingRow(NamedTuple):
    """One change of the standing, or what a person did about it."""

    at: datetime
    event: str
    """A ``ChargeHistoryEvent`` or a ``MemberEvent``, as it is stored."""
    before: MemberStanding | None
    after: MemberStanding
    charge_id: ChargeId | None = None
    actor: str | None = None
    reason: str | None = None


class MemberStep(NamedTuple):
    """What happened last, with what an event about it needs."""

    row: StandingRow
    cause: Cause
    said: bool
    """Whether the world is told: the standing changed, or is to be said again."""


@dataclass(slots=True)
class Member:
    """The aggregate. ``version`` is never below a charge's sequence, and rises with every step:
    after a restore the charges' raised versions raise it, too."""

    id: MpassNumber
    payer: Payer
    """As the latest of the charges has it."""
    since: datetime
    """Since when the standing is as it is."""
    version: int = 0
    standing: MemberStanding = MemberStanding.GOOD
    charges: dict[ChargeId, MemberCharge] = field(default_factory=dict)
    block: Block | None = None
    pardoned: set[ChargeId] = field(default_factory=set)
    """Rejected charges for which the policy blocks no more: a person lifted its block."""
    history: list[StandingRow] = field(default_factory=list)
    step: MemberStep | None = None

    @property
    def owed(self) -> dict[str, int]:
        """What is owed, by currency, in the order of their codes."""
        return sums((each.currency, each.outstanding_minor) for each in self.charges.values())

    @property
    def newest_first(self) -> list[MemberCharge]:
        """Its charges."""
        return sorted(self.charges.values(), key=age, reverse=True)

    @property
    def behind_standing(self) -> list[MemberCharge]:
        """The charges because of which it is not good, oldest first; of a block those that would
        make it so without one."""
        arrears = [each for each in self.charges.values() if each.in_arrears]
        found = arrears or [each for each in self.charges.values() if each.in_retry]
        return sorted(found, key=age)

    def record(self, row: StandingRow, cause: Cause, said: bool) -> None:
        """A step: it is in the history when the standing changed, or when a person did it."""
        changed = row.before is not row.after
        if changed:
            self.since = row.at
        if changed or row.actor is not None:
            self.history = [*self.history[1 - HISTORY_ROWS_KEPT :], row]
        self.step = MemberStep(row, cause, said or changed)


def age(charge: MemberCharge) -> tuple[datetime, ChargeId]:
    """Sorts charges from old to new, all of them apart."""
    return charge.created_at, charge.charge_id


def sums(amounts: Iterable[tuple[str, int]]) -> dict[str, int]:
    """By currency, those that are not nothing."""
    found: dict[str, int] = {}
    for currency, minor in sorted(amounts):
        if minor:
            found[currency] = found.get(currency, 0) + minor
    return found


def standing_of(charges: Iterable[MemberCharge], block: Block | None) -> MemberStanding:
    """Whether a member with these charges is paid up."""
    if block is not None:
        return MemberStanding.BLOCKED
    charges = list(charges)
    if any(each.in_arrears for each in charges):
        return MemberStanding.IN_ARREARS
    if any(each.in_retry for each in charges):
        return MemberStanding.IN_RETRY
    return MemberStanding.GOOD


def policy_block(charges: Mapping[ChargeId, MemberCharge], pardoned: set[ChargeId]) -> Block | None:
    """The block that the policy sets: by the first charge that was permanently rejected."""
    rejected: Sequence[MemberCharge] = [
        each
        for each in charges.values()
        if each.status is ChargeStatus.PERMANENT_REJECTED and each.charge_id not in pardoned
    ]
    if not rejected:
        return None
    first = min(rejected, key=lambda each: (each.answered_at or each.created_at, each.charge_id))
    reason = f"Charge {first.charge_id} was permanently rejected."
    return Block(POLICY, reason, first.answered_at or first.created_at)
