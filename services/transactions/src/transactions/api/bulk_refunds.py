"""``POST /v1/transactions/bulk-refunds/previews`` and ``POST /v1/transactions/bulk-refunds``."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from payops_contracts.money import format_money
from payops_kernel.auth.dependencies import requires
from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.free_text import FreeText
from payops_kernel.http.commands import IdempotencyKey, command_context
from payops_kernel.http.responses import JsonResponse
from payops_kernel.jobs.routes import JobOut, job_accepted
from payops_kernel.zones import Zone
from transactions.api.choices import BulkChoice
from transactions.use_cases.bulk_refund import BulkRefund, Confirmation

CREATED = 201

Operator = Annotated[Principal, Depends(requires(UserRole.OPERATOR))]


class CurrencySum(BaseModel):
    """What would be refunded in one currency."""

    currency: str
    amount_minor: int
    amount: str


class RefusedRows(BaseModel):
    """Chosen rows that cannot be refunded, for one reason."""

    reason: str
    count: int


class BulkRefundPreview(BaseModel):
    """What a bulk refund would do; confirm it by its id within the hour."""

    preview_id: str
    chosen: int
    count: int = Field(description="Rows that would be refunded, each all that is left of it.")
    sums: list[CurrencySum]
    refused: list[RefusedRows]


class BulkRefundIn(BaseModel):
    """A preview that is confirmed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    preview_id: Annotated[str, Field(min_length=1, max_length=64)]
    reason: FreeText
    comment: FreeText | None = None
    accept_removals: Annotated[
        bool, Field(description="Go on without what can no longer be refunded as previewed.")
    ] = False


def bulk_refund_routes(bulk: BulkRefund, zone: Zone) -> APIRouter:
    """The routes of bulk refunds; operators and up. ``zone`` is the reporting zone."""
    router = APIRouter(prefix="/v1", tags=["refunds"])

    @router.post(
        "/transactions/bulk-refunds/previews",
        response_model=BulkRefundPreview,
        status_code=CREATED,
    )
    async def preview_bulk_refund(body: BulkChoice, actor: Operator) -> Response:
        """What would be refunded now: count, sums by currency, and who cannot be, by reason."""
        preview_id, found = await bulk.preview(actor, body.chosen(zone))
        return JsonResponse(
            {
                "preview_id": preview_id,
                "chosen": found.chosen,
                "count": len(found.rows),
                "sums": [
                    {
                        "currency": currency,
                        "amount_minor": amount,
                        "amount": format_money(amount, currency),
                    }
                    for currency, amount in sorted(found.sums_minor.items())
                ],
                "refused": [
                    {"reason": reason, "count": count}
                    for reason, count in sorted(found.refused.items())
                ],
            },
            status_code=CREATED,
        )

    @router.post("/transactions/bulk-refunds", response_model=JobOut, status_code=202)
    async def post_bulk_refund(
        body: BulkRefundIn, key: IdempotencyKey, actor: Operator
    ) -> Response:
        """Refund what the preview promised, as a job with an outcome for each row."""
        context = command_context(
            actor,
            "POST /v1/transactions/bulk-refunds",
            key,
            body.model_dump(mode="json"),
            reason=body.reason,
            comment=body.comment,
        )
        wanted = Confirmation(body.preview_id, body.reason, body.comment, body.accept_removals)
        return job_accepted(await bulk.confirm(context, wanted))

    return router
