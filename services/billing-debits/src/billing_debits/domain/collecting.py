"""What people and the schedule do to charges: put them into batches, debit them, ask again, settle
what is unclear. Illegal moves raise, and change nothing."""

from datetime import datetime
from typing import NamedTuple

from billing_debits.domain.attempts import Attempt, Outcome
from billing_debits.domain.charge import Charge
from billing_debits.domain.errors import (
    ChargeInABatch,
    ChargeNotCollectable,
    ChargeNotDue,
    ExceptionNotOpen,
    ExceptionTaken,
)
from billing_debits.domain.exceptions import DebitException
from billing_debits.domain.facts import Cause, Failure, ResultKind
from billing_debits.domain.folding import settle
from billing_debits.domain.policies import ELIGIBLE_BEFORE, Rules
from billing_debits.domain.watching import watch
from payops_contracts.charges import AttemptStatus, ChargeHistoryEvent, ChargeStatus
from payops_contracts.ids import BatchCode, DebitId

SOURCE = "/payops/billing-debits"
ASKS_PROCESSOR = frozenset(
    {ChargeHistoryEvent.SUBMITTED.value, ChargeHistoryEvent.ASKED_AGAIN.value}
)
"""The steps with which the debit processor is asked for their debit."""
RESOLVED_BY_HAND = "resolved_by_hand"
"""The code of a result that a person gave."""


class DebitOrder(NamedTuple):
    """A debit that is to be asked for: its id, and the key that stays the same for good."""

    debit_id: DebitId
    key: str
    batch: BatchCode | None = None


def bar(charge: Charge, now: datetime) -> str | None:
    """Why it cannot be debited now, in words; None when it can."""
    try:
        check_collectable(charge, now)
    except (ChargeNotCollectable, ChargeNotDue) as refusal:
        return str(refusal)
    return None


def check_collectable(charge: Charge, now: datetime) -> None:
    """Raise why it cannot be debited now."""
    status = charge.status
    if charge.open_attempt is not None:
        raise ChargeNotCollectable("A debit of it is under way, or its outcome is not known.")
    if charge.ended is not None:
        raise ChargeNotCollectable("Settlement has withdrawn it, or it was settled otherwise.")
    if status not in {ChargeStatus.PENDING, ChargeStatus.TEMP_REJECTED}:
        raise ChargeNotCollectable(f"It is {status.value.replace('_', ' ').capitalize()}.")
    due_at = charge.retry_due_at
    if due_at is not None and due_at > now + ELIGIBLE_BEFORE:
        raise ChargeNotDue(f"Its next retry is due on {due_at:%d %b %Y %H:%M} UTC.")


def take_into(charge: Charge, batch: BatchCode, now: datetime) -> None:
    """Put it into a batch that is being built; the same batch again changes nothing."""
    charge.step = None
    if charge.batch == batch:
        return
    if charge.batch is not None:
        raise ChargeInABatch(f"It is in batch {charge.batch}.")
    check_collectable(charge, now)
    charge.batch = batch
    if batch not in charge.batches:
        charge.batches.append(batch)
    _note(charge, ChargeHistoryEvent.BATCHED, f"{batch}:batched", now, detail=batch)


def leave(charge: Charge, batch: BatchCode, now: datetime, why: str) -> None:
    """Take it out of a batch that was not submitted; nothing when it is in none of that code."""
    charge.step = None
    if charge.batch != batch:
        return
    charge.batch = None
    _note(charge, ChargeHistoryEvent.UNBATCHED, f"{batch}:unbatched", now, detail=why)


def submit(charge: Charge, order: DebitOrder, now: datetime, trace: str | None = None) -> Attempt:
    """Ask the processor for a debit; raises why not."""
    if charge.batch not in {None, order.batch}:
        raise ChargeInABatch(f"It is in batch {charge.batch}.")
    check_collectable(charge, now)
    before = charge.status
    number = len(charge.attempts) + 1
    if charge.attempts:  # the retry that was planned on it is made: its row says so no more
        charge.attempts[-1].touched = True
    attempt = Attempt(order.debit_id, number, now, order.key, order.batch, touched=True)
    charge.attempts.append(attempt)
    charge.batch = None
    cause = Cause(SOURCE, f"{order.debit_id}:submitted", now, trace)
    event = ChargeHistoryEvent.SUBMITTED
    charge.record(event, cause, before, debit_id=order.debit_id, detail=order.batch)
    return attempt


