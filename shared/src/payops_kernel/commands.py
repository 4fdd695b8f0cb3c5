"""A person's write: state, outgoing messages, audit record and idempotent answer, or nothing.

All of it is one MongoDB transaction. The body may run several times until it commits, so it does
nothing outside the :class:`CommandWork` that it is given.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import uuid4

import orjson

from payops_contracts.envelope import domain_event
from payops_contracts.topics import AUDIT
from payops_kernel.clock import Clock
from payops_kernel.errors import PayOpsError
from payops_kernel.faults import crash_point
from payops_kernel.idempotency import IdempotencyRecords, StillRunning
from payops_kernel.messaging.outbox import Outbox
from payops_kernel.mongo import Mongo, Session, in_transaction
from payops_kernel.ports import Answer, CommandContext, OutgoingMessage, RequestIdentity, Work

SERVER_ERROR = 500

T = TypeVar("T")


@dataclass(slots=True)
class CommandWork:
    """One command's open transaction."""

    session: Session
    service: str
    context: CommandContext
    clock: Clock
    messages: list[OutgoingMessage] = field(default_factory=list)

    def audit(
        self,
        action: str,
        target_type: str,
        target_id: str,
        *,
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
    ) -> None:
        """Record the write: who, what, why, and the fields concerned before and after."""
        self.messages.append(_audit_message(self, action, target_type, target_id, before, after))


class Commands:
    """Runs commands of one service."""

    def __init__(
        self,
        service: str,
        mongo: Mongo,
        outbox: Outbox,
        clock: Clock,
        committed: Callable[[], None],
    ) -> None:
        self._service = service
        self._mongo = mongo
        self._outbox = outbox
        self._clock = clock
        self._committed = committed
        self._records = IdempotencyRecords(mongo.db)
        self._running: set[str] = set()

    async def run(
        self, context: CommandContext, body: Callable[[Work], Awaitable[Answer]]
    ) -> Answer:
        """The command's answer, the first one when its key was used before.

        Raises the body's refusal, ``KeyReused``, ``StillRunning`` or ``Unavailable``.
        """
        identity = context.identity
        if identity is None:
            return await self._attempt(context, body)
        if identity.record_id in self._running:
            raise StillRunning("Ask again in a second.", retry_after_seconds=1)
        self._running.add(identity.record_id)
        try:
            return await self._attempt(context, body)
        except PayOpsError as refusal:
            await self._keep_refusal(identity, refusal)
            raise
        finally:
            self._running.discard(identity.record_id)

    async def _attempt(
        self, context: CommandContext, body: Callable[[Work], Awaitable[Answer]]
    ) -> Answer:
        async def transaction(session: Session) -> Answer:
            if context.identity is not None:
                # First in every run: after a commit of unknown result this finds our own answer.
                first = await self._records.find(context.identity, session)
                if first is not None:
                    return first
            answer = await self.within(session, context, body)
            if context.identity is not None:
                await self._records.keep(context.identity, answer, session)
            return answer

        answer = await in_transaction(self._mongo, transaction)
        crash_point("command.before_result")
        self._committed()
        return answer

    async def within(
        self,
        session: Session,
        context: CommandContext,
        body: Callable[[Work], Awaitable[T]],
    ) -> T:
        """The body and its messages inside a transaction that is open already: a job's rows."""
        work = CommandWork(session, self._service, context, self._clock)
        answer = await body(work)
        crash_point("command.after_reserve")
        for message in work.messages:
            self._outbox.check(message)
        await self._outbox.write(work.messages, session)
        crash_point("command.after_command")
        return answer

    async def _keep_refusal(self, identity: RequestIdentity, refusal: PayOpsError) -> None:
        if refusal.retryable or refusal.status >= SERVER_ERROR:
            return

        async def keep(session: Session) -> None:
            if await self._known(identity, session):
                return
            await self._records.keep_refusal(identity, refusal, session)

        await in_transaction(self._mongo, keep)

    async def _known(self, identity: RequestIdentity, session: Session) -> bool:
        try:
            return await self._records.find(identity, session) is not None
        except PayOpsError:
            return True


def _audit_message(
    work: CommandWork,
    action: str,
    target_type: str,
    target_id: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> OutgoingMessage:
    context, actor = work.context, work.context.actor
    at = work.clock.now()
    record_id = uuid4().hex
    event = domain_event(
        event_type="payops.audit.recorded.v1",
        source=f"/payops/{work.service}",
        subject=target_id,
        version=1,
        time=at,
        data={
            "actor": {
                "id": actor.subject,
                "name": actor.name,
                "roles": sorted(role.value for role in actor.roles),
            },
            "action": action,
            "target_type": target_type,
            "target_id": target_id,
            "at": at,
            "service": work.service,
            "reason": context.reason,
            "comment": context.comment,
            "before": before,
            "after": after,
            "idempotency_key": None if context.identity is None else context.identity.key,
            "trace_id": None if context.traceparent is None else context.traceparent[3:35],
        },
    )
    event["id"] = record_id  # an audit record is no aggregate: its id is its own
    if context.traceparent is not None:
        event["traceparent"] = context.traceparent
    return OutgoingMessage(
        AUDIT.name, target_id.encode(), orjson.dumps(event, option=orjson.OPT_UTC_Z)
    )
