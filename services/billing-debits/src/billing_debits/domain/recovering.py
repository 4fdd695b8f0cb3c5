"""After a restore from backup: debits that were asked for since, put back into their charges.

The processor has them and may have answered; a charge that forgot its debit would be debited twice.
"""

from datetime import datetime
from typing import NamedTuple

from billing_debits.domain.attempts import Attempt, Outcome
from billing_debits.domain.charge import Charge
from billing_debits.domain.collecting import SOURCE
from billing_debits.domain.facts import Cause, Failure, ResultKind
from billing_debits.domain.folding import settle
from billing_debits.domain.policies import Rules
from payops_contracts.charges import ChargeException, ChargeHistoryEvent
from payops_contracts.ids import BatchCode, DebitId

_RESULTS = {kind.value: kind for kind in ResultKind}


class ForgottenDebit(NamedTuple):
    """A debit as it was published when it was asked for."""

    debit_id: DebitId
    number: int
    submitted_at: datetime
    batch: BatchCode | None = None


def put_back(charge: Charge, debit: ForgottenDebit, rules: Rules, now: datetime) -> bool:
    """Whether the charge had forgotten it; it counts again, with what was said of it meanwhile.

    Without an answer its outcome is unknown, and it is asked for again under its own key.
    """
    charge.step = None
    if charge.attempt(debit.debit_id) is not None:
        return False
    before, collected = charge.status, charge.collected_minor
    number = max(debit.number, len(charge.attempts) + 1)
    attempt = Attempt(
        debit.debit_id, number, debit.submitted_at, debit.debit_id, debit.batch, touched=True
    )
    for row in charge.history:
        kind = _RESULTS.get(row.event)
        if kind is not None and row.debit_id == debit.debit_id:
            failure = None if kind is ResultKind.SUCCEEDED else Failure("restored", row.detail)
            if kind not in attempt.outcomes:
                attempt.hear(Outcome(row.at, kind, failure))
    if not attempt.outcomes:
        attempt.unanswered_since = now
    charge.attempts.append(attempt)
    if charge.batch == debit.batch:
        charge.batch = None
    for each in charge.exceptions:
        if (each.kind, each.debit_id) == (ChargeException.UNKNOWN_DEBIT, debit.debit_id):
            each.resolved_at, each.touched = now, True
    settle(charge, rules, now)
    change = charge.collected_minor - collected
    charge.record(
        ChargeHistoryEvent.SUBMITTED if attempt.outcomes else ChargeHistoryEvent.UNANSWERED,
        Cause(SOURCE, f"{debit.debit_id}:put-back", now),
        before,
        debit_id=debit.debit_id,
        collected_minor=change if change > 0 else None,
        detail="Asked for after the backup from which the database was restored.",
    )
    return True
