"""What follows a debit that failed or went back: the retry and its day, or why there is none."""

from datetime import datetime

from billing_debits.domain.attempts import Attempt, Outcome
from billing_debits.domain.charge import Charge
from billing_debits.domain.facts import ResultKind
from billing_debits.domain.policies import Decision, Rules, WhyNot
from billing_debits.domain.rails import RAILS, is_hard_decline, is_known_decline


def decide(charge: Charge, rules: Rules, now: datetime) -> None:
    """Decide about the last attempt, once for what stands of it; nothing while it is open.

    Also of a charge that has ended meanwhile, so that its attempt shows the same in every order.
    """
    last = charge.attempts[-1] if charge.attempts else None
    outcome = None if last is None else last.outcome
    if last is None or outcome is None or outcome.kind is ResultKind.SUCCEEDED:
        return
    decided = charge.decision
    if decided is not None and (decided.debit_id, decided.outcome) == (last.debit_id, outcome):
        return
    charge.retries_max = rules.policy.retries_on(charge.raised.rail)
    charge.decision = _decision(charge, last, outcome, rules, now)
    last.permanent = charge.decision.due_at is None
    last.touched = True


def _decision(
    charge: Charge, last: Attempt, outcome: Outcome, rules: Rules, now: datetime
) -> Decision:
    rail = charge.raised.rail
    code = None if outcome.failure is None else outcome.failure.code
    due_at = _due_at(charge, last, rules, now)
    why_not = _why_not(charge, outcome.kind, code, rules, due_at)
    stands = why_not is None
    return Decision(
        at=now,
        debit_id=last.debit_id,
        outcome=outcome,
        policy=rules.policy.name,
        policy_version=rules.policy.version,
        retry=min(charge.failures - (not stands), charge.retries_max),
        retries_max=charge.retries_max,
        due_at=due_at if stands else None,
        next_at=rules.next_at(due_at) if stands and due_at is not None else None,
        why_not=why_not,
        unknown_code=code is not None and not is_known_decline(rail, code),
    )


def _due_at(charge: Charge, last: Attempt, rules: Rules, now: datetime) -> datetime | None:
    """By the policy's delay after the attempt's submission, and never in the past."""
    used = charge.failures
    if used > len(rules.policy.delays):
        return None
    return max(last.submitted_at + rules.policy.delays[used - 1], now)


def _why_not(
    charge: Charge, result: ResultKind, code: str | None, rules: Rules, due_at: datetime | None
) -> WhyNot | None:
    rail = RAILS[charge.raised.rail]
    if result is ResultKind.REVERSED and not rules.policy.reopens:
        return WhyNot.NOT_REOPENED
    if code is not None and is_hard_decline(charge.raised.rail, code):
        return WhyNot.HARD_DECLINE
    if due_at is None:
        return WhyNot.POLICY_USED_UP
    if rail.retries_max is not None and charge.failures > rail.retries_max:
        return WhyNot.RAIL_CAP
    if rail.within is not None and due_at > charge.attempts[0].submitted_at + rail.within:
        return WhyNot.RAIL_WINDOW
    return None
