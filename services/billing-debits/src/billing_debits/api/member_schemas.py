"""What goes over the wire about a member. Amounts are integer minor units."""

from datetime import datetime

from pydantic import BaseModel, Field

from billing_debits.api.member_list import OwedOut
from payops_contracts.charges import ChargeStatus
from payops_contracts.members import MemberStanding


class MemberBlockOut(BaseModel):
    """Who blocked the member, and why."""

    by: str = Field(description="A person, or `policy`.")
    reason: str
    at: datetime


class MemberStandingOut(BaseModel):
    """A member's standing, and the block if there is one."""

    mpass_number: str
    standing: MemberStanding
    since: datetime
    block: MemberBlockOut | None


class MemberOverview(BaseModel):
    """The detail's first section."""

    mpass_number: str
    standing: MemberStanding
    standing_label: str
    since: datetime
    unpaid: int = Field(description="Charges of which something is owed.")


class MemberUser(BaseModel):
    """Who it is; payments name the same id."""

    id: str
    name: str | None
    email: str | None
    phone: str | None


class MemberCharge(BaseModel):
    """One of the member's charges."""

    charge_id: str
    created_at: datetime
    status: ChargeStatus
    status_label: str
    amount_minor: int
    currency: str
    outstanding_minor: int
    settled_otherwise: bool


class MemberAccount(BaseModel):
    """All charges of one currency: charged = collected + settled otherwise + withdrawn + owed."""

    currency: str
    charges: int
    charged_minor: int
    collected_minor: int
    settled_minor: int = Field(description="Paid in another way.")
    withdrawn_minor: int
    owed_minor: int


class MemberHistoryOut(BaseModel):
    """One change of the standing, or what a person did, newest first."""

    at: datetime
    event: str
    event_label: str
    standing_before: MemberStanding | None
    standing: MemberStanding = Field(description="The standing after it.")
    standing_label: str
    charge_id: str | None
    actor: str | None
    reason: str | None


class MemberPossible(BaseModel):
    """Whether something can be done now, or why not."""

    allowed: bool
    reason: str | None


class MemberActions(BaseModel):
    """What a person can do with the member."""

    block: MemberPossible
    unblock: MemberPossible


class MemberDetail(BaseModel):
    """One member: standing and why, what they owe, their charges, what changed the standing."""

    overview: MemberOverview
    user: MemberUser
    block: MemberBlockOut | None
    owed: list[OwedOut] = Field(description="By currency; none: nothing is owed.")
    accounts: list[MemberAccount] = Field(description="By currency.")
    behind_standing: list[MemberCharge] = Field(
        description="The charges because of which the standing is not good, oldest first."
    )
    charges: list[MemberCharge] = Field(description="The newest first, up to 50.")
    history: list[MemberHistoryOut] = Field(description="Newest first, up to 1,000.")
    actions: MemberActions
    version: int
