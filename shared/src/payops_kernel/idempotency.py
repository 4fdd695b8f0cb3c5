"""Idempotency keys: the same key and body give the first answer, for 30 days.

The record is written in the effect's own transaction, so that an effect without its record, or a
record without its effect, cannot be. A refusal had no effect: nothing is kept of it, and it is
decided anew when it is asked again. Scoped by caller and route.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import orjson

from payops_kernel.errors import PayOpsError
from payops_kernel.mongo import ASCENDING, Binary, Database, Document, IndexModel, Session
from payops_kernel.ports import CommandAnswer, RequestIdentity

COLLECTION = "idempotency"
KEEP = timedelta(days=30)

INDEXES: dict[str, list[IndexModel]] = {
    COLLECTION: [IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0)]
}


class KeyReused(PayOpsError):
    """The key was used with another body."""

    code = "idempotency_key_reused"
    title = "The idempotency key belongs to another request"
    status = 422


class StillRunning(PayOpsError):
    """The first request with this key has not ended yet."""

    code = "request_still_running"
    title = "The same request is still running"
    status = 409
    retryable = True


class IdempotencyRecords:
    """The ``idempotency`` collection of a service's database."""

    def __init__(self, db: Database) -> None:
        self._rows = db[COLLECTION]

    async def find_many(
        self, identities: Sequence[RequestIdentity], session: Session
    ) -> dict[str, CommandAnswer | PayOpsError]:
        """By ``record_id``: first answers, and ``KeyReused`` for who asks for something else."""
        by_id = {identity.record_id: identity for identity in identities}
        rows = await self._rows.find({"_id": {"$in": list(by_id)}}, session=session).to_list()
        found: dict[str, CommandAnswer | PayOpsError] = {}
        for row in rows:
            if await self._is_of_a_refusal(row, session):
                continue
            try:
                found[row["_id"]] = _first(row, by_id[row["_id"]])
            except KeyReused as reused:
                found[row["_id"]] = reused
        return found

    async def keep_many(
        self, answers: Sequence[tuple[RequestIdentity, CommandAnswer]], session: Session
    ) -> None:
        """Store answers with their effects."""
        rows = [_row(identity, answer) for identity, answer in answers]
        if rows:
            await self._rows.insert_many(rows, ordered=False, session=session)

    async def _is_of_a_refusal(self, row: Document, session: Session | None) -> bool:
        # Written before refusals were left out; it would stand in the way of the answer.
        if "refusal" not in row:
            return False
        await self._rows.delete_one({"_id": row["_id"]}, session=session)
        return True


def _first(row: Document, identity: RequestIdentity) -> CommandAnswer:
    if row["body_hash"] != identity.body_hash:
        raise KeyReused("The Idempotency-Key was used with another body; take a new one.")
    return CommandAnswer(row["status"], orjson.loads(row["body"]), replayed=True)


def _row(identity: RequestIdentity, answer: CommandAnswer) -> Document:
    now = datetime.now(UTC)
    return {
        "_id": identity.record_id,
        "body_hash": identity.body_hash,
        "status": answer.status,
        "body": Binary(orjson.dumps(answer.body, option=orjson.OPT_UTC_Z)),
        "at": now,
        "expires_at": now + KEEP,
    }
