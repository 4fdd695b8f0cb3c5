"""What use cases may know of the kernel: plain values and protocols, no driver, no framework."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple, Protocol, TypeVar

import orjson

from payops_kernel.auth.principals import Principal
from payops_kernel.errors import PayOpsError

A = TypeVar("A")
T = TypeVar("T")


class Session(Any):  # type: ignore[misc]
    """An open database transaction, and never ``None``; a use case only passes it on.

    A type of its own for mypy, which the driver takes for its session.
    """


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
    headers: Headers | None = None
    """None for an event, which has the one header of CloudEvents."""

    @property
    def size(self) -> int:
        """Bytes on the wire, before compression, overhead estimated from above.

        Closely for headers: a record with very many small ones must fit as a dead letter too.
        """
        size = len(self.key or b"") + len(self.value or b"") + MESSAGE_OVERHEAD_BYTES
        for name, value in self.headers or ():
            short = len(name) <= SHORT_BYTES and len(value or b"") <= SHORT_BYTES
            size += len(name.encode()) + len(value or b"") + (2 if short else 10)
        return size


def event_message(topic: str, event: Mapping[str, Any]) -> OutgoingMessage:
    """An event of ours, keyed by its subject."""
    value = orjson.dumps(event, option=orjson.OPT_UTC_Z)
    return OutgoingMessage(topic, event["subject"].encode(), value)


@dataclass(frozen=True, slots=True)
class DueRow:
    """One piece of time-driven work: ``kind`` names its handler, ``key`` what it is about."""

    kind: str
    key: str
    due_at: datetime | None
    """None takes it back: what is planned under this kind and key is forgotten."""
    payload: Mapping[str, Any]
    attempt: int = 0
    """How often it was put off."""
    about: str | None = None
    """The one thing that it will be done to: what is planned about that can be asked."""


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
class CommandAnswer:
    """What a command answers: HTTP status and a JSON-like body."""

    status: int
    body: dict[str, Any]
    replayed: bool = False


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
    subject: str | None = None
    """What it is about, when that is one thing: commands about others may share its transaction."""
    row_key: str | None = None
    """``job:row`` of a job's row: its audit record names it, and no answer is kept under it."""

    @property
    def idempotency_key(self) -> str | None:
        """What the audit record names."""
        return self.row_key if self.identity is None else self.identity.key


class KeepsMessages(Protocol):
    """Keeps what is to be published until it is: the outbox."""

    async def write(self, messages: Sequence[OutgoingMessage], session: Session) -> None:
        """Have messages published if the transaction commits, in order."""
        ...


class Repository(Protocol[A]):
    """One kind of aggregate: how it is stored, what its steps say and make due.

    ``payops_kernel.repository`` has the one on MongoDB.
    """

    name: str
    """The collection's."""
    missing: Callable[[str], PayOpsError]
    """The refusal for an id that is not stored."""
    says: Callable[[A], Iterable[OutgoingMessage]]
    """What the last step of an aggregate says to the world."""
    due: Callable[[A], Iterable[DueRow]]
    """What the last step of an aggregate makes due."""

    async def find(self, key: str) -> A | None:
        """The aggregate as it is committed, to be looked at and not saved."""
        ...

    async def load_many(self, keys: Sequence[str], session: Session | None) -> Mapping[str, A]:
        """Those of the aggregates that are stored, by id."""
        ...

    async def save_many(
        self, changed: Sequence[A], session: Session, added: Sequence[A] = ()
    ) -> None:
        """Write aggregates that this transaction has read, and new ones; all or none."""
        ...


class Work(Protocol):
    """What one command, due row or job's row does; all of it is written at its end, or nothing.

    ``payops_kernel.work`` runs it, alone in a transaction or together with others.
    """

    context: CommandContext
    now: datetime
    """The business time of the whole work."""

    async def load(self, repository: Repository[A], key: str) -> A:
        """The aggregate with this id; raises the repository's refusal when there is none."""
        ...

    async def find(self, repository: Repository[A], key: str) -> A | None:
        """The aggregate with this id, None when there is none; the same one each time."""
        ...

    def save(self, aggregate: object) -> None:
        """Have a loaded aggregate written, with what its last step says and makes due.

        Once for every step.
        """
        ...

    def add(self, repository: Repository[A], key: str, aggregate: A) -> None:
        """Have a new aggregate written, with what its first step says and makes due."""
        ...

    def say(self, *messages: OutgoingMessage) -> None:
        """Publish with this work, behind all that was said before."""
        ...

    def schedule(self, *rows: DueRow) -> None:
        """Have something done when it is due; what is scheduled under the key is moved.

        A row without ``due_at`` takes it back.
        """
        ...

    def audit(
        self,
        action: str,
        target_type: str,
        target_id: str,
        *,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        """Record the write: who, what, why, and the fields concerned before and after."""
        ...

    async def read(self, look: Callable[[Session], Awaitable[T]]) -> T:
        """What ``look`` finds in the transaction's snapshot."""
        ...

    def write(self, write: Callable[[Session], Awaitable[object]]) -> None:
        """Have something else written at the work's end; what it raises undoes the transaction."""
        ...

    def after_commit(self, do: Callable[[], None]) -> None:
        """Have something done behind the commit, at most once."""
        ...


class RunsCommands(Protocol):
    """Runs a person's write as one transaction; ``payops_kernel.commands`` does."""

    async def run(
        self, context: CommandContext, body: Callable[[Work], Awaitable[CommandAnswer]]
    ) -> CommandAnswer:
        """The answer of ``body``, or the first answer when its key was used before.

        ``body`` may run several times until it commits. Commands about different subjects share a
        transaction when they come at the same time.
        """
        ...

    async def record(
        self, context: CommandContext, body: Callable[[Work], Awaitable[CommandAnswer]]
    ) -> CommandAnswer:
        """The same for what a read leaves behind: it goes on while commands are refused."""
        ...
