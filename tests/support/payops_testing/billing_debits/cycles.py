"""Settlement's word on billing cycles, and cycles made of it."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from billing_debits.domain.cycles import BillingCycle, CycleFact, FactKind, Told, fold_cycle
from billing_debits.domain.facts import Cause
from payops_testing.billing_debits.builders import at

Json = dict[str, Any]
CYCLE = "20260301"


def cycle_fact(kind: FactKind, when: datetime | None = None, *told: Told) -> CycleFact:
    """Settlement's word, at the start by default."""
    when = when or at()
    cause = Cause("/settlement", f"{kind}:{when.isoformat()}:{told}", when)
    return CycleFact(cause, CYCLE, kind, told)


def a_cycle(*facts: CycleFact) -> BillingCycle:
    """A cycle after facts; opened and ended by default."""
    cycle = None
    for fact in facts or (cycle_fact(FactKind.OPENED), cycle_fact(FactKind.ENDED, at(31))):
        cycle = fold_cycle(cycle, fact)
    assert cycle is not None
    return cycle


def cycle_event(kind: str, code: str, time: str = "2026-03-01T10:00:00Z", **data: Any) -> Json:
    """An event of ``upstream.billing-cycles`` as settlement publishes it."""
    return {
        "specversion": "1.0",
        "id": f"evt-{uuid4().hex}",
        "source": "https://settlement.example",
        "type": f"upstream.billing-cycle.{kind}.v1",
        "subject": code,
        "time": time,
        "data": {"billing_cycle_code": code, **data},
    }
