"""Facts and events with everything filled in; a test names what it cares about."""

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from hypothesis import strategies as st

from payops_contracts.ids import DisputeId, RefundId, TransactionId
from payops_kernel.errors import Park
from payops_kernel.messaging.records import Record
from transactions.domain.facts import (
    OPTIONAL_PARTS,
    RANKS,
    Attribute,
    Cause,
    Description,
    DisputeFact,
    DisputeFactKind,
    Fact,
    FactKind,
    Failure,
    Item,
    PaymentFact,
    RefundFact,
    RefundFactKind,
)
from transactions.domain.folding import fold
from transactions.domain.transaction import Transaction

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def a_description(**changes: Any) -> Description:
    """A whole description; ``changes`` replace parts of it."""
    parts: dict[str, Any] = {
        "created_at": NOON,
        "provider": "adyen",
        "method": "credit-cards",
        "channel": "web",
        "type": "DIRECT",
        "user_id": "u-1",
        "user_name": "Ada Byron",
        "user_email": "ada@example.com",
        "user_phone": "+39 055 1",
        "notification_channels": ("email",),
        "items": (Item("CD", 1, 1200, 200),),
    }
    return Description(**(parts | changes))


def a_cause(event_id: str, source: str = "/hub", occurred_at: datetime = NOON) -> Cause:
    """The upstream event behind a fact."""
    return Cause(source, event_id, occurred_at)


def a_fact(
    kind: FactKind = FactKind.CREATED,
    *,
    event_id: str | None = None,
    source: str = "/hub",
    occurred_at: datetime | None = None,
    **changes: Any,
) -> PaymentFact:
    """A fact about transaction ``t-1`` of 12.00 USD."""
    at = occurred_at or NOON + timedelta(minutes=RANKS[kind])
    parts: dict[str, Any] = {
        "kind": kind,
        "cause": Cause(source, event_id or f"e-{kind.value}", at),
        "transaction_id": "t-1",
        "amount_minor": 1200,
        "currency": "USD",
        "description": a_description(),
        "failure": Failure("do_not_honour", "refused") if kind is FactKind.FAILED else None,
    }
    return PaymentFact(**(parts | changes))


def a_refund_fact(
    kind: RefundFactKind = RefundFactKind.SUCCEEDED,
    refund_id: str = "rf-1",
    amount_minor: int = 500,
    *,
    event_id: str | None = None,
    occurred_at: datetime = NOON,
    currency: str = "USD",
) -> RefundFact:
    """An answer about a refund of transaction ``t-1``."""
    cause = Cause("/hub", event_id or f"{refund_id}-{kind.value}", occurred_at)
    failure = Failure("declined") if kind is RefundFactKind.FAILED else None
    return RefundFact(
        kind, cause, TransactionId("t-1"), RefundId(refund_id), amount_minor, currency, failure
    )


def a_dispute_fact(
    kind: DisputeFactKind = DisputeFactKind.OPENED,
    dispute_id: str = "dp-1",
    amount_minor: int = 1200,
    *,
    event_id: str | None = None,
    occurred_at: datetime = NOON,
) -> DisputeFact:
    """A fact about a dispute of transaction ``t-1``."""
    cause = Cause("/hub", event_id or f"{dispute_id}-{kind.value}", occurred_at)
    return DisputeFact(
        kind, cause, TransactionId("t-1"), DisputeId(dispute_id), amount_minor, "USD"
    )


def folded(*facts: Fact) -> Transaction:
    """The transaction after facts in this order; early ones wait, as the kernel parks them."""
    transaction = None
    waiting: list[Fact] = []
    for fact in facts:
        try:
            transaction = fold(transaction, fact)
        except Park:
            waiting.append(fact)
            continue
        for early in waiting:
            transaction = fold(transaction, early)
        waiting.clear()
    assert transaction is not None
    return transaction


