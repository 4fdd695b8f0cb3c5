"""How a provider answers PayOps' request for a payment of a subscription: one payment a key, one
outcome, however often it is asked for.

Everything about it follows from the seed and the idempotency key, ids included. A payment that
failed stays so: the next attempt is another request.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from payops_contracts.subscriptions import PaymentRequestData
from payops_contracts.topics import UPSTREAM_PAYMENTS
from payops_local.simulator.customers import Customers
from payops_local.simulator.scenarios import Telling, event, instant_text
from payops_local.simulator.subscription_words import FAILURES
from payops_local.simulator.subscriptions import payment_of
from payops_local.simulator.words import Weighted

BEGINS_SECONDS, QUICK_SECONDS, PENDING_SECONDS = (0.1, 1.0), (0.5, 4.0), (3.0, 15.0)
AGAIN_SECONDS, TWICE_WITHIN_SECONDS = 0.2, 5.0
LATE_SPREAD = (0.5, 1.5)
QUICK, PENDING, LATE, LOST = "quick", "pending", "late", "lost"


@dataclass(frozen=True, slots=True)
class RequestShares:
    """How payments end, and how that is told, as shares of all."""

    failed: float = 0.0
    """With a reason. What is left of 1 is paid."""
    pending: float = 0.0
    """Pending first."""
    late: float = 0.0
    lost: float = 0.0
    """Carried out, and nothing is told until the same is asked for again."""
    twice: float = 0.0
    """Of the ends: they are told a second time."""
    late_seconds: float = 60.0

    def ways(self) -> Weighted[str]:
        """How answers come, and the weights."""
        shares = {PENDING: self.pending, LATE: self.late, LOST: self.lost}
        return Weighted.of({**shares, QUICK: max(0.0, 1 - sum(shares.values()))})


@dataclass(frozen=True, slots=True)
class RequestScenario:
    """What the provider says to a request that came at ``first_at`` for the first time."""

    seed: int
    customers: Customers
    shares: RequestShares

    def answers(
        self, command: PaymentRequestData, first_at: float, asked_at: float
    ) -> list[Telling]:
        """The payment's facts, in their order; none to the first asking of a lost one.

        ``asked_at`` is later than ``first_at`` when the same is asked again: the answer then says
        at once what became of the payment. Both in seconds since 1970.
        """
        name = f"{self.seed}/request/{command.idempotency_key}"
        random = Random(name)  # noqa: S311 - play, not a secret
        failed, way = random.random() < self.shares.failed, self.shares.ways().pick(random)
        begin = first_at + random.uniform(*BEGINS_SECONDS)
        end = begin + random.uniform(*(PENDING_SECONDS if way == PENDING else QUICK_SECONDS))
        if way == LATE:
            end += self.shares.late_seconds * random.uniform(*LATE_SPREAD)
        twice_at = end + random.uniform(0, TWICE_WITHIN_SECONDS)
        told_twice, reason = random.random() < self.shares.twice, FAILURES.pick(random)
        data = self._payment(command, begin, random)
        fact, failure = ("failed", _failure(reason)) if failed else ("paid", {})
        last = _told(fact, end, 2, data | failure)
        if command.asked > 1:
            return [Telling(max(end, asked_at + AGAIN_SECONDS), 2, last.topic, last.event)]
        if way == LOST:
            return []
        tellings = [_told("created", begin, 0, data)]
        if way == PENDING:
            tellings.append(_told("pending", (begin + end) / 2, 1, data))
        tellings.append(last)
        if told_twice:
            tellings.append(Telling(twice_at, 3, last.topic, last.event))
        return tellings

    def _payment(self, command: PaymentRequestData, at: float, random: Random) -> dict[str, Any]:
        request_id = command.payment_request_id
        customer = self.customers.called(command.user_id)
        data = payment_of(command.model_dump(), customer, f"SIM-{request_id}", at, random)
        return data | {"payment_request_id": request_id}


def _failure(reason: tuple[str, str | None]) -> dict[str, Any]:
    code, words = reason
    return {"failure": {"code": code} | ({"message": words} if words else {})}


def _told(fact: str, at: float, number: int, data: dict[str, Any]) -> Telling:
    key = data["transaction_id"]
    said = event(f"upstream.payment.{fact}.v1", f"{key}:{fact}", key, instant_text(at), data)
    return Telling(at, number, UPSTREAM_PAYMENTS.name, said)
