"""Rows that nobody writes: what a list of cycles, or of what is wrong in them, is computed from.

A view's rows are made when they are read, so that the totals of a cycle that is not closed agree
with its charges at that instant; a closed cycle has the frozen ones.
"""

from billing_debits.domain.cycles import Totals
from billing_debits.domain.searching import CONSUMPTION_PREFIX
from billing_debits.store.charges import COLLECTION as CHARGES
from billing_debits.store.cycles import CYCLES
from billing_debits.store.settlement import TOTALS
from payops_contracts.charges import ChargeStatus
from payops_contracts.cycles import CycleFinding, CycleStatus
from payops_kernel.mongo import Document, View

CYCLE_ROWS, FINDINGS = "cycle_rows", "cycle_findings"
NO_CYCLE = "NONE"
OTHERS_NAMED = 5
"""Of charges that hold the same consumption transaction."""

_CLOSED: Document = {"$eq": ["$status", CycleStatus.CLOSED.value]}
_NUMBERS = Totals._fields[1:]


def _of_currency(rows: str) -> Document:
    """Of rows by currency the one of the currency at hand."""
    mine = {"$filter": {"input": rows, "cond": {"$eq": ["$$this.currency", "$currency"]}}}
    return {"$first": mine}


def _money(of: str) -> Document:
    """Zero where there is none of a currency; nothing where there is no currency."""
    return {"$cond": [{"$gt": ["$currency", None]}, {"$ifNull": [of, 0]}, None]}


def _currencies(rows: str) -> Document:
    return {"$ifNull": [f"{rows}.currency", []]}


_ALL_CURRENCIES: Document = {
    "$setUnion": [_currencies(rows) for rows in ("$totals", "$told", "$adjusted")]
}
_COUNTED: list[Document] = [
    {"$match": {"version": {"$gt": 0}}},
    # Of a closed cycle no charge is looked at: none has this code.
    {"$set": {"counted": {"$cond": [_CLOSED, "-", "$_id"]}}},
    {
        "$lookup": {
            "from": CHARGES,
            "localField": "counted",
            "foreignField": "cycle",
            "pipeline": [
                {"$group": {"_id": "$currency", **TOTALS}},
                {"$set": {"currency": "$_id"}},
            ],
            "as": "live",
        }
    },
    {"$set": {"totals": {"$cond": [_CLOSED, "$closing.totals", "$live"]}}},
    {"$set": {"currency": _ALL_CURRENCIES}},
    {"$unwind": {"path": "$currency", "preserveNullAndEmptyArrays": True}},
    {
        "$set": {
            "ours": _of_currency("$totals"),
            "theirs": _of_currency("$told"),
            "here": _of_currency("$adjusted"),
            "elsewhere": _of_currency("$adjusted_elsewhere"),
        }
    },
]
_ROW: Document = {
    "_id": {"$concat": ["$_id", "-", {"$ifNull": ["$currency", "-"]}]},
    "code": "$_id",
    "month": {"$concat": [{"$substrCP": ["$_id", 0, 4]}, "-", {"$substrCP": ["$_id", 4, 2]}]},
    "version": 1,
    "status": 1,
    "opened_at": 1,
    "ended_at": 1,
    "closed_at": "$closing.at",
    "closed_by": "$closing.actor",
    "told_at": 1,
    "currency": {"$ifNull": ["$currency", None]},
    **{
        name: _money(of) if name.endswith("_minor") else {"$ifNull": [of, 0]}
        for name in _NUMBERS
        for of in (f"$ours.{name}",)
    },
    "told_charges": "$theirs.charges",
    "told_charged_minor": "$theirs.charged_minor",
    "told_tax_minor": "$theirs.tax_minor",
    "difference_minor": {
        "$cond": [
            {"$and": [{"$gt": ["$told_at", None]}, {"$gt": ["$currency", None]}]},
            {
                "$subtract": [
                    {"$ifNull": ["$theirs.charged_minor", 0]},
                    {"$ifNull": ["$ours.charged_minor", 0]},
                ]
            },
            None,
        ]
    },
    "adjustments": {"$ifNull": ["$here.adjustments", 0]},
    "adjusted_minor": _money("$here.adjusted_minor"),
    "adjusted_elsewhere_minor": _money("$elsewhere.adjusted_minor"),
}


