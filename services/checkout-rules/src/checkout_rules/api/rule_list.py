"""The list of rules: what it can be asked, what its rows have, and where they lie."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

import orjson
from pydantic import Field

from checkout_rules.api.presenting import pairs_shown
from checkout_rules.api.schemas import Id, PairOut
from checkout_rules.domain.catalogue import Catalogue, Pair
from checkout_rules.domain.searching import typed
from checkout_rules.store.rules import COLLECTION
from checkout_rules.use_cases.rulebook import rule_not_found
from payops_contracts.checkout_rule_labels import RULE_STATUS
from payops_contracts.checkout_rules import RuleStatus
from payops_kernel.exports.columns import Column, Kind, at, stored
from payops_kernel.http.given import OrAbsent, seen
from payops_kernel.http.lists import SortField
from payops_kernel.lists.declared import DeclaredList
from payops_kernel.lists.filters import Filters, Several, any_of, search

_PRIORITY = Annotated[int | None, Field(description="Null for `default`, which is tried last.")]
_SAVED = Annotated[int, Field(description="Of the terms that were saved last.")]
_STEP = Annotated[int, Field(description="The number in the ETag of the rule.")]
_HITS = Annotated[
    int, Field(description="In this hour and the 23 before it; written and read every 5 seconds.")
]
_ANSWERS = Annotated[
    list[str], Field(description="Of the terms that answer, else of those saved last.")
]


class RuleFilters(Filters):
    """The list's filters; several values of one are alternatives, several filters all hold."""

    status: Several[RuleStatus] = Field(default_factory=list)
    rule_id: Annotated[Several[Id], any_of("_id")] = Field(default_factory=list)
    q: Annotated[
        OrAbsent[Annotated[str, seen(200)]],
        search("search", typed),
        Field(description="The beginning of a rule's ID or of a word of its name."),
    ] = None


def _pairs(row: dict[str, Any]) -> list[Pair]:
    return [Pair(each["provider"], each["method"]) for each in row["pairs"]]


def _terms(row: dict[str, Any]) -> Any:
    return orjson.loads(row["terms"])


def _pair_names(row: dict[str, Any]) -> list[str]:
    return [pair.words() for pair in _pairs(row)]


def _has_draft(row: dict[str, Any]) -> str:
    return "yes" if row["has_draft"] else "no"


def _hits_column(hits_day: Callable[[str], int]) -> Column:
    return Column(
        "hits_day", "Hits in the last day", Kind.NUMBER, lambda row: hits_day(row["_id"]),
        ("_id",), shown=_HITS, exported=False,
    )  # fmt: skip


def _columns(
    catalogue: Callable[[], Catalogue], hits_day: Callable[[str], int]
) -> tuple[Column, ...]:
    return (
        stored("rule_id", "Rule ID", Kind.TEXT, "_id", shown=str, default=True),
        stored("name", "Name", Kind.TEXT, shown=str, default=True),
        stored("priority", "Priority", Kind.NUMBER, shown=_PRIORITY, default=True),
        stored(
            "status", "Status", Kind.TEXT, None, RULE_STATUS, shown=RuleStatus, default=True
        ),
        Column(
            "has_draft", "Draft", Kind.TEXT, at("has_draft"), ("has_draft",), shown=bool,
            exported=False, viewed="$has_draft",
        ),
        Column("draft", "Draft", Kind.TEXT, _has_draft, ("has_draft",)),
        stored("version", "Version", Kind.NUMBER, "terms_version", shown=_SAVED),
        stored("active_version", "Active version", Kind.NUMBER, shown=int | None),
        Column(
            "terms", "Terms", Kind.TEXT, _terms, ("terms",), shown=dict[str, Any],
            exported=False,
        ),
        stored("conditions", "Conditions", Kind.LIST, shown=_ANSWERS, default=True),
        Column(
            "pairs", "Pairs", Kind.TEXT, lambda row: pairs_shown(_pairs(row), catalogue()),
            ("pairs",), shown=list[PairOut], exported=False,
        ),
        Column("pair_names", "Pairs", Kind.LIST, _pair_names, ("pairs",), default=True),
        stored("changed_at", "Changed", Kind.INSTANT, shown=datetime, default=True),
        stored("changed_by", "Changed by", Kind.TEXT, shown=str, default=True),
        _hits_column(hits_day),
        Column(
            "step", "Step", Kind.NUMBER, at("version"), ("version",), shown=_STEP,
            exported=False,
        ),
    )  # fmt: skip


def rule_list(catalogue: Callable[[], Catalogue], hits_day: Callable[[str], int]) -> DeclaredList:
    """The list; ``catalogue`` says which pairs are enabled at present, ``hits_day`` how often a
    rule answered in the last day."""
    return DeclaredList(
        name="checkout-rules",
        title="Checkout rules",
        about="A page of checkout rules, by default in the order in which they are tried.",
        row="CheckoutRuleRow",
        collection=COLLECTION,
        filters=RuleFilters,
        sorts={
            "priority": SortField("order", least=1),
            "name": SortField("sort_name", least=""),
            "changed_at": SortField("changed_at"),
        },
        default_sort="priority",
        missing=rule_not_found,
        columns=_columns(catalogue, hits_day),
    )
