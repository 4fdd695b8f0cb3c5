"""Charges and facts for tests: everything by default, what a test is about by name."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from billing_debits.domain.charge import Charge
from billing_debits.domain.collecting import DebitOrder, submit
from billing_debits.domain.facts import (
    Cause,
    EndedFact,
    EndKind,
    Fact,
    Failure,
    InitialAttempt,
    Payer,
    Raised,
    RaisedFact,
    ResultFact,
    ResultKind,
)
from billing_debits.domain.folding import fold
from billing_debits.domain.policies import STANDARD, CollectionTimes, RetryPolicy, Rules
from billing_debits.domain.tax import tax_line
from payops_contracts.charges import ChargeType, Rail
from payops_contracts.ids import BatchCode, ChargeId, DebitId, MpassNumber
from payops_kernel.zones import UTC_ZONE

START = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
CHARGE = ChargeId("CH-1")
COLLECTION = CollectionTimes(UTC_ZONE, (time(6), time(18)))


def rules(policy: RetryPolicy = STANDARD) -> Rules:
    """Rules with batches at 06:00 and 18:00 UTC."""
    return Rules(policy, COLLECTION)


def at(days: float = 0, hours: float = 0) -> datetime:
    """An instant after :data:`START`."""
    return START + timedelta(days=days, hours=hours)


def a_raised(**changes: Any) -> Raised:
    """A charge of US$3.23, without tax."""
    amount = changes.pop("amount_minor", 323)
    rate = changes.pop("rate_ppm", 0)
    raised = Raised(
        charge_id=CHARGE,
        created_at=START,
        mpass_number=MpassNumber("MP-1"),
        payer=Payer("user-1", "Duong Le"),
        billing_code="BC-1",
        cycle="20260301",
        type=ChargeType.END_OF_BILLING_CYCLE,
        amount_minor=amount,
        currency="USD",
        rail=Rail.CARD,
        description="End of billing cycle 20260301",
        tax=(tax_line(amount, rate, None),),
    )
    return raised._replace(**changes)


def raised_fact(initial: InitialAttempt | None = None, **changes: Any) -> RaisedFact:
    """Settlement raises it."""
    return RaisedFact(Cause("/settlement", "raised", START), a_raised(**changes), initial)


def result(
    kind: ResultKind, number: int = 1, when: datetime | None = None, code: str = "", **changes: Any
) -> ResultFact:
    """The processor's word on the attempt of a number; a failure for want of money by default."""
    when = when or at()
    failure = None if kind is ResultKind.SUCCEEDED else Failure(code or "insufficient_funds")
    fact = ResultFact(
        Cause("/processor", f"{kind}:{number}:{when.isoformat()}", when),
        CHARGE,
        debit_id(number),
        kind,
        323,
        "USD",
        failure,
    )
    return fact._replace(**changes)


def ended(kind: EndKind = EndKind.WITHDRAWN, when: datetime | None = None) -> EndedFact:
    """Settlement wants it no longer."""
    when = when or at()
    return EndedFact(Cause("/settlement", f"{kind}:{when.isoformat()}", when), CHARGE, kind)


def debit_id(number: int) -> DebitId:
    """The id of the attempt of a number."""
    return DebitId(f"{CHARGE}-{number}")


def folded(*facts: Fact, on: Charge | None = None, now: datetime | None = None) -> Charge:
    """A charge after facts, one after the other."""
    charge = on
    for fact in facts:
        charge = fold(charge, fact, rules(), now or fact.cause.occurred_at)
    assert charge is not None
    return charge


def a_charge(**changes: Any) -> Charge:
    """A charge that was raised."""
    return folded(raised_fact(**changes))


def debited(charge: Charge, now: datetime, batch: str | None = None) -> Charge:
    """The charge after its next debit was asked for."""
    number = len(charge.attempts) + 1
    code = None if batch is None else BatchCode(batch)
    submit(charge, DebitOrder(debit_id(number), f"key-{number}", code), now)
    return charge


def state(charge: Charge) -> dict[str, Any]:
    """What must be the same whatever the order of arrival."""
    return {
        "status": charge.status,
        "collected": charge.collected_minor,
        "owed_back": charge.owed_back_minor,
        "retry_count": charge.retry_count,
        "ended": charge.ended,
        "attempts": [(each.debit_id, each.status, each.outcomes) for each in charge.attempts],
        "exceptions": sorted((it.kind, it.debit_id or "") for it in charge.open_exceptions),
    }


def open_exceptions(charge: Charge) -> set[str]:
    """The kinds of what a person has to settle."""
    return {each.kind.value for each in charge.open_exceptions}
