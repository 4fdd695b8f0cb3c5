"""Downloads of one payment: its invoice, and the credit notes of its refunds."""

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.pages.transaction.reading import resource
from backoffice.pages.visit import Visit, Visiting
from payops_kernel.http.paths import PathId, encoded_id

PASSED_ON = ("content-type", "etag")

router = APIRouter()


@router.get("/transactions/{transaction_id}/invoice")
async def invoice(transaction_id: PathId, visit: Visiting) -> Response:
    """The invoice; an operator's first download issues it."""
    return await _file(visit, resource(transaction_id, "/invoice"))


@router.get("/transactions/{transaction_id}/credit-notes/{refund_id}")
async def credit_note(transaction_id: PathId, refund_id: PathId, visit: Visiting) -> Response:
    """The credit note of a refund."""
    return await _file(visit, resource(transaction_id, f"/credit-notes/{encoded_id(refund_id)}"))


async def _file(visit: Visit, path: str) -> Response:
    """A PDF, whole: it is small, and a half would be saved as one."""
    async with visit.gateway.stream(path) as stream:
        content = b"".join([part async for part in stream.parts()])
        headers = {name: stream.headers[name] for name in PASSED_ON if name in stream.headers}
        named = stream.headers["content-disposition"].replace("inline", "attachment", 1)
    return Response(content, headers=headers | {"content-disposition": named})
