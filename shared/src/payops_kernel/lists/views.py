"""A list as a read-only MongoDB view: its labels as names, words for codes, major units."""

from collections.abc import Mapping, Sequence
from typing import Any

from payops_contracts.money import CURRENCY_DECIMALS
from payops_kernel.exports.columns import Column, Kind
from payops_kernel.mongo import View

Expression = Any


def view_of(name: str, collection: str, columns: Sequence[Column]) -> View:
    """The view of every row that is no placeholder."""
    shown = {column.label: _shown(column) for column in columns if column.viewed is not None}
    pipeline = [{"$match": {"version": {"$gt": 0}}}, {"$project": {"_id": 0, **shown}}]
    return View(name, collection, pipeline)


def _shown(column: Column) -> Expression:
    if column.words:
        return _label(column.viewed, column.words)
    return _major(column.viewed) if column.kind is Kind.MONEY else column.viewed


def _label(field: Expression, words: Mapping[str, str]) -> Expression:
    branches = [{"case": {"$eq": [field, value]}, "then": word} for value, word in words.items()]
    return {"$switch": {"branches": branches, "default": field}}


def _major(minor: Expression) -> Expression:
    """An exact decimal in major units; the exponent is that of the row's ``currency``."""
    by_decimals: dict[int, list[str]] = {}
    for currency, decimals in CURRENCY_DECIMALS.items():
        by_decimals.setdefault(decimals, []).append(currency)
    branches = [
        {"case": {"$in": ["$currency", codes]}, "then": {"$toDecimal": 10**decimals}}
        for decimals, codes in by_decimals.items()
        if decimals != 2
    ]
    divisor = {"$switch": {"branches": branches, "default": {"$toDecimal": 100}}}
    return {"$divide": [{"$toDecimal": minor}, divisor]}
