"""What use cases may know of the kernel: plain values and protocols, no driver, no framework."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple, Protocol, TypeVar

import orjson

from payops_kernel.auth.principals import Principal
from payops_kernel.clock import Clock
from payops_kernel.errors import PayOpsError

Session = Any
"""An open database transaction; a use case only passes it on."""

Headers = tuple[tuple[str, bytes], ...]

MESSAGE_OVERHEAD_BYTES = 256
"""Kafka's own bytes around a message, and the one header of an event."""
SHORT_BYTES = 15
"""A text that short, of whatever characters, has a length of one byte in Kafka's format."""


class OutgoingMessage(NamedTuple):
    """One Kafka message to be published by the relay."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    """Without any it is published as an event, with the one header of CloudEvents."""

    @property
    def size(self) -> int:
        """Bytes on the wire, before compression, overhead estimated from above.

        Closely for headers: a record with very many small ones must fit as a dead letter too.
        """
        size = len(self.key or b"") + len(self.value or b"") + MESSAGE_OVERHEAD_BYTES
        for name, value in self.headers:
            short = len(name) <= SHORT_BYTES and len(value or b"") <= SHORT_BYTES
            size += len(name.encode()) + len(value or b"") + (2 if short else 10)
        return size


@dataclass(frozen=True, slots=True)
class DueRow:
    """One piece of time-driven work: ``kind`` names its handler, ``key`` what it is about."""

    kind: str
    key: str
    due_at: datetime
    payload: Mapping[str, Any]
    attempt: int = 0
    """How often it was put off."""


class Later(Exception):
    """Raised by work that calls the outside: nothing was done, try again after a while.

    ``remember`` joins the row's payload, for the next try to know.
    """

    def __init__(
        self, message: str, after: timedelta, remember: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.after = after
        self.remember = remember or {}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command answers: HTTP status and a JSON-like body."""

    status: int
    body: dict[str, Any]
    replayed: bool = False


Outcome = Answer | PayOpsError
"""What one of several commands came to."""


@dataclass(frozen=True, slots=True)
class RequestIdentity:
    """One request under a key. ``body_hash`` tells another body from the first one."""

    caller: str
    route: str
    key: str
    body_hash: str

    @classmethod
    def of(cls, caller: str, route: str, key: str, body: Any) -> "RequestIdentity":
        """The identity of a request; ``body`` is anything that JSON can say."""
        text = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
        return cls(caller, route, key, sha256(text).hexdigest())

    @property
    def record_id(self) -> str:
        """Where the answer is kept."""
        return sha256(orjson.dumps([self.caller, self.route, self.key])).hexdigest()


@dataclass(frozen=True, slots=True)
class CommandContext:
    """Who asks, under which key, and why."""

    actor: Principal
    identity: RequestIdentity | None = None
    reason: str | None = None
    comment: str | None = None
    traceparent: str | None = None
    row_key: str | None = None
    """``job:row`` of a job's row: its audit record names it, and no answer is kept under it."""

    @property
    def idempotency_key(self) -> str | None:
        """What the audit record names."""
        return self.row_key if self.identity is None else self.identity.key


class Work(Protocol):
    """One command's open transaction."""

    session: Session
    context: CommandContext
    clock: Clock
    messages: list[OutgoingMessage]
    """What is published with this transaction, in this order."""

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
        ...


T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)
BodyOfMany = Callable[[Sequence[Work], Sequence[T]], Awaitable[list[Outcome]]]
"""Commands that share a transaction, each with what it wants; an outcome for each, in order.

A refused one leaves nothing behind.
"""


class RunsTogether(Protocol[T_contra]):
    """Runs commands of one kind; those that wait at the same time share a transaction."""

    async def run(self, context: CommandContext, wanted: T_contra) -> Answer:
        """The command's answer, the first one when its key was used before."""
        ...


class RunsCommands(Protocol):
    """Runs a person's write as one transaction; ``payops_kernel.commands`` does."""

    async def run(
        self, context: CommandContext, body: Callable[[Work], Awaitable[Answer]]
    ) -> Answer:
        """The answer of ``body``, or the first answer when its key was used before."""
        ...

    async def record(
        self, context: CommandContext, body: Callable[[Work], Awaitable[Answer]]
    ) -> Answer:
        """The same for what a read leaves behind: it goes on while commands are refused."""
        ...

    def together(self, body: BodyOfMany[T], subject: Callable[[T], str]) -> RunsTogether[T]:
        """For commands of which many come at a time. No two of one ``subject`` go together."""
        ...


class KeepsMessages(Protocol):
    """Where outgoing messages wait for the relay; ``payops_kernel.messaging.outbox`` does."""

    async def write(self, messages: Sequence[OutgoingMessage], session: Session) -> None:
        """Store the messages in the caller's transaction."""
        ...
