"""Collect charges by themselves: debit what is due, notice what is not answered, ask again."""

from uuid import uuid4

from billing_debits.domain.charge import Charge
from billing_debits.domain.collecting import DebitOrder, ask_again, bar, miss, submit
from payops_contracts.ids import BatchCode, DebitId
from payops_kernel.ports import DueRow, Repository, Work


def new_order(batch: BatchCode | None = None) -> DebitOrder:
    """A debit of its own: its random id, which is the key of every repetition too."""
    debit_id = DebitId(f"db-{uuid4().hex}")
    return DebitOrder(debit_id, debit_id, batch)


class DebitWhenDue:
    """The due work behind a charge that is debited by itself."""

    def __init__(self, charges: Repository[Charge]) -> None:
        self._charges = charges

    async def __call__(self, work: Work, row: DueRow) -> None:
        """Ask for its debit; nothing when it was collected, ended or put into a batch meanwhile."""
        charge = await work.find(self._charges, row.key)
        if charge is None or charge.batch is not None or bar(charge, work.now) is not None:
            return
        submit(charge, new_order(), work.now)
        work.save(charge)


class NoticeNoResult:
    """The due work behind a debit that should have been answered."""

    def __init__(self, charges: Repository[Charge]) -> None:
        self._charges = charges

    async def __call__(self, work: Work, row: DueRow) -> None:
        """Its outcome is unknown; nothing when it was answered."""
        charge = await work.find(self._charges, row.payload["charge_id"])
        if charge is not None and miss(charge, DebitId(row.key), work.now):
            work.save(charge)


class AskAgain:
    """The due work behind a debit of unknown outcome."""

    def __init__(self, charges: Repository[Charge]) -> None:
        self._charges = charges

    async def __call__(self, work: Work, row: DueRow) -> None:
        """Ask once more under the same key; nothing when it was answered, or has ended."""
        charge = await work.find(self._charges, row.payload["charge_id"])
        if charge is not None and ask_again(charge, DebitId(row.key), work.now) is not None:
            work.save(charge)
