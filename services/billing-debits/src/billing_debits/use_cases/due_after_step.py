"""What a step of a charge makes due: a debit, the look for its result, or asking for it again."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from billing_debits.domain.charge import Charge
from billing_debits.domain.collecting import ASKS_PROCESSOR
from billing_debits.domain.policies import CollectionMode, Rules
from payops_contracts.charges import ChargeHistoryEvent, ChargeStatus
from payops_contracts.ids import DebitId
from payops_kernel.clock import Clock
from payops_kernel.ports import DueRow

DEBIT_DUE = "debit-due"
"""A charge is debited by itself."""
RESULT_DUE = "debit-result-due"
"""A debit should have been answered."""
ASK_AGAIN = "debit-ask-again"
"""A debit that was not answered is asked for again."""


class DueAfterStep:
    """At most one row a step; what is due looks first whether it still is.

    None for a result of a debit that a batch asked for: the batch looks after all of them.
    """

    def __init__(
        self,
        clock: Clock,
        rules: Callable[[], Rules],
        answered_within: timedelta,
    ) -> None:
        """``answered_within`` is how long a result may take."""
        self._clock = clock
        self._rules = rules
        self._answered_within = answered_within

    def __call__(self, charge: Charge) -> Iterable[DueRow]:
        """The rows for the last step of the charge."""
        if charge.step is None:
            return ()
        row = charge.step.row
        if row.debit_id is not None and row.event in ASKS_PROCESSOR:
            if row.event == ChargeHistoryEvent.SUBMITTED.value and row.detail is not None:
                return ()
            return (self._row(RESULT_DUE, row.debit_id, row.at + self._answered_within, charge),)
        if row.debit_id is not None and row.event == ChargeHistoryEvent.UNANSWERED.value:
            return (self._row(ASK_AGAIN, row.debit_id, row.at + self._patience(charge), charge),)
        return self._next_debit(charge)

    def _row(self, kind: str, debit_id: DebitId, at: datetime, charge: Charge) -> DueRow:
        return DueRow(kind, debit_id, at, {"charge_id": charge.id}, about=charge.id)

    def _patience(self, charge: Charge) -> timedelta:
        """The policy's next delay."""
        delays = self._rules().policy.delays
        return delays[min(charge.failures, len(delays) - 1)]

    def _next_debit(self, charge: Charge) -> Iterable[DueRow]:
        if self._rules().policy.mode is not CollectionMode.IMMEDIATE:
            return ()
        waits = charge.status is ChargeStatus.PENDING and charge.batch is None
        at = self._clock.now() if waits else charge.retry_due_at
        return () if at is None else (DueRow(DEBIT_DUE, charge.id, at, {}, about=charge.id),)