def an_event(kind: str = "created", transaction_id: str = "t-1", **data: Any) -> dict[str, Any]:
    """An upstream CloudEvent as a dict."""
    return {
        "specversion": "1.0",
        "id": f"{transaction_id}-{kind}",
        "source": "/hub",
        "type": f"upstream.payment.{kind}.v1",
        "subject": transaction_id,
        "time": "2026-03-01T12:00:00.250Z",
        "data": {
            "transaction_id": transaction_id,
            "created_at": "2026-03-01T12:00:00Z",
            "amount_minor": 1200,
            "currency": "USD",
            "provider": "adyen",
            "method": "credit-cards",
            "channel": "web",
            "type": "DIRECT",
            "user": {"id": "u-1", "name": "Ada Byron", "email": "ada@example.com"},
        }
        | data,
    }


def a_record(event: dict[str, Any] | bytes, offset: int = 0) -> Record:
    """The Kafka record of an event."""
    value = event if isinstance(event, bytes) else orjson.dumps(event)
    return Record("upstream.payments", 0, offset, 1_700_000_000_000, b"t-1", value, ())


def state(t: Transaction) -> tuple[Any, ...]:
    """Everything but the history's order and notes, which tell of the arrival."""
    rows = {(row.source, row.event_id, row.event, row.at) for row in t.history}
    refunds = sorted((dataclasses.astuple(r) for r in t.refunds), key=str)
    disputes = sorted((dataclasses.astuple(d) for d in t.disputes), key=str)
    return (
        t.id,
        t.status,
        t.amount_minor,
        t.currency,
        t.described.description,
        t.described.authority,
        t.described.filled,
        t.paid_at,
        t.failed_at,
        t.failure,
        t.flags,
        (t.total_refunded_minor, t.in_flight_minor, t.lost_minor),
        t.version,
        rows,
        refunds,
        disputes,
    )


def _values(part: str) -> list[Any]:
    if part == "items":
        return [None, (Item("CD", 1, 1200, 0),), (Item("LP", 2, 1200, 200),)]
    if part == "notification_channels":
        return [None, ("email",), ("email", "sms")]
    if part == "attributes":
        return [None, (Attribute("a.$/b", 2**53 - 1),), (Attribute("a", "x"), Attribute("b", 0.1))]
    return [None, f"https://{part}.example/a", f"https://{part}.example/b"]


optional = st.fixed_dictionaries({p: st.sampled_from(_values(p)) for p in OPTIONAL_PARTS})
facts = st.lists(
    st.builds(
        lambda kind, number, minutes, method, parts: a_fact(
            kind,
            event_id=f"e-{number}",
            occurred_at=NOON + timedelta(minutes=minutes),
            description=a_description(method=method, **parts),
        ),
        st.sampled_from(FactKind),
        st.integers(0, 3),
        st.integers(0, 2),
        st.sampled_from(["pay-pal", "credit-cards"]),
        optional,
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda fact: fact.cause.event_id,
)
"""Lists of facts about one payment, each another event."""


def _fact(kind: Any, number: int, minutes: int, refund: int) -> Fact:
    at = NOON + timedelta(minutes=minutes)
    if isinstance(kind, RefundFactKind):
        return a_refund_fact(
            kind, f"rf-{refund}", 400 + refund, event_id=f"e-{number}", occurred_at=at
        )
    if isinstance(kind, DisputeFactKind):
        # An amount of each fact's own: outcomes and corrections need not say what was opened.
        amount = 100 + number
        return a_dispute_fact(kind, f"dp-{refund}", amount, event_id=f"e-{number}", occurred_at=at)
    return a_fact(kind, event_id=f"e-{number}", occurred_at=at)


money_facts = st.lists(
    st.builds(
        _fact,
        st.sampled_from([*FactKind, *RefundFactKind, *DisputeFactKind]),
        st.integers(0, 9),
        st.integers(0, 3),
        st.integers(0, 2),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda fact: fact.cause.event_id,
).filter(lambda told: any(isinstance(fact, PaymentFact) for fact in told))
"""Facts about one payment, its refunds and its disputes; at least one opens it."""
