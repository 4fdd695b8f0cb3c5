"""An action of the configuration of pages that is done by calling an address of the user's.

The address, and what is sent, come from the configuration; the values from the service, read now.
The call happens at least once, under one id for each key of the caller's: it is stored before.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Protocol
from uuid import uuid4

import orjson

from gateway.errors import ActionBarred, ActionStillRunning, EndpointFailed, EndpointRefused
from payops_contracts.pages import Action, Endpoint, value_at
from payops_kernel.errors import Miswired, PayOpsError
from payops_kernel.ports import (
    CommandAnswer,
    CommandContext,
    RequestIdentity,
    RunsCommands,
    Work,
)


class Answered(Protocol):
    """What came back from an endpoint."""

    @property
    def status(self) -> int | None: ...
    @property
    def message(self) -> str | None: ...
    @property
    def late(self) -> bool: ...
    @property
    def done(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Asking:
    """What is sent to an endpoint, and under which id."""

    action: Action
    call_id: str
    body: bytes


ReadsRow = Callable[[Action, str, CommandContext], Awaitable[Mapping[str, Any]]]
"""The detail's answer for an id, as the caller may see it."""
CallsEndpoint = Callable[[Asking], Awaitable[Answered]]


class _NotAnswered(PayOpsError):
    """Nothing is kept under the key yet."""

    code = "page_action_not_answered"


class RunPageAction:
    """Reads the row, calls the endpoint, keeps the answer."""

    def __init__(self, commands: RunsCommands, read: ReadsRow, call: CallsEndpoint) -> None:
        self._commands = commands
        self._read = read
        self._call = call
        self._running: set[str] = set()

    async def __call__(self, context: CommandContext, action: Action, row_id: str) -> CommandAnswer:
        """200 with the endpoint's status and message.

        Raises what the service refuses, ``ActionBarred``, ``EndpointRefused``, ``EndpointFailed``.
        """
        identity, endpoint = context.identity, action.endpoint
        if identity is None or endpoint is None:
            raise Miswired("an action is run under a key, and has an endpoint")
        with self._one_at_a_time(identity):
            try:
                return await self._commands.record(context, _not_answered)
            except _NotAnswered:
                pass
            row = await self._read(action, row_id, context)
            _expect_allowed(action, row)
            call_id = await self._asked(context, identity, action, row_id)
            asking = Asking(action, call_id, _body(context, action.id, endpoint, row_id, row))
            return await self._told(context, asking, row_id, await self._call(asking))

    @contextmanager
    def _one_at_a_time(self, identity: RequestIdentity) -> Iterator[None]:
        key = identity.record_id
        if key in self._running:
            raise ActionStillRunning("The first request with this key has not ended yet.")
        self._running.add(key)
        try:
            yield
        finally:
            self._running.discard(key)

    async def _asked(
        self, context: CommandContext, identity: RequestIdentity, action: Action, row_id: str
    ) -> str:
        """The id of the call: made once, and recorded before anything is sent."""
        first = replace(context, identity=replace(identity, route=f"{identity.route} asked"))

        async def ask(work: Work) -> CommandAnswer:
            call_id = str(uuid4())
            work.audit(
                "page-action.ask", action.of or "row", row_id, after=_record(action, call_id)
            )
            return CommandAnswer(HTTPStatus.ACCEPTED, {"call_id": call_id})

        return str((await self._commands.run(first, ask)).body["call_id"])

    async def _told(
        self, context: CommandContext, asking: Asking, row_id: str, answer: Answered
    ) -> CommandAnswer:
        """Keep what came back: under the key when it was done, else in the audit log alone."""
        said = {"status": answer.status, "message": answer.message}

        async def record(work: Work) -> CommandAnswer:
            outcome = "done" if answer.done else "refused" if answer.status else "unanswered"
            after = _record(asking.action, asking.call_id) | said | {"outcome": outcome}
            work.audit("page-action.answer", asking.action.of or "row", row_id, after=after)
            return CommandAnswer(HTTPStatus.OK, {"call_id": asking.call_id, **said})

        kept = context if answer.done else replace(context, identity=None)
        told = await self._commands.record(kept, record)
        if not answer.done:
            raise _refusal(asking.action, answer)
        return told


async def _not_answered(_work: Work) -> CommandAnswer:
    raise _NotAnswered("nothing is kept under the key")


def _expect_allowed(action: Action, row: Mapping[str, Any]) -> None:
    said = value_at(row, action.allowed) if action.allowed else None
    if isinstance(said, dict) and said.get("allowed") is False:
        raise ActionBarred(str(said.get("reason") or "It is not allowed as things stand now."))


def _body(
    context: CommandContext, action: str, endpoint: Endpoint, row_id: str, row: Mapping[str, Any]
) -> bytes:
    return orjson.dumps(
        {
            "action": action,
            "id": row_id,
            "by": {"id": context.actor.subject, "name": context.actor.name},
            "reason": context.reason,
            "row": {name: value_at(row, path) for name, path in endpoint.fields.items()},
        }
    )


def _record(action: Action, call_id: str) -> dict[str, Any]:
    return {"action": action.id, "call_id": call_id}


def _refusal(action: Action, answer: Answered) -> PayOpsError:
    extra = {"endpoint_status": answer.status, "message": answer.message}
    if answer.status is None:
        how = "in time" if answer.late else "at all"
        return EndpointFailed(
            f"The endpoint of '{action.id}' did not answer {how}. It may have been done: "
            "ask again under the same key, and it is known to be the same call.",
            **extra,
        )
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return EndpointFailed(
            f"The endpoint of '{action.id}' failed with {answer.status}. "
            "Ask again under the same key.",
            **extra,
        )
    said = answer.message or f"it answers {answer.status}"
    return EndpointRefused(f"The endpoint of '{action.id}' refused: {said}", **extra)
