"""A charge's fact: the last state that billing-debits told, and all that it counts in.

A charge counts on the day of its Created At, each of its attempts on the day of its submission,
and what is collected and may still go back on the day on which its rail's window ends. All of it
is a pure function of the last state, so it can be taken out again.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from analytics.domain.day_buckets import DayBucket, DayCounter
from analytics.domain.payment_facts import Part, PaymentTotals
from payops_contracts.charges import AttemptStatus, ChargeStatus

CHARGED, COLLECTED, OUTSTANDING, TAX = Part("charged"), Part("collected"), Part("owed"), Part("tax")
MONEY = (CHARGED, COLLECTED, OUTSTANDING, TAX)
"""Of charges, in the order in which they are shown. Their words are None."""
ATTEMPTS, SUCCEEDED, FAILED, REVERSED = "attempts", "succeeded", "failed", "reversed"
OUTCOMES = (ATTEMPTS, SUCCEEDED, FAILED, REVERSED)
"""All attempts, those that succeeded (reversed ones too), that failed, and that went back."""
BY_NUMBER, BY_BATCH = "number", "batch"
REASON, RECOVERED = "reason", "reason_recovered"
"""Failed attempts by the code that was given, and those of them whose charge is collected now."""
RETURNABLE = "returnable"
"""What is collected and may go back, by rail, on the day on which it no longer may."""

_SUCCEEDED = frozenset({AttemptStatus.FINALIZED.value, AttemptStatus.REVERSED.value})
FAILED_STATUSES = (AttemptStatus.TEMP_REJECTED.value, AttemptStatus.PERMANENT_REJECTED.value)
_FAILED = frozenset(FAILED_STATUSES)
_OWES_NOTHING = frozenset({ChargeStatus.FINALIZED.value, ChargeStatus.WITHDRAWN.value})
_FINALIZED = ChargeStatus.FINALIZED.value
_REVERSED = AttemptStatus.REVERSED.value


Counted = Iterator[tuple[Part, PaymentTotals]]


class AttemptFact(NamedTuple):
    """One attempt as its charge's last state tells it."""

    debit_id: str
    number: int
    """1 for the first; retry n is attempt n + 1."""
    status: str
    submitted_at: datetime
    day: str
    """Of its submission, in the reporting zone."""
    batch_code: str | None = None
    failure_code: str | None = None
    """Why it failed or went back, in the processor's word; None when nobody said."""
    returnable_until: datetime | None = None
    """Until when it may go back; None when it is not collected."""
    last_day: str | None = None
    """The day of that, in the reporting zone."""

    @property
    def failed(self) -> bool:
        """Whether it was declared failed."""
        return self.status in _FAILED


class ChargeFact(NamedTuple):
    """One charge's last state."""

    charge_id: str
    version: int
    partition: int
    status: str
    amount_minor: int
    currency: str
    rail: str
    tax_minor: int
    """Retained whatever becomes of the payment."""
    collected_minor: int
    mpass_number: str
    created_at: datetime
    day: str
    next_retry_at: datetime | None = None
    exceptions: int = 0
    """What a person has to settle."""
    attempts: tuple[AttemptFact, ...] = ()

    @property
    def key(self) -> str:
        """Whose state it is."""
        return self.charge_id

    @property
    def outstanding_minor(self) -> int:
        """What the member still owes: nothing once it is collected or has ended."""
        return 0 if self.status in _OWES_NOTHING else self.amount_minor

    @property
    def failed_days(self) -> list[str]:
        """The days of the attempts that failed, each once."""
        return sorted({each.day for each in self.attempts if each.failed})

    def counted(self, sign: int = 1) -> Iterator[tuple[DayCounter, PaymentTotals]]:
        """All that the charge counts in, and with what; to take it out, ``sign`` is -1."""
        one = PaymentTotals(sign, sign * self.amount_minor)
        money = (self.amount_minor, self.collected_minor, self.outstanding_minor, self.tax_minor)
        for part, amount in zip(MONEY, money, strict=True):
            if amount or part is CHARGED:
                yield self._at(self.day, part), PaymentTotals(sign, sign * amount)
        for each in self.attempts:
            for part, totals in parts_of_attempts(
                each.number, each.status, each.batch_code, each.failure_code,
                one, recovered=self.status == _FINALIZED,
            ):  # fmt: skip
                yield self._at(each.day, part), totals
            if each.last_day is not None:
                yield self._at(each.last_day, Part(RETURNABLE, self.rail)), one

    def _at(self, day: str, part: Part) -> DayCounter:
        return DayCounter(DayBucket(self.currency, day, self.partition), part)


def parts_of_attempts(
    number: int,
    status: str,
    batch_code: str | None,
    failure_code: str | None,
    totals: PaymentTotals,
    *,
    recovered: bool,
) -> Counted:
    """What attempts that have all this in common count in."""
    outcomes = [ATTEMPTS]
    if status in _SUCCEEDED:
        outcomes.append(SUCCEEDED)
    if status == _REVERSED:
        outcomes.append(REVERSED)
    if status in _FAILED:
        outcomes.append(FAILED)
        yield Part(REASON, failure_code), totals
        if recovered:
            yield Part(RECOVERED, failure_code), totals
    for outcome in outcomes:
        yield Part(by(BY_NUMBER, outcome), str(number)), totals
        yield Part(by(BY_BATCH, outcome), batch_code), totals


def by(what: str, outcome: str) -> str:
    """The name of the parts that count attempts of an outcome by number or batch."""
    return f"{what}_{outcome}"
