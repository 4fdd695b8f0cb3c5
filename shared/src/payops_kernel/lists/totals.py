"""What stands beside a list: how many rows each word of a filter has, and sums by currency.

A page does not wait for it: it is asked for after the rows, and everything in it is counted up to
the cap of lists, within the budget of counts, or not at all.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel, Field

from payops_contracts.money import format_money
from payops_kernel.http.counts import RememberedCounts
from payops_kernel.http.cursors import scope_of
from payops_kernel.http.lists import COUNT_CAP
from payops_kernel.lists.declared import DeclaredList, Totals
from payops_kernel.lists.reads import ListReads
from payops_kernel.mongo import Document, QueryTooBroad

CURRENCIES_MAX = 200


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
        description="Of all rows of the filters; null when there are more than are counted."
    )


class _Counted(NamedTuple):
    rows: int
    sums: list[Document]


class ListTotals:
    """Counts and sums of a declared list, remembered in proportion to what they cost."""

    def __init__(self, declared: DeclaredList, of: Totals, reads: ListReads) -> None:
        self._list = declared
        self._of = of
        self._reads = reads
        self._remembered: RememberedCounts[_Counted] = RememberedCounts()

    async def body(self, asked: Document) -> dict[str, Any]:
        """A ``TotalsOut`` for the conditions that were asked for."""
        by, values = self._of.by, self._of.values
        rest = {path: condition for path, condition in asked.items() if path != by}
        looks = [asked, rest, *(rest | {by: value} for value in values)]
        scopes = [scope_of(f"{self._list.name} totals", look, "") for look in looks]
        distinct = dict(zip(scopes, looks, strict=True))
        counted = await asyncio.gather(*(self._counted(*each) for each in distinct.items()))
        found = dict(zip(distinct, counted, strict=True))
        listed, every, *each = (found[scope] for scope in scopes)
        return {
            "by": by,
            "all": _count("", every),
            "counts": [_count(value, one) for value, one in zip(values, each, strict=True)],
            "sums": None if listed is None or _is_capped(listed) else _sums(listed),
        }

    async def _counted(self, scope: str, asked: Document) -> _Counted | None:
        return await self._remembered.of(scope, lambda: self._count_anew(asked))

    async def _count_anew(self, asked: Document) -> _Counted | None:
        limit = COUNT_CAP + 1
        group = {
            "_id": "$currency",
            "count": {"$sum": 1},
            "amount_minor": {"$sum": f"${self._of.money}"},
        }
        try:
            sums = await self._reads.grouped(asked, group, limit, CURRENCIES_MAX)
        except QueryTooBroad:
            return None
        return _Counted(sum(each["count"] for each in sums), sums)


def _is_capped(counted: _Counted) -> bool:
    return counted.rows > COUNT_CAP


def _count(value: str, counted: _Counted | None) -> Mapping[str, Any]:
    if counted is None:
        return {"value": value, "count": None, "is_capped": False}
    rows = min(counted.rows, COUNT_CAP)
    return {"value": value, "count": rows, "is_capped": _is_capped(counted)}


def _sums(counted: _Counted) -> list[dict[str, Any]]:
    return [
        {
            "currency": each["_id"],
            "count": each["count"],
            "amount_minor": int(each["amount_minor"]),
            "amount": format_money(int(each["amount_minor"]), each["_id"]),
        }
        for each in sorted(counted.sums, key=lambda each: -each["count"])
    ]