def cycle_rows(zone: str) -> View:
    """A row for each cycle and currency, and for each month with charges that have no cycle.

    Months are those of ``zone``, an IANA name.
    """
    month = {"$dateToString": {"format": "%Y-%m", "date": "$created_at", "timezone": zone}}
    statuses = sorted(status.value for status in ChargeStatus)
    without: list[Document] = [
        {"$match": {"cycle": None, "status": {"$in": statuses}}},
        {"$group": {"_id": {"month": month, "currency": "$currency"}, **TOTALS}},
        {
            "$project": {
                "_id": {"$concat": ["$_id.month", "-", "$_id.currency"]},
                "month": "$_id.month",
                "currency": "$_id.currency",
                "status": NO_CYCLE,
                "version": {"$literal": 1},
                "adjustments": {"$literal": 0},
                "adjusted_minor": {"$literal": 0},
                "adjusted_elsewhere_minor": {"$literal": 0},
                **dict.fromkeys(_NUMBERS, 1),
            }
        },
    ]
    union = {"$unionWith": {"coll": CHARGES, "pipeline": without}}
    return View(CYCLE_ROWS, CYCLES, [*_COUNTED, {"$project": _ROW}, union])


def rows_of(code: str) -> list[Document]:
    """The pipeline over cycles that gives one of them in each currency."""
    return [{"$match": {"_id": code}}, *_COUNTED, {"$project": _ROW}, {"$sort": {"currency": 1}}]


_COMMON: Document = {
    "version": 1,
    "cycle": 1,
    "charge_id": "$_id",
    "mpass_number": 1,
    "currency": 1,
    "net_minor": 1,
}
_SHARED: list[Document] = [
    {"$match": {"consumption.0": {"$exists": True}}},
    {"$unwind": {"path": "$consumption", "includeArrayIndex": "place"}},
    {"$set": {"word": {"$concat": [CONSUMPTION_PREFIX, "$consumption.transaction_id"]}}},
    {
        "$lookup": {
            "from": CHARGES,
            "localField": "word",
            "foreignField": "search",
            "let": {"own": "$_id"},
            "pipeline": [
                {"$match": {"$expr": {"$ne": ["$_id", "$$own"]}}},
                {"$limit": OTHERS_NAMED},
                {"$project": {"_id": 1}},
            ],
            "as": "others",
        }
    },
    {"$match": {"others.0": {"$exists": True}}},
    {
        "$project": {
            **_COMMON,
            "_id": {"$concat": ["$_id", ":", {"$toString": "$place"}]},
            "finding": CycleFinding.DUPLICATE.value,
            "transaction_id": "$consumption.transaction_id",
            "consumed_minor": "$consumption.amount_minor",
            "other_charges": "$others._id",
        }
    },
]
_OFF: list[Document] = [
    {"$match": {"version": {"$gt": 0}}},
    {"$set": {"consumed_minor": {"$sum": "$consumption.amount_minor"}}},
    {"$match": {"$expr": {"$ne": ["$consumed_minor", "$net_minor"]}}},
    {
        "$project": {
            **_COMMON,
            "_id": {"$concat": ["$_id", ":sum"]},
            "finding": {
                "$cond": [
                    {"$gt": [{"$size": {"$ifNull": ["$consumption", []]}}, 0]},
                    CycleFinding.DIFFERENT.value,
                    CycleFinding.MISSING.value,
                ]
            },
            "consumed_minor": 1,
            "difference_minor": {"$subtract": ["$consumed_minor", "$net_minor"]},
        }
    },
]


def _findings(among: list[Document]) -> list[Document]:
    shared = {"coll": CHARGES, "pipeline": [*among, *_SHARED]}
    return [*among, *_OFF, {"$unionWith": shared}]


def findings_of(code: str) -> list[Document]:
    """The pipeline over charges that gives what is wrong in one cycle."""
    return _findings([{"$match": {"cycle": code}}])


CYCLE_FINDINGS = View(FINDINGS, CHARGES, _findings([]))
"""What is wrong with the consumption transactions of charges."""
