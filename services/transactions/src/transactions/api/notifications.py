"""``POST /v1/transactions/{transaction_id}/notifications``, ``GET …/notifications/preview``."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, Field

from payops_contracts.ids import TransactionId
from payops_kernel.auth.dependencies import requires
from payops_kernel.auth.principals import UserRole
from payops_kernel.free_text import FreeText
from payops_kernel.http.announcing import refusals
from payops_kernel.http.commands import Asked, asked_by, command_response
from payops_kernel.http.given import Given, OrAbsent
from payops_kernel.http.paths import PathIdOf
from payops_kernel.http.responses import JsonResponse
from payops_kernel.ports import RunsCommands
from transactions.use_cases.notify_customer import NotifyCustomer, PreviewMail

Operator = Annotated[Asked, Depends(asked_by(UserRole.OPERATOR, about="transaction_id"))]


class NotificationIn(Given):
    """Why the customer is mailed."""

    reason: OrAbsent[FreeText] = None
    comment: OrAbsent[FreeText] = None


class NotificationAccepted(BaseModel):
    """A mail that is on its way."""

    transaction_id: TransactionId
    notice: str
    to: str


class NotificationPreview(BaseModel):
    """The mail that the customer would get now."""

    transaction_id: TransactionId
    notice: str = Field(description="What it is about.")
    to: str
    sender: str
    subject: str
    text: str


def notification_routes(
    commands: RunsCommands, notify: NotifyCustomer, preview: PreviewMail
) -> APIRouter:
    """The routes for mailing a customer; operators and up."""
    router = APIRouter(prefix="/v1", tags=["notifications"])

    @router.get(
        "/transactions/{transaction_id}/notifications/preview",
        response_model=NotificationPreview,
        responses=refusals(409),
        dependencies=[Depends(requires(UserRole.OPERATOR))],
    )
    async def preview_notification(transaction_id: PathIdOf[TransactionId]) -> Response:
        """The mail as it would be sent now; nothing is sent."""
        return JsonResponse((await preview(transaction_id))._asdict())

    @router.post(
        "/transactions/{transaction_id}/notifications",
        response_model=NotificationAccepted,
        status_code=202,
    )
    async def post_notification(
        transaction_id: PathIdOf[TransactionId], body: NotificationIn, asked: Operator
    ) -> Response:
        """Mail the customer about the payment as it stands now."""
        return command_response(
            await commands.run(asked.context(body), lambda work: notify(work, transaction_id))
        )

    return router
