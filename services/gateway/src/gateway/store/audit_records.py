"""Audit records as documents, and the indexes of their list."""

from collections.abc import Sequence

import orjson

from payops_contracts.audit import AuditEvent
from payops_kernel.mongo import (
    ASCENDING,
    DESCENDING,
    Collections,
    Document,
    IndexModel,
    Session,
    UpdateOne,
)
from payops_kernel.search_text import searchable, words_of

COLLECTION = "audit_records"

_NEWEST_FIRST = [("at", DESCENDING), ("_id", DESCENDING)]


class AuditRecordStore:
    """Records that never change."""

    indexes = {
        COLLECTION: [
            IndexModel(
                [*_NEWEST_FIRST, ("service", ASCENDING), ("target_type", ASCENDING)],
                name="by_date",
            ),
            *(
                IndexModel([(field, ASCENDING), *_NEWEST_FIRST], name=f"by_{name}")
                for name, field in (
                    ("actor", "actor.id"),
                    ("action", "action"),
                    ("target", "target_id"),
                    ("words", "words"),
                )
            ),
        ]
    }

    def __init__(self, db: Collections) -> None:
        self._records = db[COLLECTION]

    async def take_in(self, events: Sequence[AuditEvent], session: Session) -> None:
        """Store those that are new; the same record may come twice."""
        if events:
            await self._records.bulk_write(
                [
                    UpdateOne({"_id": event.id}, {"$setOnInsert": document(event)}, upsert=True)
                    for event in events
                ],
                ordered=False,
                session=session,
            )


def document(event: AuditEvent) -> Document:
    """A record as it is stored, less its id."""
    told, actor = event.data, event.data.actor
    name = actor.name or ""
    return {
        "version": 1,
        "at": told.at,
        "actor": {"id": actor.id, "name": actor.name, "roles": list(actor.roles)},
        "action": told.action,
        "target_type": told.target_type,
        "target_id": told.target_id,
        "service": told.service,
        "reason": told.reason,
        "comment": told.comment,
        "before": _text(told.before),
        "after": _text(told.after),
        "idempotency_key": told.idempotency_key,
        "trace_id": told.trace_id,
        "words": sorted(
            {searchable(actor.id), *words_of(name), searchable(told.target_id), told.action} - {""}
        ),
    }


def _text(fields: dict[str, object] | None) -> str | None:
    # As text: names of fields may be any, which a document's must not.
    return None if fields is None else orjson.dumps(fields).decode()
