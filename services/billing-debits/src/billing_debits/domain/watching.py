"""Which exceptions a charge has: derived from what is known, so that every order of arrival ends
with the same ones. What a person resolved stays resolved."""

from collections.abc import Iterator
from datetime import datetime

from billing_debits.domain.attempts import Attempt
from billing_debits.domain.charge import Charge
from billing_debits.domain.exceptions import DebitException
from billing_debits.domain.facts import ResultKind
from payops_contracts.charges import AttemptStatus
from payops_contracts.charges import ChargeException as Kind
from payops_contracts.ids import DebitId

_Wanted = tuple[Kind, DebitId]


def watch(charge: Charge, at: datetime) -> None:
    """Open what is to be settled now, and close what settled itself."""
    wanted = set(_wanted(charge))
    known = {(each.kind, each.debit_id): each for each in charge.exceptions}
    for kind, debit_id in sorted(wanted):
        exception = known.get((kind, debit_id))
        if exception is None:
            amount = charge.raised.amount_minor
            opened = DebitException(kind, at, debit_id, amount, touched=True)
            charge.exceptions.append(opened)
        elif not exception.open and exception.resolved_by is None:
            exception.resolved_at, exception.touched = None, True
    for key, exception in known.items():
        if exception.open and key not in wanted and exception.kind is not Kind.UNKNOWN_DEBIT:
            exception.resolved_at, exception.touched = at, True


def _wanted(charge: Charge) -> Iterator[_Wanted]:
    for attempt in charge.attempts:
        if attempt.status is AttemptStatus.UNKNOWN:
            yield Kind.RESULT_MISSING, attempt.debit_id
        if attempt.collected and _failed_afterwards(attempt):
            yield Kind.FAILED_AFTER_SUCCESS, attempt.debit_id
    collected = [each for each in charge.attempts if each.collected]
    collected.sort(key=lambda each: (each.succeeded_at, each.number))
    for attempt in collected[1:]:
        yield Kind.OVERCOLLECTED, attempt.debit_id
    if charge.ended is None:
        return
    for attempt in collected:
        succeeded = attempt.succeeded_at
        after = succeeded is not None and succeeded >= charge.ended.at
        kind = Kind.COLLECTED_AFTER_WITHDRAWAL if after else Kind.WITHDRAWN_AFTER_COLLECTION
        yield kind, attempt.debit_id


def _failed_afterwards(attempt: Attempt) -> bool:
    failed = attempt.outcomes.get(ResultKind.FAILED)
    succeeded = attempt.outcomes.get(ResultKind.SUCCEEDED)
    return failed is not None and succeeded is not None and failed.at > succeeded.at
