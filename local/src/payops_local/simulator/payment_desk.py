"""Who answers what PayOps asks about payments: refunds, payments of subscriptions; to the end of a
subscription nothing is said, it is only heeded (``ends.py``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from payops_contracts.refunds import PaymentCommand, RefundCommandData
from payops_contracts.subscriptions import EndRequestData, EndWithdrawnData, PaymentRequestData
from payops_local.simulator.refunds import RefundScenario
from payops_local.simulator.scenarios import Telling
from payops_local.simulator.subscription_requests import RequestScenario


@dataclass(frozen=True, slots=True)
class Heeded:
    """A command that gets no answer."""

    subscription_id: str

    @property
    def idempotency_key(self) -> str:
        """What it is about."""
        return f"end/{self.subscription_id}"


PaymentAsked = RefundCommandData | PaymentRequestData | Heeded
_COMMANDS: TypeAdapter[Any] = TypeAdapter(PaymentCommand)


@dataclass(frozen=True, slots=True)
class PaymentDesk:
    """Hands each command to whom it concerns."""

    refunds: RefundScenario
    requests: RequestScenario

    def read(self, value: bytes) -> PaymentAsked:
        """The command in a record; raises ``ValidationError`` for what is none."""
        data: RefundCommandData | PaymentRequestData | EndRequestData | EndWithdrawnData
        data = _COMMANDS.validate_json(value).data
        if isinstance(data, EndRequestData | EndWithdrawnData):
            return Heeded(data.subscription_id)
        return data

    def asked_for(self, command: PaymentAsked) -> tuple[str, int]:
        """The refund or the payment, and its amount."""
        if isinstance(command, RefundCommandData):
            return self.refunds.asked_for(command)
        if isinstance(command, PaymentRequestData):
            return command.payment_request_id, command.amount_minor
        return command.idempotency_key, 0

    def answers(self, command: PaymentAsked, first_at: float, asked_at: float) -> list[Telling]:
        """As the scenario of its kind says."""
        if isinstance(command, RefundCommandData):
            return self.refunds.answers(command, first_at, asked_at)
        if isinstance(command, PaymentRequestData):
            return self.requests.answers(command, first_at, asked_at)
        return []
