"""A dead letter: a record that a consumer could not take, and what was decided about it."""

from dataclasses import dataclass
from datetime import datetime

from gateway.errors import DeadLetterDecided, DeadLetterTooLarge
from payops_contracts.dead_letters import DeadLetterState


@dataclass(frozen=True, slots=True)
class DeadRecord:
    """The record itself, byte for byte."""

    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """What the consumer noted."""

    origin: str
    """Where the record lay: ``topic/partition/offset``."""
    reason: str
    """A word."""
    error: str
    """A sentence."""
    failed_at: datetime
    code_version: str
    cut_bytes: int | None
    """How large a value was that could not travel; None when it lies here whole."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decided, when and why."""

    at: datetime
    by: str
    reason: str


@dataclass(slots=True)
class DeadLetter:
    """One dead letter. It is decided about once, and replayed again only when that is said."""

    id: str
    topic: str
    """The topic that the record came from, and goes back to."""
    consumer: str
    """The group that could not take it."""
    arrived_at: datetime
    record: DeadRecord
    failure: Failure
    state: DeadLetterState = DeadLetterState.OPEN
    decision: Decision | None = None
    version: int = 1

    def replay(self, decision: Decision, *, again: bool) -> None:
        """Have the record sent to its topic once more; with ``again`` also a decided one.

        Raises ``DeadLetterTooLarge`` or ``DeadLetterDecided``.
        """
        if self.failure.cut_bytes is not None:
            raise DeadLetterTooLarge(
                f"The record was too large to travel: its {self.failure.cut_bytes:,} bytes lie at "
                f"{self.failure.origin} alone, so there is nothing here to send."
            )
        if not again:
            self._require_open()
        self._decide(DeadLetterState.REPLAYED, decision)

    def discard(self, decision: Decision) -> None:
        """Say that it is not needed; raises ``DeadLetterDecided``."""
        self._require_open()
        self._decide(DeadLetterState.DISCARDED, decision)

    def _require_open(self) -> None:
        if self.decision is not None:
            at = self.decision.at.isoformat(timespec="seconds")
            raise DeadLetterDecided(
                f"{self.decision.by} {self.state.lower()} it at {at}.",
                state=self.state.value,
                decided_by=self.decision.by,
                decided_at=self.decision.at.isoformat(),
            )

    def _decide(self, state: DeadLetterState, decision: Decision) -> None:
        self.state, self.decision = state, decision
        self.version += 1
