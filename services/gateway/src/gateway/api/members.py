"""``GET /v1/members/{mpass_number}/picture``: all that the services know of a member."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from starlette.responses import Response

from gateway.api.admission import Admission
from gateway.api.search import GroupOut, group_body
from gateway.clients.members import MemberPicture
from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.http.announcing import refusals
from payops_kernel.http.paths import PathId
from payops_kernel.http.responses import JsonResponse


class MemberPictureOut(BaseModel):
    """A member and the newest rows that are theirs; who did not answer is named in its part."""

    member: dict[str, Any] = Field(description="As `GET /v1/members/{mpass_number}` answers.")
    charges: GroupOut
    attempts: GroupOut
    payments: GroupOut


def member_routes(admit: Admission, picture: MemberPicture) -> APIRouter:
    """The route; viewers and up."""
    routes = APIRouter(prefix="/v1", tags=["members"])

    @routes.get(
        "/members/{mpass_number}/picture",
        response_model=MemberPictureOut,
        responses=refusals(404, 429, 503),
    )
    async def get_member_picture(
        mpass_number: PathId, caller: Annotated[Principal, Depends(admit(UserRole.VIEWER))]
    ) -> Response:
        """The member with everything that is theirs; payments are joined by the User ID."""
        member, groups = await picture(mpass_number, caller)
        parts = {name: group_body(each) for name, each in groups.items()}
        return JsonResponse({"member": member} | parts)

    return routes
