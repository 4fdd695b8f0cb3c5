"""``GET /v1/members/{mpass_number}``, and its block; the list is ``member_list.py``."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from billing_debits.api.member_presenting import member_detail
from billing_debits.api.member_schemas import MemberDetail, MemberStandingOut
from billing_debits.domain.member import Member
from billing_debits.use_cases.block_member import BlockMember
from payops_kernel.auth.dependencies import requires
from payops_kernel.auth.principals import UserRole
from payops_kernel.free_text import FreeText
from payops_kernel.http.commands import Asked, asked_by, command_response
from payops_kernel.http.given import Given, GivenQuery
from payops_kernel.http.paths import PathId
from payops_kernel.http.responses import JsonResponse
from payops_kernel.ports import Repository, RunsCommands

Operator = Annotated[Asked, Depends(asked_by(UserRole.OPERATOR, about="mpass_number"))]


class BlockIn(Given):
    """Why the member is blocked."""

    reason: FreeText


class UnblockQuery(GivenQuery):
    """Why the block is lifted; in the query, for a DELETE has no body."""

    reason: FreeText


def member_routes(
    commands: RunsCommands, members: Repository[Member], block: BlockMember
) -> APIRouter:
    """Viewers read a member, operators block and unblock them."""
    router = APIRouter(prefix="/v1", tags=["members"])

    @router.get(
        "/members/{mpass_number}",
        response_model=MemberDetail,
        dependencies=[Depends(requires(UserRole.VIEWER))],
    )
    async def get_member(mpass_number: PathId) -> JsonResponse:
        """One member: standing and why, what they owe, charges, what changed the standing."""
        found = await members.find(mpass_number)
        if found is None:
            raise members.missing(mpass_number)
        return JsonResponse(member_detail(found))

    @router.post("/members/{mpass_number}/block", response_model=MemberStandingOut)
    async def post_block(mpass_number: PathId, body: BlockIn, asked: Operator) -> Response:
        """Block the member until somebody unblocks them, whatever they pay."""
        return command_response(
            await commands.run(
                asked.context(body), lambda work: block(work, mpass_number, body.reason)
            )
        )

    @router.delete("/members/{mpass_number}/block", response_model=MemberStandingOut)
    async def delete_block(
        mpass_number: PathId, query: Annotated[UnblockQuery, Query()], asked: Operator
    ) -> Response:
        """Lift the block; their charges say what the standing is then."""
        return command_response(
            await commands.run(
                asked.context(query), lambda work: block.lift(work, mpass_number, query.reason)
            )
        )

    return router
