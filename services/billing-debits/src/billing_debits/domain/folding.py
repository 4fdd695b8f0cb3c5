"""Upstream facts into charges: checks first, then state, one row, one version."""

from datetime import datetime
from typing import assert_never

from billing_debits.domain.attempts import Attempt, Outcome
from billing_debits.domain.charge import HISTORY_ROWS_MAX, Charge, Ending
from billing_debits.domain.deciding import decide
from billing_debits.domain.exceptions import DebitException
from billing_debits.domain.facts import EndedFact, Fact, RaisedFact, ResultFact, ResultKind
from billing_debits.domain.policies import Rules
from billing_debits.domain.watching import watch
from payops_contracts.charges import ChargeException, ChargeHistoryEvent, ChargeStatus
from payops_kernel.errors import Park
from payops_kernel.facts import HistoryFull, IdentityContradiction

NO_SUCH_DEBIT = "ignored: no debit of this id was asked for"


def fold(charge: Charge | None, fact: Fact, rules: Rules, now: datetime) -> Charge:
    """The charge after a fact; unchanged when it has seen it.

    Raises :class:`IdentityContradiction` or :class:`HistoryFull` before changing anything, and
    ``Park`` for what is about a charge that is not known yet.
    """
    if charge is None:
        return _open(fact, rules, now)
    charge.step = charge.contradiction = None
    if charge.has_seen(fact.cause):
        return charge
    if len(charge.history) >= HISTORY_ROWS_MAX:
        raise HistoryFull(f"the charge has {HISTORY_ROWS_MAX} history rows")
    if isinstance(fact, RaisedFact):
        _raised_again(charge, fact)
    elif isinstance(fact, EndedFact):
        _end(charge, fact)
    elif isinstance(fact, ResultFact):
        _answer(charge, fact, rules, now)
    else:
        assert_never(fact)
    return charge


def _open(fact: Fact, rules: Rules, now: datetime) -> Charge:
    if not isinstance(fact, RaisedFact):
        raise Park(f"charge '{fact.charge_id}' is not known yet")
    charge = Charge(fact.raised, retries_max=rules.policy.retries_on(fact.raised.rail))
    initial = fact.initial
    collected = None
    if initial is not None:
        kind = ResultKind.SUCCEEDED if initial.succeeded else ResultKind.FAILED
        attempt = Attempt(initial.debit_id, 1, initial.at, touched=True)
        attempt.hear(Outcome(initial.at, kind, initial.failure))
        charge.attempts.append(attempt)
        settle(charge, rules, now)
        collected = charge.raised.amount_minor if initial.succeeded else None
    charge.record(ChargeHistoryEvent.RAISED, fact.cause, None, collected_minor=collected)
    return charge


def _raised_again(charge: Charge, fact: RaisedFact) -> None:
    said, known = fact.raised, charge.raised
    if (said.amount_minor, said.currency) != (known.amount_minor, known.currency):
        raise IdentityContradiction(
            f"{said.amount_minor} {said.currency} for a charge of "
            f"{known.amount_minor} {known.currency}"
        )
    note = "ignored: the charge was known already"
    charge.record(ChargeHistoryEvent.RAISED, fact.cause, charge.status, note=note)


def _end(charge: Charge, fact: EndedFact) -> None:
    """Of several ends the earliest stands, whatever the order of arrival."""
    before = charge.status
    ending = Ending(fact.cause.occurred_at, fact.kind, fact.reason)
    stands = charge.ended
    note = None
    if stands is None or _earlier(ending, stands):
        charge.ended = ending
    if stands is not None:
        note = "ignored: it had ended already"
    elif before is ChargeStatus.FINALIZED:
        note = "kept: it was collected already"
    watch(charge, fact.cause.occurred_at)
    event = ChargeHistoryEvent(fact.kind.value)
    charge.record(event, fact.cause, before, note=note, detail=fact.reason)


def _earlier(one: Ending, other: Ending) -> bool:
    return (one.at, one.kind, one.reason or "") < (other.at, other.kind, other.reason or "")


def _answer(charge: Charge, fact: ResultFact, rules: Rules, now: datetime) -> None:
    raised = charge.raised
    if (fact.amount_minor, fact.currency) != (raised.amount_minor, raised.currency):
        raise IdentityContradiction(
            f"{fact.amount_minor} {fact.currency} for a charge of "
            f"{raised.amount_minor} {raised.currency}"
        )
    before, collected = charge.status, charge.collected_minor
    attempt = charge.attempt(fact.debit_id)
    if attempt is None:
        note: str | None = NO_SUCH_DEBIT
        _unknown_debit(charge, fact)
    else:
        note = attempt.answer(fact)
        settle(charge, rules, now)
    change = charge.collected_minor - collected
    charge.record(
        ChargeHistoryEvent(fact.kind.value),
        fact.cause,
        before,
        note=note,
        debit_id=fact.debit_id,
        collected_minor=change if change > 0 else None,
        reversed_minor=-change if change < 0 else None,
        detail=None if fact.failure is None else fact.failure.message or fact.failure.code,
    )


def settle(charge: Charge, rules: Rules, now: datetime) -> None:
    """What follows from what is known now of its attempts."""
    decide(charge, rules, now)
    for attempt in charge.attempts:
        if attempt.retry_count is None and not attempt.open:
            attempt.retry_count, attempt.touched = charge.retry_count, True
    watch(charge, now)


def _unknown_debit(charge: Charge, fact: ResultFact) -> None:
    """Money that came by a debit nobody asked for, until it is told to have gone back."""
    at = fact.cause.occurred_at
    kind = ChargeException.UNKNOWN_DEBIT
    known = next(
        (it for it in charge.exceptions if (it.kind, it.debit_id) == (kind, fact.debit_id)), None
    )
    if fact.kind is ResultKind.REVERSED:
        if known is not None and known.open:
            known.resolved_at, known.touched = at, True
        return
    went_back = any(
        (row.event, row.debit_id) == (ResultKind.REVERSED.value, fact.debit_id)
        for row in charge.history
    )
    if fact.kind is ResultKind.SUCCEEDED and known is None and not went_back:
        opened = DebitException(kind, at, fact.debit_id, fact.amount_minor, touched=True)
        charge.exceptions.append(opened)
