"""A rule as a document, and back; its collection and indexes.

Versions keep their terms as JSON texts: so their size is known, and nobody asks into them. What
lists filter, sort and show stands beside: of the terms that answer, else of those saved last.
"""

from typing import Any

import orjson

from checkout_rules.domain.rule import Doing, HistoryRow, Rule, Version
from checkout_rules.domain.rule_set import Terms
from checkout_rules.domain.searching import search_words
from checkout_rules.domain.writing import terms_of, written
from payops_contracts.checkout_rules import PRIORITY_MAX, RuleEvent, RuleStatus
from payops_kernel.mongo import (
    ASCENDING,
    DESCENDING,
    Collections,
    Document,
    IndexModel,
    present,
)
from payops_kernel.search_text import searchable

COLLECTION = "checkout_rules"
LAST = PRIORITY_MAX + 1
"""Stands for no priority: ``default`` is tried last."""

INDEXES: dict[str, list[IndexModel]] = {
    COLLECTION: [
        IndexModel([("order", ASCENDING), ("_id", ASCENDING)], name="by_order"),
        IndexModel(
            [("status", ASCENDING), ("order", ASCENDING), ("_id", ASCENDING)], name="by_status"
        ),
        IndexModel([("sort_name", ASCENDING), ("_id", ASCENDING)], name="by_name"),
        IndexModel([("changed_at", DESCENDING), ("_id", DESCENDING)], name="by_change"),
        IndexModel(
            [("search", ASCENDING), ("order", ASCENDING), ("_id", ASCENDING)], name="by_search"
        ),
    ]
}


class RuleStore:
    """Document ↔ entity. Satisfies the kernel's ``AggregateStore``."""

    indexes = INDEXES

    def __init__(self, db: Collections) -> None:
        self.collection = db[COLLECTION]

    def to_document(self, aggregate: Rule) -> Document:
        """The stored form; absent optional parts are left out."""
        rule, last = aggregate, aggregate.history[-1]
        active = None if rule.active is None else rule.active.terms
        shown = active or rule.latest.terms
        return {
            "_id": rule.id,
            "version": rule.version,
            "status": rule.status.value,
            "order": LAST if rule.priority is None else rule.priority,
            "name": shown.name,
            "sort_name": searchable(shown.name),
            "terms": _text(shown),
            "conditions": list(shown.words()),
            "pairs": [pair._asdict() for pair in shown.pairs],
            "has_draft": rule.has_draft,
            "terms_version": rule.latest.number,
            "changed_at": last.doing.at,
            "changed_by": last.doing.by,
            "search": search_words(rule),
            "rule_set_version": rule.rule_set_version,
            "versions": [_version_document(each) for each in rule.versions],
            "history": [_row_document(row) for row in rule.history],
        } | present(
            priority=rule.priority,
            active_version=rule.active_number,
        )

    def from_document(self, document: Document) -> Rule:
        """The entity back from its document."""
        return Rule(
            document["_id"],
            document.get("priority"),
            [_version(row) for row in document["versions"]],
            document.get("active_version"),
            document["status"] == RuleStatus.ARCHIVED.value,
            document["version"],
            document["rule_set_version"],
            [_row(row) for row in document["history"]],
        )


def terms_in(text: str) -> Terms:
    """Terms out of their stored text."""
    return terms_of(orjson.loads(text))


def _text(terms: Terms) -> str:
    return orjson.dumps(written(terms)).decode()


def _version_document(each: Version) -> Document:
    return {
        "number": each.number,
        "terms": _text(each.terms),
        "saved_at": each.saved_at,
        "saved_by": each.saved_by,
    } | present(restored_from=each.restored_from)


def _version(row: Document) -> Version:
    return Version(
        row["number"],
        terms_in(row["terms"]),
        row["saved_at"],
        row["saved_by"],
        row.get("restored_from"),
    )


def _row_document(row: HistoryRow) -> Document:
    doing = row.doing
    said: dict[str, Any] = {
        "event": row.event.value,
        "at": doing.at,
        "by": doing.by,
        "status": row.status.value,
        "version": row.version,
    }
    return said | present(reason=doing.reason, priority_before=row.priority_before)


def _row(row: Document) -> HistoryRow:
    return HistoryRow(
        RuleEvent(row["event"]),
        Doing(row["by"], row["at"], row.get("reason")),
        RuleStatus(row["status"]),
        row["version"],
        row.get("priority_before"),
    )
