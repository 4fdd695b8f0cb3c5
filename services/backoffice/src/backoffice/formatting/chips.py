"""States as chips: the family gives the colour, the state gives the icon."""

from dataclasses import dataclass
from enum import StrEnum

from backoffice.words import word
from payops_contracts.charges import AttemptStatus, ChargeStatus
from payops_contracts.checkout_rules import RuleStatus
from payops_contracts.cycles import CycleStatus
from payops_contracts.dead_letters import DeadLetterState
from payops_contracts.debit_batches import BatchStatus
from payops_contracts.labels import (
    ATTEMPT_STATUS,
    BATCH_STATUS,
    CHARGE_STATUS,
    CYCLE_STATUS,
    DEAD_LETTER_STATE,
    DEBIT_EXCEPTION_STATE,
    DISPUTE_STATUS,
    MEMBER_STANDING,
    REFUND_STATUS,
    RULE_STATUS,
    SUBSCRIPTION_STATUS,
    TRANSACTION_STATUS,
)
from payops_contracts.members import MemberStanding
from payops_contracts.payments import TransactionStatus
from payops_contracts.refunds import DisputeStatus, RefundStatus
from payops_contracts.subscriptions import SubscriptionStatus


class Family(StrEnum):
    """What a state means for the reader; a colour each."""

    GOOD = "good"
    MOVING = "moving"
    RETURNED = "returned"
    CARE = "care"
    BAD = "bad"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Look:
    """How a state looks; ``icon`` is a Lucide name."""

    family: Family
    icon: str


@dataclass(frozen=True, slots=True)
class Chip:
    """A state as a page shows it; ``label`` is a word to be translated."""

    label: str
    look: Look


UNKNOWN = Look(Family.OFF, "circle-dot")

