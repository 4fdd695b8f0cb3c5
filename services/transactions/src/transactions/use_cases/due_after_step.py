"""What a step of a transaction makes due: asking upstream again, or mailing the customer."""

from collections.abc import Iterable
from datetime import timedelta

from payops_kernel.clock import Clock
from payops_kernel.ports import DueRow
from transactions.domain.notifying import automatic_notice
from transactions.domain.refunding import ASKS_UPSTREAM
from transactions.domain.refunds import Refund
from transactions.domain.transaction import HistoryRow, Transaction
from transactions.use_cases.notify_customer import mail_row

REFUND_UNANSWERED = "refund-unanswered"
ANSWER_WITHIN = (
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=24),
    timedelta(days=3),
    timedelta(days=7),
)
"""How long each attempt waits for its answer; further ones wait as long as the last."""


class DueAfterStep:
    """At most one row a step."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def __call__(self, t: Transaction) -> Iterable[DueRow]:
        """The mail to its customer when they want one, or the look for upstream's answer."""
        if t.step is None:
            return ()
        row = t.step.row
        refund = t.refund(row.refund_id)
        if refund is not None and row.event in ASKS_UPSTREAM:
            return (_answer_row(t, refund, row),)
        otherwise = refund is not None and refund.told_otherwise
        notice = automatic_notice(t.described.description, row, self._clock.now, otherwise)
        if notice is None:
            return ()
        amount = row.returned_minor if row.refunded_minor is None else row.refunded_minor
        told = [] if refund is None else [refund.id]
        return (mail_row(t, notice, self._clock.now(), refunded_minor=amount, refund_ids=told),)


def _answer_row(t: Transaction, refund: Refund, row: HistoryRow) -> DueRow:
    waits = ANSWER_WITHIN[min(refund.attempt, len(ANSWER_WITHIN)) - 1]
    payload = {"transaction_id": t.id}
    return DueRow(REFUND_UNANSWERED, refund.id, row.at + waits, payload, about=t.id)
