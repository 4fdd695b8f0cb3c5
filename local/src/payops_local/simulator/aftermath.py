"""What may befall a payment of this hub later: a refund that PayOps did not ask for, or a
dispute.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from payops_contracts.topics import UPSTREAM_PAYMENTS
from payops_local.simulator.scenarios import Telling, event, instant_text
from payops_local.simulator.words import DISPUTE_REASONS, REFUND_FAILURES

AFTER_SECONDS = (5.0, 60.0)
LASTS_SECONDS = (20.0, 180.0)
WHOLE = 0.5
"""Share of external refunds that give everything back."""
WON = 0.6
CORRECTED = 0.2
"""Share of disputes of which the amount is corrected while they are open."""
LOST_IN_PART = 0.4
"""Share of lost disputes that take less than was disputed."""
FIRST_NUMBER = 10
"""Behind the numbers of the payment's own facts."""


@dataclass(frozen=True, slots=True)
class Aftermath:
    """How often it happens, as shares of the paid payments."""

    seed: int
    external_refund: float = 0.0
    dispute: float = 0.0
    refused_refund: float = 0.0
    after_seconds: tuple[float, float] = AFTER_SECONDS
    """How long after the payment it begins."""
    lasts_seconds: tuple[float, float] = LASTS_SECONDS
    """How long a dispute lasts, or a refund that is pending first."""
    pending_first: float = 0.0
    """Share of the refunds that are pending first."""

    def tellings(self, paid_at: float, payment: dict[str, Any]) -> list[Telling]:
        """What follows on a payment of these data; mostly nothing."""
        key = payment["transaction_id"]
        # A chance of its own: other shares change no payment.
        random = Random(f"{self.seed}/{key}/aftermath")  # noqa: S311 - play, not a secret
        draw, begin = random.random(), paid_at + random.uniform(*self.after_seconds)
        refunds = self.external_refund + self.refused_refund
        if payment["amount_minor"] == 0 or draw >= refunds + self.dispute:
            return []
        if draw < refunds:
            return self._refund(begin, payment, random, refused=draw >= self.external_refund)
        return _dispute(begin, begin + random.uniform(*self.lasts_seconds), payment, random)

    def _refund(
        self, at: float, payment: dict[str, Any], random: Random, *, refused: bool
    ) -> list[Telling]:
        paid = payment["amount_minor"]
        amount = paid if random.random() < WHOLE else random.randint(1, paid)
        said = {"refund_id": f"{payment['provider']}-re-{random.getrandbits(40):010x}"}
        tellings: list[Telling] = []
        if random.random() < self.pending_first:
            tellings.append(_telling("refund.pending", at, 0, payment, said, amount))
            at += random.uniform(*self.lasts_seconds)
        if not refused:
            return [*tellings, _telling("refund.succeeded", at, 1, payment, said, amount)]
        code, words = REFUND_FAILURES.pick(random)
        failure = {"code": code} | ({"message": words} if words else {})
        told = {**said, "failure": failure}
        return [*tellings, _telling("refund.failed", at, 1, payment, told, amount)]


def _dispute(at: float, ended_at: float, payment: dict[str, Any], random: Random) -> list[Telling]:
    said = {
        "dispute_id": f"{payment['provider']}-dp-{random.getrandbits(40):010x}",
        "reason": DISPUTE_REASONS.pick(random),
    }
    end = "won" if random.random() < WON else "lost"
    paid = disputed = payment["amount_minor"]
    tellings = [_telling("dispute.opened", at, 0, payment, said, paid)]
    if random.random() < CORRECTED:
        disputed, corrected_at = random.randint(1, paid), random.uniform(at, ended_at)
        tellings.append(_telling("dispute.opened", corrected_at, 1, payment, said, disputed))
    in_part = end == "lost" and random.random() < LOST_IN_PART
    taken = random.randint(1, disputed) if in_part else disputed
    return [*tellings, _telling(f"dispute.{end}", ended_at, 2, payment, said, taken)]


def _telling(
    fact: str,
    at: float,
    number: int,
    payment: dict[str, Any],
    said: dict[str, Any],
    amount_minor: int,
) -> Telling:
    key = payment["transaction_id"]
    data = {
        "transaction_id": key,
        "amount_minor": amount_minor,
        "currency": payment["currency"],
        **said,
    }
    number += FIRST_NUMBER
    said_event = event(f"upstream.{fact}.v1", f"{key}:{number}", key, instant_text(at), data)
    return Telling(at, number, UPSTREAM_PAYMENTS.name, said_event)