def miss(charge: Charge, debit_id: DebitId, now: datetime) -> bool:
    """Its answer is missing: Temp rejected, outcome unknown. False when it was answered."""
    charge.step = None
    attempt = charge.attempt(debit_id)
    if attempt is None or attempt.status is not AttemptStatus.SUBMITTED:
        return False
    before = charge.status
    attempt.unanswered_since, attempt.touched = now, True
    watch(charge, now)
    cause = Cause(SOURCE, f"{debit_id}:unanswered:{attempt.asked}", now)
    charge.record(ChargeHistoryEvent.UNANSWERED, cause, before, debit_id=debit_id)
    return True


def ask_again(charge: Charge, debit_id: DebitId, now: datetime) -> Attempt | None:
    """The same attempt once more, under the same key; it takes no retry number.

    None when it was answered meanwhile, or when settlement wants the charge no longer: then its
    outcome is only waited for.
    """
    charge.step = None
    attempt = charge.attempt(debit_id)
    if attempt is None or attempt.status is not AttemptStatus.UNKNOWN or charge.ended is not None:
        return None
    if attempt.key is None or not charge.has_room():
        return None
    before = charge.status
    attempt.asked += 1
    attempt.unanswered_since, attempt.touched = None, True
    watch(charge, now)
    cause = Cause(SOURCE, f"{debit_id}:asked-again:{attempt.asked}", now)
    charge.record(ChargeHistoryEvent.ASKED_AGAIN, cause, before, debit_id=debit_id)
    return attempt


class Verdict(NamedTuple):
    """What a person found out about a debit whose answer is missing."""

    debit_id: DebitId
    succeeded: bool
    actor: str
    reason: str


def settle_by_hand(charge: Charge, verdict: Verdict, rules: Rules, now: datetime) -> None:
    """Take a person's word for the missing answer; raises when it is not missing."""
    attempt = charge.attempt(verdict.debit_id)
    if attempt is None or attempt.status is not AttemptStatus.UNKNOWN:
        raise ExceptionNotOpen("Its result is not missing any more.")
    before, collected = charge.status, charge.collected_minor
    kind = ResultKind.SUCCEEDED if verdict.succeeded else ResultKind.FAILED
    failure = None if verdict.succeeded else Failure(RESOLVED_BY_HAND, verdict.reason)
    attempt.hear(Outcome(now, kind, failure))
    attempt.touched = True
    settle(charge, rules, now)
    for each in charge.exceptions:
        if each.debit_id == verdict.debit_id and each.resolved_at == now:
            each.resolved_by, each.resolution, each.touched = verdict.actor, verdict.reason, True
    change = charge.collected_minor - collected
    cause = Cause(SOURCE, f"{verdict.debit_id}:by-hand", now)
    charge.record(
        ChargeHistoryEvent(kind.value),
        cause,
        before,
        debit_id=verdict.debit_id,
        collected_minor=change or None,
        actor=verdict.actor,
        detail=verdict.reason,
    )


def resolve(charge: Charge, exception: DebitException, actor: str, why: str, now: datetime) -> None:
    """A person settles an exception, with a reason; raises when it is not open."""
    _check_open(exception)
    exception.resolved_at, exception.resolved_by, exception.resolution = now, actor, why
    exception.touched = True
    event = ChargeHistoryEvent.EXCEPTION_RESOLVED
    key = f"{exception.id_of(charge.id)}:resolved:{charge.version}"
    _note(charge, event, key, now, debit_id=exception.debit_id, actor=actor, detail=why)


def take(
    charge: Charge, exception: DebitException, owner: str | None, actor: str, now: datetime
) -> None:
    """Somebody takes an exception as theirs, None gives it back; raises when somebody else has it,
    and when it is not open."""
    _check_open(exception)
    if owner is not None and exception.owner not in {None, owner}:
        raise ExceptionTaken(f"{exception.owner} looks after it. It is given back first.")
    exception.owner, exception.touched = owner, True
    key = f"{exception.id_of(charge.id)}:owner:{charge.version}"
    event = ChargeHistoryEvent.EXCEPTION_OWNED
    _note(charge, event, key, now, debit_id=exception.debit_id, actor=actor, detail=owner)


def _check_open(exception: DebitException) -> None:
    if not exception.open:
        raise ExceptionNotOpen("It was resolved already.")


def _note(
    charge: Charge,
    event: ChargeHistoryEvent,
    key: str,
    now: datetime,
    *,
    debit_id: DebitId | None = None,
    actor: str | None = None,
    detail: str | None = None,
) -> None:
    cause = Cause(SOURCE, key, now)
    charge.record(event, cause, charge.status, debit_id=debit_id, actor=actor, detail=detail)