TRANSACTION: dict[str, Look] = {
    TransactionStatus.CREATED: Look(Family.MOVING, "circle-dashed"),
    TransactionStatus.PAID: Look(Family.GOOD, "check"),
    TransactionStatus.PARTIALLY_REFUNDED: Look(Family.RETURNED, "contrast"),
    TransactionStatus.TOTALLY_REFUNDED: Look(Family.RETURNED, "undo-2"),
    TransactionStatus.FAILED: Look(Family.BAD, "x"),
}
REFUND: dict[str, Look] = {
    RefundStatus.AWAITING_APPROVAL: Look(Family.CARE, "stamp"),
    RefundStatus.REQUESTED: Look(Family.MOVING, "send"),
    RefundStatus.PENDING: Look(Family.MOVING, "hourglass"),
    RefundStatus.UNKNOWN: Look(Family.CARE, "circle-question-mark"),
    RefundStatus.SUCCEEDED: Look(Family.RETURNED, "undo-2"),
    RefundStatus.FAILED: Look(Family.BAD, "x"),
}
DISPUTE: dict[str, Look] = {
    DisputeStatus.OPEN: Look(Family.CARE, "scale"),
    DisputeStatus.WON: Look(Family.GOOD, "shield-check"),
    DisputeStatus.LOST: Look(Family.BAD, "shield-x"),
}
SUBSCRIPTION: dict[str, Look] = {
    SubscriptionStatus.CREATED: Look(Family.MOVING, "circle-dashed"),
    SubscriptionStatus.ACTIVE: Look(Family.GOOD, "repeat"),
    SubscriptionStatus.ON_HOLD: Look(Family.CARE, "circle-pause"),
    SubscriptionStatus.NOT_ACTIVE: Look(Family.OFF, "circle-slash"),
}
JOB_STATE = {
    "QUEUED": word("Queued"),
    "RUNNING": word("Running"),
    "DONE": word("Done"),
    "DONE_WITH_FAILURES": word("Done with failures"),
    "FAILED": word("Failed"),
    "CANCELLED": word("Cancelled"),
}
JOB: dict[str, Look] = {
    "QUEUED": Look(Family.MOVING, "clock"),
    "RUNNING": Look(Family.MOVING, "loader-circle"),
    "DONE": Look(Family.GOOD, "check"),
    "DONE_WITH_FAILURES": Look(Family.CARE, "triangle-alert"),
    "FAILED": Look(Family.BAD, "x"),
    "CANCELLED": Look(Family.OFF, "ban"),
}
DEAD_LETTER: dict[str, Look] = {
    DeadLetterState.OPEN: Look(Family.CARE, "mail-warning"),
    DeadLetterState.REPLAYED: Look(Family.GOOD, "rotate-ccw"),
    DeadLetterState.DISCARDED: Look(Family.OFF, "trash-2"),
}
CHARGE: dict[str, Look] = {
    ChargeStatus.PENDING: Look(Family.MOVING, "circle-dashed"),
    ChargeStatus.SUBMITTED: Look(Family.MOVING, "send"),
    ChargeStatus.TEMP_REJECTED: Look(Family.CARE, "rotate-cw"),
    ChargeStatus.FINALIZED: Look(Family.GOOD, "check"),
    ChargeStatus.PERMANENT_REJECTED: Look(Family.BAD, "x"),
    ChargeStatus.WITHDRAWN: Look(Family.OFF, "ban"),
    ChargeStatus.REVERSED: Look(Family.RETURNED, "undo-2"),
}
ATTEMPT: dict[str, Look] = {
    AttemptStatus.SUBMITTED: CHARGE[ChargeStatus.SUBMITTED],
    AttemptStatus.UNKNOWN: Look(Family.CARE, "circle-question-mark"),
    AttemptStatus.FINALIZED: CHARGE[ChargeStatus.FINALIZED],
    AttemptStatus.TEMP_REJECTED: CHARGE[ChargeStatus.TEMP_REJECTED],
    AttemptStatus.PERMANENT_REJECTED: CHARGE[ChargeStatus.PERMANENT_REJECTED],
    AttemptStatus.REVERSED: CHARGE[ChargeStatus.REVERSED],
}
BATCH: dict[str, Look] = {
    BatchStatus.DRAFT: Look(Family.MOVING, "circle-dashed"),
    BatchStatus.SEALING: Look(Family.MOVING, "loader-circle"),
    BatchStatus.SEALED: Look(Family.CARE, "lock"),
    BatchStatus.SUBMITTING: Look(Family.MOVING, "hourglass"),
    BatchStatus.SUBMITTED: Look(Family.MOVING, "send"),
    BatchStatus.PROCESSED: Look(Family.GOOD, "check"),
    BatchStatus.CANCELLED: Look(Family.OFF, "ban"),
}
DEBIT_EXCEPTION: dict[str, Look] = {
    "OPEN": Look(Family.CARE, "triangle-alert"),
    "RESOLVED": Look(Family.GOOD, "circle-check"),
}
CYCLE: dict[str, Look] = {
    CycleStatus.OPEN: Look(Family.MOVING, "lock-open"),
    CycleStatus.ENDED: Look(Family.CARE, "calendar-clock"),
    CycleStatus.CLOSED: Look(Family.OFF, "lock"),
    "NONE": Look(Family.OFF, "minus"),
}
MEMBER: dict[str, Look] = {
    MemberStanding.GOOD: Look(Family.GOOD, "user-check"),
    MemberStanding.IN_RETRY: Look(Family.CARE, "timer"),
    MemberStanding.IN_ARREARS: Look(Family.BAD, "triangle-alert"),
    MemberStanding.BLOCKED: Look(Family.BAD, "user-x"),
}
RULE: dict[str, Look] = {
    RuleStatus.DRAFT: Look(Family.OFF, "file-pen"),
    RuleStatus.ACTIVE: Look(Family.GOOD, "circle-check"),
    RuleStatus.ARCHIVED: Look(Family.OFF, "archive"),
}
KINDS: dict[str, tuple[dict[str, str], dict[str, Look]]] = {
    "transaction": (TRANSACTION_STATUS, TRANSACTION),
    "refund": (REFUND_STATUS, REFUND),
    "dispute": (DISPUTE_STATUS, DISPUTE),
    "subscription": (SUBSCRIPTION_STATUS, SUBSCRIPTION),
    "job": (JOB_STATE, JOB),
    "dead_letter": (DEAD_LETTER_STATE, DEAD_LETTER),
    "charge": (CHARGE_STATUS, CHARGE),
    "attempt": (ATTEMPT_STATUS, ATTEMPT),
    "batch": (BATCH_STATUS, BATCH),
    "debit_exception": (DEBIT_EXCEPTION_STATE, DEBIT_EXCEPTION),
    "cycle": (CYCLE_STATUS, CYCLE),
    "member": (MEMBER_STANDING, MEMBER),
    "rule": (RULE_STATUS, RULE),
}
"""Labels and looks by the kind of thing that has the state."""


def chip(kind: str, state: str) -> Chip:
    """The chip of a state of a kind; a state that nobody has named yet shows its raw word."""
    labels, looks = KINDS[kind]
    return Chip(labels.get(state, state), looks.get(state, UNKNOWN))
