"""``GET /v1/members/{mpass_number}/picture``: all that the services know of a member."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from gateway.api.admission import Admission
from gateway.api.search import GroupOut, group_body
from gateway.clients.members import MEMBER, PARTS, MemberPicture
from gateway.clients.services import ServiceClient
from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.http.announcing import refusals
from payops_kernel.http.paths import PathId
from payops_kernel.http.responses import JsonResponse

_SCHEMAS = "#/components/schemas/"
PICTURE = {
    "type": "object",
    "description": "A member and the newest rows that are theirs; who did not answer is named.",
    "required": ["member", *PARTS],
    "properties": {
        # As the service answers, whose schemas stand in this document too.
        "member": {"$ref": f"{_SCHEMAS}MemberDetail"},
        **{name: {"$ref": _SCHEMAS + GroupOut.__name__} for name in PARTS},
    },
}
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Successful Response",
        "content": {"application/json": {"schema": PICTURE}},
    },
    **refusals(404, 429, 503),
}


def member_routes(admit: Admission, reads: Mapping[str, ServiceClient]) -> APIRouter:
    """The route; viewers and up. None where no service has members; ``reads`` are by path."""
    routes = APIRouter(prefix="/v1", tags=["members"])
    if MEMBER not in reads:
        return routes
    picture = MemberPicture(reads[MEMBER], reads)

    @routes.get(
        "/members/{mpass_number}/picture",
        response_class=Response,
        responses=ANSWERS,
    )
    async def get_member_picture(
        mpass_number: PathId, caller: Annotated[Principal, Depends(admit(UserRole.VIEWER))]
    ) -> Response:
        """The member with everything that is theirs; payments are joined by the User ID."""
        member, groups = await picture(mpass_number, caller)
        parts = {name: group_body(each) for name, each in groups.items()}
        return JsonResponse({"member": member} | parts)

    return routes
