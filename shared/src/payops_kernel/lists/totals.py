"""What stands beside a list: how many rows each word of a filter has, and sums by currency.

A page does not wait for it: it is asked for after the rows, and everything in it is counted up to
the cap of lists, within the budget of counts, or not at all.
"""

from typing import Any

from pydantic import BaseModel, Field

from payops_contracts.money import format_money
from payops_kernel.http.counts import RememberedCounts
from payops_kernel.http.cursors import scope_of
from payops_kernel.http.lists import COUNT_CAP
from payops_kernel.lists.declared import DeclaredList, Totals
from payops_kernel.lists.reads import ListReads
from payops_kernel.mongo import Document, QueryTooBroad

CURRENCIES_MAX = 200
TOTALS_SHARE = 0.05
"""Of a process's time, that counts and sums beside lists may take, each."""


class CountOut(BaseModel):
    """The rows with one word, whatever else the list's filters leave of them."""

    value: str
    count: int | None = Field(description="Null when nobody could count them in time.")
    is_capped: bool = Field(description="Whether there are more than `count`.")


class SumOut(BaseModel):
    """What the rows of one currency add up to."""

    currency: str
    count: int
    amount_minor: int
    amount: str = Field(description="As pages show it, such as US$3.23.")


class TotalsOut(BaseModel):
    """Counts and sums of a list."""

    by: str = Field(description="The filter whose words are counted; its own choice is left out.")
    all: CountOut = Field(description="The rows with any of these words.")
    counts: list[CountOut]
    sums: list[SumOut] | None = Field(
        description="Of all rows of the filters; null when there are more than are counted, or "
        "when the list has no money."
    )


class ListTotals:
    """Counts and sums of a declared list, remembered in proportion to what they cost."""

    def __init__(self, declared: DeclaredList, of: Totals, reads: ListReads) -> None:
        self._list = declared
        self._of = of
        self._reads = reads
        self._counts: RememberedCounts[int] = RememberedCounts(budget_share=TOTALS_SHARE)
        self._sums: RememberedCounts[list[Document]] = RememberedCounts(budget_share=TOTALS_SHARE)

    async def body(self, asked: Document) -> dict[str, Any]:
        """A ``TotalsOut`` for the conditions that were asked for."""
        by = self._of.by
        rest = {path: condition for path, condition in asked.items() if path != by}
        # One after another: at once each would wait for the others, and seem as dear as all.
        counts = [_count(value, await self._count(rest | {by: value})) for value in self._of.values]
        every = _count("", await self._count(rest))
        return {"by": by, "all": every, "counts": counts, "sums": await self._summed(asked)}

    async def _count(self, asked: Document) -> int | None:
        scope = scope_of(f"{self._list.name} counts", asked, "")
        return await self._counts.of(scope, lambda: self._reads.count(asked))

    async def _summed(self, asked: Document) -> list[dict[str, Any]] | None:
        if self._of.money is None:
            return None
        scope = scope_of(f"{self._list.name} sums", asked, "")
        sums = await self._sums.of(scope, lambda: self._sum_anew(asked))
        if sums is None or sum(each["count"] for each in sums) > COUNT_CAP:
            return None
        return [_sum(each) for each in sorted(sums, key=lambda each: -each["count"])]

    async def _sum_anew(self, asked: Document) -> list[Document] | None:
        group = {
            "_id": "$currency",
            "count": {"$sum": 1},
            "amount_minor": {"$sum": f"${self._of.money}"},
        }
        try:
            return await self._reads.grouped(asked, group, COUNT_CAP + 1, CURRENCIES_MAX)
        except QueryTooBroad:
            return None


def _count(value: str, counted: int | None) -> dict[str, Any]:
    is_capped = counted is not None and counted > COUNT_CAP
    return {"value": value, "count": COUNT_CAP if is_capped else counted, "is_capped": is_capped}


def _sum(group: Document) -> dict[str, Any]:
    amount_minor, currency = int(group["amount_minor"]), group["_id"]
    return {
        "currency": currency,
        "count": group["count"],
        "amount_minor": amount_minor,
        "amount": format_money(amount_minor, currency),
    }
