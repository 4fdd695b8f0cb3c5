"""``GET /v1/billing-cycles/{code}`` and what is below; the lists are ``cycle_list.py``."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, Field

from billing_debits.api.cycle_list import ADJUSTMENT_LIST, CYCLE_LIST, FINDING_LIST
from billing_debits.api.cycle_presenting import cycle_detail, reconciliation
from billing_debits.domain.cycles import BillingCycle
from billing_debits.store.cycle_reads import CycleReads
from billing_debits.use_cases.settle_cycles import SettleCycle
from payops_contracts.cycles import CycleFinding, CycleStatus, CycleTotals
from payops_kernel.auth.dependencies import requires
from payops_kernel.auth.principals import UserRole
from payops_kernel.free_text import FreeText
from payops_kernel.http.announcing import refusals
from payops_kernel.http.commands import Asked, asked_by, command_response
from payops_kernel.http.given import Given, OrAbsent
from payops_kernel.http.paths import PathId
from payops_kernel.http.responses import JsonResponse
from payops_kernel.ports import Repository, RunsCommands

Approver = Annotated[Asked, Depends(asked_by(UserRole.APPROVER, about="code"))]
VIEWER = [Depends(requires(UserRole.VIEWER))]
CycleRow: Any = CYCLE_LIST.row_model
FindingRow: Any = FINDING_LIST.row_model
AdjustmentRow: Any = ADJUSTMENT_LIST.row_model


class ClosureIn(Given):
    """A closing; the comment goes to the audit log."""

    comment: OrAbsent[FreeText] = None


class ReopeningIn(Given):
    """Why its totals are to change again."""

    reason: FreeText


class CycleOverview(BaseModel):
    """The detail's first section."""

    billing_cycle_code: str
    status: CycleStatus
    status_label: str
    opened_at: datetime | None
    ended_at: datetime | None
    told_at: datetime | None = Field(description="When settlement told its totals.")
    closed_at: datetime | None
    closed_by: str | None


class CycleActionOut(BaseModel):
    """Whether something can be done with it now, and why not."""

    allowed: bool
    reason: str | None


class CycleActions(BaseModel):
    """What an approver can do with it."""

    close: CycleActionOut
    reopen: CycleActionOut


class OpenDebits(BaseModel):
    """Charges that bar the closing: Pending, Submitted, Temp rejected."""

    count: int
    charge_ids: list[str] = Field(description="The first of them.")


class CycleHistoryOut(BaseModel):
    """One thing that happened, newest first."""

    at: datetime
    event: str
    event_label: str
    status: CycleStatus = Field(description="The status after it.")
    status_label: str
    applied: bool = Field(description="False when it changed nothing; the note says why.")
    note: str | None
    actor: str | None
    reason: str | None
    cause: str = Field(description="Source of the event or request behind it.")


class CycleDetail(BaseModel):
    """One billing cycle with everything that its page shows."""

    overview: CycleOverview
    totals: list[CycleRow] = Field(description="By currency; frozen once it is closed.")
    open_debits: OpenDebits
    adjustments: list[AdjustmentRow] = Field(
        description="The latest, in this cycle or of its charges; all are in "
        "`/v1/cycle-adjustments`."
    )
    actions: CycleActions
    history: list[CycleHistoryOut]
    version: int


class ControlRow(BaseModel):
    """Upstream's totals against ours in one currency; a difference is theirs less ours."""

    currency: str
    charges: int
    told_charges: int | None
    charges_difference: int | None
    charged_minor: int
    told_charged_minor: int | None
    difference_minor: int | None
    tax_minor: int
    told_tax_minor: int | None
    tax_difference_minor: int | None
    agrees: bool | None = Field(description="Null while upstream has told no totals.")


class FindingCount(BaseModel):
    """How many of a kind there are."""

    finding: CycleFinding
    finding_label: str
    count: int


class Reconciliation(BaseModel):
    """A cycle against what settlement says, and its charges against their consumption."""

    billing_cycle_code: str
    told_at: datetime | None
    control: list[ControlRow]
    counts: list[FindingCount]
    findings: list[FindingRow] = Field(
        description="The first of them; all are in `/v1/cycle-findings`."
    )


class CycleAnswer(BaseModel):
    """The cycle as it is now; totals once it is closed."""

    billing_cycle_code: str
    status: CycleStatus
    closed_at: datetime | None
    closed_by: str | None
    totals: list[CycleTotals]
    version: int


def cycle_routes(
    commands: RunsCommands,
    settle: SettleCycle,
    cycles: Repository[BillingCycle],
    reads: CycleReads,
) -> APIRouter:
    """Viewers read; approvers close and reopen."""
    router = APIRouter(prefix="/v1", tags=["billing-cycles"])

    @router.get("/billing-cycles/{code}", response_model=CycleDetail, dependencies=VIEWER)
    async def get_billing_cycle(code: PathId) -> JsonResponse:
        """One cycle: totals by currency, debits that bar its closing, its history."""
        cycle = await _found(cycles, code)
        found = await reads.of(code)
        return JsonResponse(cycle_detail(cycle, found))

    @router.get(
        "/billing-cycles/{code}/reconciliation",
        response_model=Reconciliation,
        dependencies=VIEWER,
    )
    async def get_reconciliation(code: PathId) -> JsonResponse:
        """Upstream's totals against ours, and charges that their consumption does not explain."""
        cycle = await _found(cycles, code)
        rows, counts = await reads.rows(code), await reads.finding_counts(code)
        findings = await reads.findings(code)
        return JsonResponse(reconciliation(cycle, rows, counts, findings))

    @router.post(
        "/billing-cycles/{code}/closure", response_model=CycleAnswer, responses=refusals(409)
    )
    async def post_closure(code: PathId, body: ClosureIn, asked: Approver) -> Response:
        """Freeze its totals; 409 with the open charges while debits of it are open."""
        context = asked.context(body)
        return command_response(await commands.run(context, lambda work: settle.close(work, code)))

    @router.post(
        "/billing-cycles/{code}/reopening", response_model=CycleAnswer, responses=refusals(409)
    )
    async def post_reopening(code: PathId, body: ReopeningIn, asked: Approver) -> Response:
        """Let its totals change again, with a reason; adjustments stay where they count."""
        context = asked.context(body)
        return command_response(
            await commands.run(context, lambda work: settle.reopen(work, code, body.reason))
        )

    return router


async def _found(cycles: Repository[BillingCycle], code: str) -> BillingCycle:
    cycle = await cycles.find(code)
    if cycle is None:
        raise cycles.missing(code)
    return cycle
