"""Idempotency keys: the same key and body give the first answer, for 30 days.

The record is written in the effect's own transaction, so that an effect without its record, or a
record without its effect, cannot be. Scoped by caller and route.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from payops_kernel.errors import PayOpsError
from payops_kernel.mongo import ASCENDING, Binary, Database, IndexModel, Session
from payops_kernel.ports import Answer, Outcome, RequestIdentity

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


class Refused(PayOpsError):
    """A refusal that was the first answer to its key, given again with its own code."""

    code = "refused_before"


class IdempotencyRecords:
    """The ``idempotency`` collection of a service's database."""

    def __init__(self, db: Database) -> None:
        self._rows = db[COLLECTION]

    async def find(self, identity: RequestIdentity, session: Session | None) -> Answer | None:
        """The first answer; raises :class:`KeyReused`, or the first refusal again."""
        row = await self._rows.find_one({"_id": identity.record_id}, session=session)
        return None if row is None else _first(row, identity)

    async def find_many(
        self, identities: Sequence[RequestIdentity], session: Session
    ) -> dict[str, Outcome]:
        """What came of those that were asked before, by ``record_id``: answers and refusals."""
        by_id = {identity.record_id: identity for identity in identities}
        rows = self._rows.find({"_id": {"$in": list(by_id)}}, session=session)
        found: dict[str, Outcome] = {}
        async for row in rows:
            try:
                found[row["_id"]] = _first(row, by_id[row["_id"]])
            except PayOpsError as refusal:
                found[row["_id"]] = refusal
        return found

    async def keep(self, identity: RequestIdentity, answer: Answer, session: Session) -> None:
        """Store the answer with the effect."""
        await self._rows.insert_one(_row(identity, answer), session=session)

    async def keep_refusal(
        self, identity: RequestIdentity, refusal: PayOpsError, session: Session
    ) -> None:
        """Store a refusal, so that the same key is refused in the same way again."""
        await self._rows.insert_one(_row(identity, refusal), session=session)

    async def keep_many(
        self, outcomes: Sequence[tuple[RequestIdentity, Outcome]], session: Session
    ) -> None:
        """Store answers and refusals with the effects."""
        rows = [_row(identity, outcome) for identity, outcome in outcomes]
        if rows:
            await self._rows.insert_many(rows, ordered=False, session=session)


def _first(row: dict[str, Any], identity: RequestIdentity) -> Answer:
    if row["body_hash"] != identity.body_hash:
        raise KeyReused("The Idempotency-Key was used with another body; take a new one.")
    body = orjson.loads(row["body"])
    if "refusal" in row:
        raise _refusal_again(row["refusal"], body, row["status"])
    return Answer(row["status"], body, replayed=True)


def _row(identity: RequestIdentity, outcome: Outcome) -> dict[str, Any]:
    now = datetime.now(UTC)
    body: dict[str, Any]
    if isinstance(outcome, Answer):
        body, refusal = outcome.body, {}
    else:
        body = {"message": str(outcome), "extra": outcome.extra}
        refusal = {"refusal": {"code": outcome.code, "title": outcome.title}}
    return {
        "_id": identity.record_id,
        "body_hash": identity.body_hash,
        "status": outcome.status,
        "body": Binary(orjson.dumps(body, option=orjson.OPT_UTC_Z)),
        "at": now,
        "expires_at": now + KEEP,
        **refusal,
    }


def _refusal_again(refusal: dict[str, str], body: dict[str, Any], status: int) -> Refused:
    again = Refused(body["message"], **body["extra"])
    again.code, again.title, again.status = refusal["code"], refusal["title"], status  # type: ignore[misc]
    return again
