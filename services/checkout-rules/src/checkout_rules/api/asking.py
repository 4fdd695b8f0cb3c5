"""What routes of rules take beside a body: who asks, and what they saw last."""

from typing import Annotated, Any

from fastapi import Depends, Header
from fastapi.responses import Response

from payops_kernel.auth.dependencies import requires
from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.http.commands import Asked, asked_by, command_response
from payops_kernel.http.tracing import current_traceparent
from payops_kernel.ports import CommandAnswer, CommandContext

IfMatch = Annotated[
    str,
    Header(
        alias="If-Match",
        pattern='^"[1-9][0-9]{0,11}"$',
        description="The ETag of what is changed, as it was read.",
    ),
]
OVERTAKEN: dict[int | str, dict[str, Any]] = {
    412: {"description": "Somebody changed it since; `detail` says who, when, and what."}
}
Viewer = Depends(requires(UserRole.VIEWER))
Operator = Annotated[Principal, Depends(requires(UserRole.OPERATOR))]
Admin = Annotated[Principal, Depends(requires(UserRole.ADMIN))]
OperatorAsks = Annotated[Asked, Depends(asked_by(UserRole.OPERATOR))]
ApproverAsks = Annotated[Asked, Depends(asked_by(UserRole.APPROVER))]


def seen_in(if_match: str) -> int:
    """The version that an ``If-Match`` names."""
    return int(if_match.strip('"'))


def without_key(actor: Principal, reason: str | None) -> CommandContext:
    """The context of a change that names what it is based on: done twice, it is refused."""
    return CommandContext(actor=actor, reason=reason, traceparent=current_traceparent())


def tagged(answer: CommandAnswer, version: int) -> Response:
    """A command's answer, with the ETag of what it changed."""
    response = command_response(answer)
    response.headers["ETag"] = f'"{version}"'
    return response
