"""``POST /v1/transactions/{transaction_id}/notifications``."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel

from payops_kernel.auth.dependencies import requires
from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.free_text import FreeText
from payops_kernel.http.commands import IdempotencyKey, command_context, command_response
from payops_kernel.http.given import Given, OrAbsent
from payops_kernel.http.paths import PathId, encoded_id
from transactions.use_cases.notify_customer import NotifyCustomer


class NotificationIn(Given):
    """Why the customer is mailed."""

    reason: OrAbsent[FreeText] = None
    comment: OrAbsent[FreeText] = None


class NotificationAccepted(BaseModel):
    """A mail that is on its way."""

    transaction_id: str
    notice: str
    to: str


def notification_routes(notify: NotifyCustomer) -> APIRouter:
    """The route for mailing a customer; operators and up."""
    router = APIRouter(prefix="/v1", tags=["notifications"])

    @router.post(
        "/transactions/{transaction_id}/notifications",
        response_model=NotificationAccepted,
        status_code=202,
    )
    async def post_notification(
        transaction_id: PathId,
        body: NotificationIn,
        key: IdempotencyKey,
        actor: Annotated[Principal, Depends(requires(UserRole.OPERATOR))],
    ) -> Response:
        """Mail the customer about the payment as it stands now."""
        context = command_context(
            actor,
            f"POST /v1/transactions/{encoded_id(transaction_id)}/notifications",
            key,
            body.model_dump(mode="json"),
            reason=body.reason,
            comment=body.comment,
        )
        return command_response(await notify(context, transaction_id))

    return router
