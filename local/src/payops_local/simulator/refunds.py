"""How a provider answers a refund command: one refund a key, the same answer whenever it is asked.

Everything about a refund follows from the seed and its idempotency key, ids of the answers
included, so that a simulator that was restarted makes no second refund of one key.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from payops_contracts.refunds import RefundCommandData
from payops_contracts.topics import UPSTREAM_PAYMENTS
from payops_local.simulator.scenarios import Telling, event, instant_text
from payops_local.simulator.words import REFUND_FAILURES, REFUND_RETURNS, Weighted

QUICK_SECONDS = (0.2, 1.5)
PENDING_SECONDS = (2.0, 8.0)
AGAIN_SECONDS = 0.2
TWICE_WITHIN_SECONDS = 3.0
RETURNED_SECONDS = (20.0, 120.0)
LATE_SPREAD = (0.5, 1.5)

FAILED, PENDING, LATE, SILENT, DONE = "failed", "pending", "late", "silent", "done"


@dataclass(frozen=True, slots=True)
class RefundShares:
    """How refunds end, as shares of all; what is left of 1 succeeds at once."""

    failed: float = 0.0
    pending: float = 0.0
    late: float = 0.0
    silent: float = 0.0
    twice: float = 0.0
    """Share of the answers that come a second time, whatever they say."""
    returned: float = 0.0
    """Share of the successes of which the bank sends the money back some time later."""
    late_seconds: float = 60.0

    def outcomes(self) -> Weighted[str]:
        """The outcomes and their weights."""
        shares = {FAILED: self.failed, PENDING: self.pending}
        shares |= {LATE: self.late, SILENT: self.silent}
        return Weighted.of({**shares, DONE: max(0.0, 1 - sum(shares.values()))})


@dataclass(frozen=True, slots=True)
class RefundScenario:
    """What the provider says to a command that came at ``first_at`` for the first time."""

    seed: int
    shares: RefundShares

    def asked_for(self, command: RefundCommandData) -> tuple[str, int]:
        """The refund and its amount."""
        return command.refund_id, command.amount_minor

    def answers(
        self, command: RefundCommandData, first_at: float, asked_at: float
    ) -> list[Telling]:
        """The answers to one asking, in their order; none to the first asking of a silent one.

        ``asked_at`` is later than ``first_at`` when the same is asked again: the answer then says
        at once what became of the refund. Both in seconds since 1970.
        """
        key = command.idempotency_key
        random = Random(f"{self.seed}/refund/{key}")  # noqa: S311 - play, not a secret
        outcome = self.shares.outcomes().pick(random)
        pending_at = first_at + random.uniform(*QUICK_SECONDS)
        settled_at = pending_at + self._takes(outcome, random)
        failure = REFUND_FAILURES.pick(random) if outcome == FAILED else None
        provider_id = f"{command.provider}-re-{random.getrandbits(48):012x}"
        end = _answer(command, settled_at, provider_id, failure)
        if command.attempt > 1:
            return [_told(end, max(settled_at, asked_at + AGAIN_SECONDS), 1)]
        if outcome == SILENT:
            return []
        tellings = [_told(end, settled_at, 1)]
        if outcome == PENDING:
            begin = _answer(command, pending_at, provider_id, None, "pending")
            tellings.insert(0, _told(begin, pending_at, 0))
        if random.random() < self.shares.twice:
            again = settled_at + random.uniform(0, TWICE_WITHIN_SECONDS)
            tellings.append(_told(end, again, 2))
        if failure is None:
            tellings += self._returned(command, settled_at, provider_id)
        return tellings

    def _returned(
        self, command: RefundCommandData, settled_at: float, provider_id: str
    ) -> list[Telling]:
        # A chance of its own: this share changes no other answer.
        random = Random(f"{self.seed}/returned/{command.idempotency_key}")  # noqa: S311
        if random.random() >= self.shares.returned:
            return []
        at = settled_at + random.uniform(*RETURNED_SECONDS)
        return [_told(_answer(command, at, provider_id, REFUND_RETURNS.pick(random)), at, 3)]

    def _takes(self, outcome: str, random: Random) -> float:
        if outcome == PENDING:
            return random.uniform(*PENDING_SECONDS)
        return self.shares.late_seconds * random.uniform(*LATE_SPREAD) if outcome == LATE else 0.0


def _answer(
    command: RefundCommandData,
    at: float,
    provider_refund_id: str,
    failure: tuple[str, str | None] | None,
    fact: str = "",
) -> dict[str, Any]:
    data: dict[str, Any] = {
        "transaction_id": command.transaction_id,
        "refund_id": command.refund_id,
        "amount_minor": command.amount_minor,
        "currency": command.currency,
        "provider_refund_id": provider_refund_id,
    }
    fact = fact or ("succeeded" if failure is None else "failed")
    if failure is not None:
        code, words = failure
        data["failure"] = {"code": code} | ({"message": words} if words else {})
    return event(
        f"upstream.refund.{fact}.v1",
        f"refund:{command.idempotency_key}:{fact}",
        command.transaction_id,
        instant_text(at),
        data,
    )


def _told(said: dict[str, Any], at: float, number: int) -> Telling:
    return Telling(at, number, UPSTREAM_PAYMENTS.name, said)
