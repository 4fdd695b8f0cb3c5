"""How the debit processor answers: one debit a key, one outcome however often it is asked for it;
of a whole batch that it has it, and that it has done with it.

Everything about a debit follows from the seed and its idempotency key, ids of the answers included.
The processor never tries again by itself: what it declined stays declined.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from pydantic import TypeAdapter

from payops_contracts.debits import BatchRequestedData, DebitCommand, DebitCommandData
from payops_contracts.topics import UPSTREAM_BATCH_RESULTS, UPSTREAM_DEBIT_RESULTS
from payops_local.simulator.charge_words import (
    CONTRADICTION,
    HARD_DECLINES,
    REVERSALS,
    SOFT_DECLINES,
)
from payops_local.simulator.scenarios import Telling, event, instant_text
from payops_local.simulator.words import Weighted

SOURCE = "urn:payops:simulator:debit-processor"
QUICK_SECONDS = (0.5, 6.0)
AGAIN_SECONDS = 0.2
TWICE_WITHIN_SECONDS = 5.0
CONTRADICTED_SECONDS = (2.0, 30.0)
REVERSED_SECONDS = (60.0, 600.0)
LATE_SPREAD = (0.5, 1.5)

ACKNOWLEDGED_SECONDS, PROCESSED_SECONDS = (0.5, 2.0), (20.0, 40.0)
"""After the submission of a batch."""

SUCCEEDED, SOFT, HARD = "succeeded", "soft", "hard"
QUICK, LATE, LOST = "quick", "late", "lost"


@dataclass(frozen=True, slots=True)
class DebitShares:
    """How debits end, and how their answers come, as shares of all."""

    soft: float = 0.0
    """Declined for now. What is left of 1 succeeds."""
    hard: float = 0.0
    """Declined for good."""
    late: float = 0.0
    lost: float = 0.0
    """Of the answers: none comes until the same is asked again."""
    twice: float = 0.0
    contradicted: float = 0.0
    """Of the successes: a failure of the same debit is told after it."""
    reversed: float = 0.0
    """Of the successes: the money goes back some minutes later."""
    late_seconds: float = 120.0

    def outcomes(self) -> Weighted[str]:
        """The outcomes and their weights."""
        done = max(0.0, 1 - self.soft - self.hard)
        return Weighted.of({SUCCEEDED: done, SOFT: self.soft, HARD: self.hard})

    def ways(self) -> Weighted[str]:
        """How answers come, and the weights."""
        quick = max(0.0, 1 - self.late - self.lost)
        return Weighted.of({QUICK: quick, LATE: self.late, LOST: self.lost})


@dataclass(frozen=True, slots=True)
class WholeBatch:
    """A batch whose debits were all asked for."""

    data: BatchRequestedData

    @property
    def idempotency_key(self) -> str:
        """Its code: it is told once."""
        return self.data.batch_code


Asked = DebitCommandData | WholeBatch
_COMMANDS: TypeAdapter[Any] = TypeAdapter(DebitCommand)


@dataclass(frozen=True, slots=True)
class DebitScenario:
    """What the processor says to a command that came at ``first_at`` for the first time."""

    seed: int
    shares: DebitShares

    def read(self, value: bytes) -> Asked:
        """The command in a record; raises ``ValidationError`` for what is none."""
        data = _COMMANDS.validate_json(value).data
        return WholeBatch(data) if isinstance(data, BatchRequestedData) else data

    def asked_for(self, command: Asked) -> tuple[str, int]:
        """The attempt and its amount, or the batch and its sum."""
        if isinstance(command, WholeBatch):
            return command.data.batch_code, command.data.sum_minor
        return command.debit_id, command.amount_minor

    def answers(self, command: Asked, first_at: float, asked_at: float) -> list[Telling]:
        """The answers to one asking, in their order; none to the first asking of a lost one.

        ``asked_at`` is later than ``first_at`` when the same is asked again: the answer then says
        at once what became of the debit. Both in seconds since 1970.
        """
        if isinstance(command, WholeBatch):
            return self._of_batch(command, first_at)
        random = self._random("debit", command)
        outcome, way = self.shares.outcomes().pick(random), self.shares.ways().pick(random)
        at = first_at + random.uniform(*QUICK_SECONDS)
        if way == LATE:
            at += self.shares.late_seconds * random.uniform(*LATE_SPREAD)
        failure = None
        if outcome != SUCCEEDED:
            declines = HARD_DECLINES if outcome == HARD else SOFT_DECLINES
            failure = declines[command.rail].pick(random)
        end = _answer(command, "succeeded" if failure is None else "failed", at, failure)
        if command.asked > 1:
            return [_told(end, max(at, asked_at + AGAIN_SECONDS), 0)]
        if way == LOST:
            return []
        tellings = [_told(end, at, 0)]
        if random.random() < self.shares.twice:
            tellings.append(_told(end, at + random.uniform(0, TWICE_WITHIN_SECONDS), 1))
        if failure is None:
            tellings += self._afterwards(command, at)
        return sorted(tellings)

    def _of_batch(self, command: WholeBatch, at: float) -> list[Telling]:
        """That the processor has the batch, and has done with it."""
        random, batch = self._random("batch", command), command.data
        tellings = []
        for fact, seconds in (
            ("acknowledged", ACKNOWLEDGED_SECONDS),
            ("processed", PROCESSED_SECONDS),
        ):
            told_at = at + random.uniform(*seconds)
            said = event(
                f"upstream.batch.{fact}.v1",
                f"batch:{batch.batch_code}:{fact}",
                batch.batch_code,
                instant_text(told_at),
                {
                    "batch_code": batch.batch_code,
                    "count": batch.count,
                    "sum_minor": batch.sum_minor,
                    "currency": batch.currency,
                },
                SOURCE,
            )
            tellings.append(Telling(told_at, 0, UPSTREAM_BATCH_RESULTS.name, said))
        return tellings

    def _afterwards(self, command: DebitCommandData, at: float) -> list[Telling]:
        """What is told of a success later; mostly nothing."""
        # A chance of its own: these shares change no other answer.
        random = self._random("afterwards", command)
        draw = random.random()
        if draw < self.shares.contradicted:
            at += random.uniform(*CONTRADICTED_SECONDS)
            return [_told(_answer(command, "failed", at, CONTRADICTION), at, 2)]
        if draw < self.shares.contradicted + self.shares.reversed:
            at += random.uniform(*REVERSED_SECONDS)
            reason = REVERSALS[command.rail].pick(random)
            return [_told(_answer(command, "reversed", at, reason), at, 2)]
        return []

    def _random(self, what: str, command: Asked) -> Random:
        name = f"{self.seed}/{what}/{command.idempotency_key}"
        return Random(name)  # noqa: S311 - play, not a secret


def _answer(
    command: DebitCommandData, fact: str, at: float, failure: tuple[str, str | None] | None
) -> dict[str, Any]:
    data: dict[str, Any] = {
        "charge_id": command.charge_id,
        "debit_id": command.debit_id,
        "amount_minor": command.amount_minor,
        "currency": command.currency,
    }
    if command.batch_code is not None:
        data["batch_code"] = command.batch_code
    if failure is not None:
        code, words = failure
        data["failure"] = {"code": code} | ({"message": words} if words else {})
    return event(
        f"upstream.debit.{fact}.v1",
        f"debit:{command.idempotency_key}:{fact}",
        command.charge_id,
        instant_text(at),
        data,
        SOURCE,
    )


def _told(said: dict[str, Any], at: float, number: int) -> Telling:
    return Telling(at, number, UPSTREAM_DEBIT_RESULTS.name, said)
