"""Reading transactions: a page of the list, and one with its history."""

from typing import Any, Protocol

from payops_kernel.errors import NotFound
from payops_kernel.http.lists import Page, PageRequest
from transactions.use_cases.filters import TransactionFilter


class TransactionNotFound(NotFound):
    """There is no transaction with this id."""

    code = "transaction_not_found"


def transaction_not_found(transaction_id: str) -> TransactionNotFound:
    """The refusal for an id that nobody knows."""
    return TransactionNotFound(f"There is no transaction '{transaction_id}'.")


class TransactionReads(Protocol):
    """What the reads need of the store."""

    async def page(self, wanted: TransactionFilter, page: PageRequest) -> Page[dict[str, Any]]:
        """One page of the transactions that a filter names."""
        ...

    async def detail(self, transaction_id: str) -> dict[str, Any] | None:
        """One transaction's document, history included."""
        ...


class ReadTransactions:
    """The use case behind the two routes."""

    def __init__(self, reads: TransactionReads) -> None:
        self._reads = reads

    async def list(self, wanted: TransactionFilter, page: PageRequest) -> Page[dict[str, Any]]:
        """A page of transactions as stored rows."""
        return await self._reads.page(wanted, page)

    async def detail(self, transaction_id: str) -> dict[str, Any]:
        """One transaction; raises :class:`TransactionNotFound`."""
        found = await self._reads.detail(transaction_id)
        if found is None:
            raise transaction_not_found(transaction_id)
        return found
