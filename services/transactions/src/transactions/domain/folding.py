"""Upstream facts into transactions: checks first, then state, one row, one version."""

from typing import assert_never

from payops_contracts.money import format_money
from payops_contracts.payments import HistoryEvent
from payops_kernel.errors import Park
from payops_kernel.facts import HistoryFull, IdentityContradiction
from transactions.domain.description import Described
from transactions.domain.facts import (
    DisputeFact,
    DisputeFactKind,
    Fact,
    FactKind,
    Failure,
    PaymentFact,
    RefundFact,
    RefundFactKind,
    failure_order,
)
from transactions.domain.precedence import WHY_IGNORED
from transactions.domain.refunds import Dispute, Refund
from transactions.domain.transaction import HISTORY_ROWS_MAX, Transaction

_EVENTS: dict[FactKind | RefundFactKind | DisputeFactKind, HistoryEvent] = {
    kind: HistoryEvent(kind) for kind in (*FactKind, *RefundFactKind, *DisputeFactKind)
}


def fold(transaction: Transaction | None, fact: Fact) -> Transaction:
    """The transaction after a fact; unchanged when it has seen it.

    Raises :class:`IdentityContradiction` or :class:`HistoryFull` before changing anything, and
    ``Park`` for a refund or a dispute of a transaction that is not known yet.
    """
    if transaction is None:
        return _open(fact)
    transaction.step = transaction.contradiction = None
    if transaction.has_seen(fact.cause):
        return transaction
    if len(transaction.history) >= HISTORY_ROWS_MAX:
        raise HistoryFull(f"the transaction has {HISTORY_ROWS_MAX} history rows")
    if isinstance(fact, PaymentFact):
        _fold_payment(transaction, fact)
    elif isinstance(fact, RefundFact):
        _fold_refund(transaction, fact)
    elif isinstance(fact, DisputeFact):
        _fold_dispute(transaction, fact)
    else:
        assert_never(fact)
    return transaction


def _open(fact: Fact) -> Transaction:
    if not isinstance(fact, PaymentFact):
        raise Park(f"transaction '{fact.transaction_id}' is not known yet")
    opened = Transaction(
        id=fact.transaction_id,
        amount_minor=fact.amount_minor,
        currency=fact.currency,
        described=Described(fact.description, fact.authority),
    )
    _note_instants(opened, fact)
    opened.record(_EVENTS[fact.kind], fact.cause, None)
    return opened


def _fold_payment(t: Transaction, fact: PaymentFact) -> None:
    if (fact.amount_minor, fact.currency) != (t.amount_minor, t.currency):
        raise IdentityContradiction(
            f"{fact.amount_minor} {fact.currency} for a transaction of "
            f"{t.amount_minor} {t.currency}"
        )
    before = t.status
    note = WHY_IGNORED[before, fact.kind]
    _note_instants(t, fact)
    if t.described.merge(fact.description, fact.authority) and note is not None:
        note += "; its description was filled in"
    t.record(_EVENTS[fact.kind], fact.cause, before, note=note)


def _note_instants(t: Transaction, fact: PaymentFact) -> None:
    # The earliest counts, whatever the order of arrival.
    at = fact.cause.occurred_at
    if fact.kind is FactKind.PAID:
        t.paid_at = min(t.paid_at or at, at)
    elif fact.kind is FactKind.FAILED:
        said = (at, failure_order(fact.failure))
        if t.failed_at is None or said < (t.failed_at, failure_order(t.failure)):
            t.failed_at, t.failure = at, fact.failure


def _fold_refund(t: Transaction, fact: RefundFact) -> None:
    known = t.refund(fact.refund_id)
    expected = fact.amount_minor if known is None else known.amount_minor
    if (fact.amount_minor, fact.currency) != (expected, t.currency):
        raise IdentityContradiction(
            f"refund '{fact.refund_id}' of {fact.amount_minor} {fact.currency}, "
            f"known as {expected} {t.currency}"
        )
    before = t.status
    if known is None:
        known = Refund(fact.refund_id, fact.amount_minor, external=True)
        t.refunds.append(known)
    had_minor = known.given_back_minor
    note = known.answer(fact)
    t.refunds.sort(key=lambda refund: refund.place)
    moved_minor = known.given_back_minor - had_minor
    failed = fact.kind is RefundFactKind.FAILED and note is None
    t.record(
        _EVENTS[fact.kind],
        fact.cause,
        before,
        note=note,
        refund=known,
        refunded_minor=moved_minor if moved_minor > 0 else None,
        returned_minor=-moved_minor if moved_minor < 0 else None,
        actor=fact.cause.source if known.external else None,
        detail=_why_it_failed(t, known, fact.failure) if failed else None,
    )


def _why_it_failed(t: Transaction, refund: Refund, failure: Failure | None) -> str | None:
    said = ["the money came back after it had succeeded"] if refund.returned else []
    if failure is not None:
        said += [failure.code] if failure.message is None else [failure.code, failure.message]
    if refund.told_otherwise:
        said.append("the customer was mailed that it had succeeded")
    said += (
        f"its credit note {row.event_id} counts no more"
        for row in t.history
        if row.event == HistoryEvent.CREDIT_NOTE_ISSUED and row.refund_id == refund.id
    )
    return "; ".join(said) or None


def _fold_dispute(t: Transaction, fact: DisputeFact) -> None:
    if fact.currency != t.currency:
        raise IdentityContradiction(
            f"dispute '{fact.dispute_id}' in {fact.currency} of a payment in {t.currency}"
        )
    before, known = t.status, t.dispute(fact.dispute_id)
    if known is None:
        known = Dispute(fact.dispute_id)
        t.disputes.append(known)
    disputed_minor = fact.amount_minor if known.disputed is None else known.disputed[1]
    note, detail = known.answer(fact), None
    t.disputes.sort(key=lambda dispute: dispute.place)
    if note is None and fact.amount_minor != disputed_minor:
        amounts = (fact.amount_minor, disputed_minor)
        said, disputed = (format_money(amount, t.currency) for amount in amounts)
        detail = f"{said}; {disputed} were disputed"
    event = _EVENTS[fact.kind]
    t.record(event, fact.cause, before, note=note, dispute_id=known.id, detail=detail)
