"""``GET /v1/retry-policies``, ``GET`` and ``PUT …/{name}``, ``PUT …/active``."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Response
from pydantic import BaseModel, Field

from billing_debits.domain.policies import WhyNot
from billing_debits.use_cases.retry_policies import RetryPolicies
from payops_contracts.charges import Rail
from payops_kernel.auth.dependencies import requires
from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.free_text import FreeText
from payops_kernel.http.announcing import refusals
from payops_kernel.http.commands import command_response
from payops_kernel.http.given import Given, OrAbsent, Whole, seen
from payops_kernel.http.paths import PathId
from payops_kernel.http.responses import JsonResponse
from payops_kernel.http.tracing import current_traceparent
from payops_kernel.ports import CommandContext, RunsCommands

DELAYS_MAX = 10
DELAY_S_MAX = 60 * 24 * 3600
Admin = Annotated[Principal, Depends(requires(UserRole.ADMIN))]
IfMatch = Annotated[
    str,
    Header(
        alias="If-Match",
        pattern='^"[1-9][0-9]{0,8}"$',
        description="The ETag of the policy as it was read.",
    ),
]
CHANGED: dict[int | str, dict[str, Any]] = {
    412: {"description": "Somebody changed it since; `detail` says who, and to what."}
}


class DelaysIn(Given):
    """How long after each failed debit the next one follows."""

    delays_s: Annotated[
        list[Annotated[int, Whole(1, DELAY_S_MAX)]],
        Field(
            min_length=1,
            max_length=DELAYS_MAX,
            description="Seconds between a debit's submission and the retry of that number, each "
            "up to 60 days.",
        ),
    ]
    reason: OrAbsent[FreeText] = None


class ActiveIn(Given):
    """Which policy holds from now on."""

    name: Annotated[str, seen(64)]
    reason: OrAbsent[FreeText] = None


class RailLeft(BaseModel):
    """What a rail leaves of the policy."""

    rail: Rail
    rail_label: str
    retries: int
    why_not_more: WhyNot = Field(description="The policy itself, or the rail's rule.")
    source: str = Field(description="Whose rules the rail's are.")


class RetryPolicyOut(BaseModel):
    """One policy as it holds; decisions name its version."""

    name: str
    version: int
    active: bool
    delays_s: list[int]
    changed_at: datetime | None = Field(description="Null for one as it was shipped.")
    changed_by: str | None
    rails: list[RailLeft]


class RetryPoliciesOut(BaseModel):
    """Every policy."""

    items: list[RetryPolicyOut]


def policy_routes(commands: RunsCommands, policies: RetryPolicies) -> APIRouter:
    """Viewers read policies, admins change them."""
    router = APIRouter(prefix="/v1", tags=["retry-policies"])
    viewers = [Depends(requires(UserRole.VIEWER))]

    @router.get("/retry-policies", response_model=RetryPoliciesOut, dependencies=viewers)
    async def get_retry_policies() -> JsonResponse:
        """Every retry policy, with what each rail leaves of it."""
        return JsonResponse({"items": await policies.listed()})

    @router.get("/retry-policies/{name}", response_model=RetryPolicyOut, dependencies=viewers)
    async def get_retry_policy(name: PathId) -> Response:
        """One retry policy; its ETag is its version."""
        return _tagged(await policies.one(name))

    @router.put("/retry-policies/active", response_model=RetryPolicyOut, responses=refusals(404))
    async def put_active_retry_policy(body: ActiveIn, actor: Admin) -> Response:
        """Have a policy hold for whatever is decided from now on."""
        return command_response(
            await commands.run(
                _context(actor, body.reason), lambda work: policies.activate(work, body.name)
            )
        )

    @router.put("/retry-policies/{name}", response_model=RetryPolicyOut, responses=CHANGED)
    async def put_retry_policy(
        name: PathId, body: DelaysIn, actor: Admin, if_match: IfMatch
    ) -> Response:
        """Change a policy: it holds for retries that are scheduled from now on."""
        delays = [timedelta(seconds=each) for each in body.delays_s]
        version = int(if_match.strip('"'))
        answer = await commands.run(
            _context(actor, body.reason),
            lambda work: policies.change(work, name, version, delays),
        )
        return _tagged(answer.body)

    return router


def _context(actor: Principal, reason: str | None) -> CommandContext:
    return CommandContext(actor=actor, reason=reason, traceparent=current_traceparent())


def _tagged(policy: dict[str, Any]) -> Response:
    return JsonResponse(policy, headers={"ETag": f'"{policy["version"]}"'})
