"""``GET /v1/charges/{charge_id}/dispute-context``."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from billing_debits.api.member_list import OwedOut
from billing_debits.api.member_presenting import owed_sums
from billing_debits.api.presenting import attempt_out
from billing_debits.api.schemas import AttemptOut
from billing_debits.domain.charge import Charge
from billing_debits.domain.dispute import dispute_sums, reversals, reversed_minor
from billing_debits.domain.member import Member
from billing_debits.store.dispute import CHARGES_MAX, DisputeReads
from payops_contracts.charges import ChargeStatus
from payops_contracts.labels import CHARGE_STATUS, MEMBER_STANDING
from payops_contracts.members import MemberStanding
from payops_kernel.auth.dependencies import requires
from payops_kernel.auth.principals import UserRole
from payops_kernel.http.paths import PathId
from payops_kernel.http.responses import JsonResponse
from payops_kernel.ports import Repository

Stored = dict[str, Any]


class DisputedTransaction(BaseModel):
    """A consumption transaction of the charge, and every charge that holds it."""

    transaction_id: str
    amount_minor: int = Field(description="Without tax.")
    currency: str
    occurred_at: datetime
    description: str | None
    charge_ids: list[str]


class DisputedCharge(BaseModel):
    """A charge that holds one of the transactions. Amounts in minor units of its currency."""

    charge_id: str
    created_at: datetime
    mpass_number: str
    status: ChargeStatus
    status_label: str
    failed_reason: str | None
    currency: str
    amount_minor: int
    net_minor: int
    tax_minor: int
    collected_minor: int
    outstanding_minor: int
    reversed_minor: int
    reversed_at: list[datetime] = Field(description="Each reversal, oldest first.")
    attempts: list[AttemptOut] = Field(description="Oldest first.")


class DisputedAttempt(AttemptOut):
    """One attempt of any of these charges."""

    charge_id: str
    amount_minor: int
    currency: str


class DisputeSumsOut(BaseModel):
    """These charges of one currency, summed."""

    currency: str
    charged_minor: int
    net_minor: int
    tax_minor: int
    collected_minor: int
    outstanding_minor: int
    reversed_minor: int


class DisputedMember(BaseModel):
    """How the member stands now."""

    mpass_number: str
    standing: MemberStanding
    standing_label: str
    since: datetime
    owed: list[OwedOut]


class DisputeContext(BaseModel):
    """All that is known of the consumption transactions of a charge."""

    charge_id: str
    member: DisputedMember | None = Field(description="Null until their first charge is counted.")
    transactions: list[DisputedTransaction]
    charges: list[DisputedCharge] = Field(description="Newest first, the asked one among them.")
    attempts: list[DisputedAttempt] = Field(description="Of all these charges, newest first.")
    sums: list[DisputeSumsOut] = Field(description="By currency.")
    is_complete: bool = Field(description=f"False when more than {CHARGES_MAX} charges hold them.")


def dispute_routes(
    charges: Repository[Charge], members: Repository[Member], reads: DisputeReads
) -> APIRouter:
    """The route; viewers and up."""
    router = APIRouter(
        prefix="/v1", tags=["charges"], dependencies=[Depends(requires(UserRole.VIEWER))]
    )

    @router.get("/charges/{charge_id}/dispute-context", response_model=DisputeContext)
    async def get_dispute_context(charge_id: PathId) -> JsonResponse:
        """Of the charge's consumption transactions: charges, attempts, money, the standing."""
        charge = await charges.find(charge_id)
        if charge is None:
            raise charges.missing(charge_id)
        ids = [each.transaction_id for each in charge.raised.consumption]
        holding = await reads.holding(ids) if ids else []
        others = [each for each in holding if each.id != charge.id]
        member = await members.find(charge.raised.mpass_number)
        complete = len(holding) < CHARGES_MAX
        return JsonResponse(dispute_context(charge, others, member, complete))

    return router


def dispute_context(
    charge: Charge, others: Sequence[Charge], member: Member | None, complete: bool
) -> Stored:
    """A ``DisputeContext``."""
    every = sorted([charge, *others], key=lambda it: (it.raised.created_at, it.id), reverse=True)
    attempts = [
        attempt_out(attempt)
        | {
            "charge_id": each.id,
            "amount_minor": each.raised.amount_minor,
            "currency": each.raised.currency,
        }
        for each in every
        for attempt in each.attempts
    ]
    return {
        "charge_id": charge.id,
        "member": None if member is None else _member(member),
        "transactions": [
            it._asdict()
            | {
                "currency": charge.raised.currency,
                "charge_ids": [each.id for each in every if _holds(each, it.transaction_id)],
            }
            for it in charge.raised.consumption
        ],
        "charges": [_charge(each) for each in every],
        "attempts": sorted(attempts, key=lambda row: row["submitted_at"], reverse=True),
        "sums": [asdict(each) for each in dispute_sums(every)],
        "is_complete": complete,
    }


def _holds(charge: Charge, transaction_id: str) -> bool:
    return any(it.transaction_id == transaction_id for it in charge.raised.consumption)


def _charge(charge: Charge) -> Stored:
    raised = charge.raised
    return {
        "charge_id": charge.id,
        "created_at": raised.created_at,
        "mpass_number": raised.mpass_number,
        "status": charge.status,
        "status_label": CHARGE_STATUS[charge.status],
        "failed_reason": charge.failed_reason,
        "currency": raised.currency,
        "amount_minor": raised.amount_minor,
        "net_minor": raised.net_minor,
        "tax_minor": raised.tax_minor,
        "collected_minor": charge.collected_minor,
        "outstanding_minor": charge.outstanding_minor,
        "reversed_minor": reversed_minor(charge),
        "reversed_at": reversals(charge),
        "attempts": [attempt_out(each) for each in charge.attempts],
    }


def _member(member: Member) -> Stored:
    return {
        "mpass_number": member.id,
        "standing": member.standing,
        "standing_label": MEMBER_STANDING[member.standing],
        "since": member.since,
        "owed": owed_sums(member),
    }
