"""Batches: previews and confirmations, one of them, its charges, submission, cancellation."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Response

from billing_debits.api.batch_presenting import batch_detail, preview_body
from billing_debits.api.batch_schemas import (
    BATCH_CHARGE,
    BatchAnswer,
    BatchCancellation,
    BatchChoice,
    BatchConfirmation,
    BatchDetail,
    BatchPreview,
    BatchSubmission,
    MadeBatches,
)
from billing_debits.api.charge_list import CHARGE_LIST
from billing_debits.domain.batch import Batch
from billing_debits.store.rows import PartRows
from billing_debits.use_cases.build_batches import BuildBatches, DecideBatch
from payops_contracts.ids import BatchCode
from payops_contracts.labels import ATTEMPT_STATUS
from payops_contracts.rails import RETURNABLE
from payops_kernel.auth.dependencies import requires
from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.clock import Clock
from payops_kernel.http.announcing import refusals
from payops_kernel.http.commands import Asked, asked_by, command_response
from payops_kernel.http.cursors import CursorCodec
from payops_kernel.http.paths import PathId
from payops_kernel.http.queries import ListQuery, PageOut
from payops_kernel.http.responses import JsonResponse
from payops_kernel.lists.reads import ListReads
from payops_kernel.ports import Repository, RunsCommands
from payops_kernel.search_text import searchable

Viewer = Depends(requires(UserRole.VIEWER))
Operator = Annotated[Principal, Depends(requires(UserRole.OPERATOR))]
OfABatch = Annotated[Asked, Depends(asked_by(UserRole.OPERATOR, about="batch_code"))]


def build_routes(commands: RunsCommands, build: BuildBatches, decide: DecideBatch) -> APIRouter:
    """What operators do with batches."""
    router = APIRouter(prefix="/v1", tags=["debit-batches"])

    @router.post(
        "/debit-batches/previews",
        response_model=BatchPreview,
        status_code=HTTPStatus.CREATED,
    )
    async def preview_debit_batches(
        body: Annotated[BatchChoice, Body()], caller: Operator
    ) -> Response:
        """What would be built now, a batch a currency and rail, and what is left out and why."""
        found = await build.preview(caller.subject, body.chosen())
        return JsonResponse(preview_body(found), status_code=HTTPStatus.CREATED)

    @router.post(
        "/debit-batches",
        response_model=MadeBatches,
        status_code=HTTPStatus.ACCEPTED,
        responses=refusals(404),
    )
    async def post_debit_batches(
        body: Annotated[BatchConfirmation, Body()],
        asked: Annotated[Asked, Depends(asked_by(UserRole.OPERATOR))],
    ) -> Response:
        """Build what was previewed; 409 names what changed since, unless that is accepted."""
        return command_response(
            await commands.run(
                asked.context(body),
                lambda work: build.confirm(
                    work, body.preview_id, body.accept_removals, body.submit_when_sealed
                ),
            )
        )

    @router.post(
        "/debit-batches/{batch_code}/submission",
        response_model=BatchAnswer,
        status_code=HTTPStatus.ACCEPTED,
    )
    async def post_batch_submission(
        batch_code: PathId, body: Annotated[BatchSubmission, Body()], asked: OfABatch
    ) -> Response:
        """Ask the processor for the debits of a sealed batch."""
        return command_response(
            await commands.run(asked.context(body), lambda work: decide.submit(work, batch_code))
        )

    @router.post(
        "/debit-batches/{batch_code}/cancellation",
        response_model=BatchAnswer,
        status_code=HTTPStatus.ACCEPTED,
    )
    async def post_batch_cancellation(
        batch_code: PathId, body: Annotated[BatchCancellation, Body()], asked: OfABatch
    ) -> Response:
        """Not submit a batch; its charges are free for another."""
        return command_response(
            await commands.run(asked.context(body), lambda work: decide.cancel(work, batch_code))
        )

    return router


def batch_routes(
    batches: Repository[Batch],
    charges: ListReads,
    rows: PartRows,
    cursors: CursorCodec,
    clock: Clock,
) -> APIRouter:
    """One batch, and its charges; viewers and up."""
    router = APIRouter(prefix="/v1", tags=["debit-batches"], dependencies=[Viewer])

    @router.get("/debit-batches/{batch_code}", response_model=BatchDetail)
    async def get_debit_batch(batch_code: PathId) -> JsonResponse:
        """One batch: totals at every stage, results so far, what is not in it, its history."""
        found = await batches.find(batch_code)
        if found is None:
            raise batches.missing(batch_code)
        window = RETURNABLE[found.plan.rail]
        returnable = await rows.collected_since(found.code, clock.now() - window)
        return JsonResponse(batch_detail(found) | {"returnable_minor": returnable})

    @router.get("/debit-batches/{batch_code}/charges", response_model=PageOut[BATCH_CHARGE])
    async def list_batch_charges(
        batch_code: PathId, query: Annotated[ListQuery, Query()]
    ) -> JsonResponse:
        """Its charges: of each the result here beside its status now."""
        if await batches.find(batch_code) is None:
            raise batches.missing(batch_code)
        page = CHARGE_LIST.open(
            cursors, filters={"batch_code": batch_code}, limit=query.limit, sort=query.sort,
            cursor=query.cursor,
        )  # fmt: skip
        found = await charges.page({"search": searchable(batch_code)}, page)
        ids = [row["_id"] for row in found.items]
        here = await rows.results(BatchCode(batch_code), ids)
        return JsonResponse(found.body(lambda row: CHARGE_LIST.present(row) | _here(here, row)))

    return router


def _here(results: dict[str, dict[str, Any]], row: dict[str, Any]) -> dict[str, Any]:
    result = results.get(row["_id"], {})
    status = result.get("status")
    return {
        "debit_id": result.get("_id"),
        "result": status,
        "result_label": None if status is None else ATTEMPT_STATUS[status],
        "failure_reason": result.get("failure_reason"),
    }
