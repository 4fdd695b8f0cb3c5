"""``GET …/invoice``, ``…/credit-notes`` and ``…/credit-notes/{refund_id}``."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Response
from pydantic import BaseModel, Field

from payops_contracts.ids import RefundId, TransactionId
from payops_contracts.money import format_money
from payops_kernel.auth.dependencies import requires
from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.http.announcing import refusals
from payops_kernel.http.commands import keyless_context
from payops_kernel.http.given import OrAbsent, seen
from payops_kernel.http.paths import PathIdOf, encoded_id
from payops_kernel.http.responses import JsonResponse
from payops_kernel.lists.reads import ListReads
from payops_kernel.mongo import Document
from transactions.domain.documents import IssuedDocument
from transactions.store.invoices import MongoInvoices
from transactions.use_cases.issue_invoice import IssueInvoice

MEDIA_TYPE = "application/pdf"
ETAGS_CHARACTERS_MAX = 4000
CACHE = "private, no-cache"
"""Callers may keep it, and ask by its ETag whether they still may see it."""

Caller = Annotated[Principal, Depends(requires(UserRole.VIEWER))]
IfNoneMatch = Annotated[
    OrAbsent[Annotated[str, seen(ETAGS_CHARACTERS_MAX)]],
    Header(alias="If-None-Match", description="The ETag of what the caller has."),
]
PDF: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The PDF; its ETag is its sha256.",
        "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    },
    304: {"description": "The caller has it already."},
    **refusals(409),
}


class CreditNoteRow(BaseModel):
    """A refund that succeeded, or one that came back after its credit note; and that note."""

    refund_id: str
    amount_minor: int
    amount: str
    currency: str
    refunded_at: datetime
    number: str | None = Field(description="Null until the PDF is asked for.")
    issued_at: datetime | None
    returned_at: datetime | None = Field(
        description="When the refund came back: the note stands as it was issued, and counts no "
        "more. Null while the refund is a success."
    )
    pdf: str = Field(description="Where the PDF is; asking for it issues it.")


class CreditNotesOut(BaseModel):
    """The credit notes of a transaction."""

    invoice_number: str | None = Field(description="Null until the invoice is asked for.")
    items: list[CreditNoteRow]


def invoice_routes(reads: ListReads, issue: IssueInvoice, documents: MongoInvoices) -> APIRouter:
    """The routes about invoices: an operator's first call issues, later ones and viewers read."""
    router = APIRouter(prefix="/v1", tags=["invoices"])

    @router.get("/transactions/{transaction_id}/invoice", response_class=Response, responses=PDF)
    async def get_invoice(
        transaction_id: PathIdOf[TransactionId], caller: Caller, if_none_match: IfNoneMatch = None
    ) -> Response:
        """The invoice as a PDF: made once, under the next number, then always the same."""
        return _pdf(await issue.invoice(keyless_context(caller), transaction_id), if_none_match)

    @router.get("/transactions/{transaction_id}/credit-notes", response_model=CreditNotesOut)
    async def list_credit_notes(
        transaction_id: PathIdOf[TransactionId], _caller: Caller
    ) -> JsonResponse:
        """Every refund that succeeded, newest first, with its credit note if it was issued.

        A refund that came back is listed when its note had been issued.
        """
        stored = await reads.detail(transaction_id)
        return JsonResponse(_credit_notes(stored, await documents.of_transaction(transaction_id)))

    @router.get(
        "/transactions/{transaction_id}/credit-notes/{refund_id}",
        response_class=Response,
        responses=PDF,
    )
    async def get_credit_note(
        transaction_id: PathIdOf[TransactionId],
        refund_id: PathIdOf[RefundId],
        caller: Caller,
        if_none_match: IfNoneMatch = None,
    ) -> Response:
        """The credit note of a refund as a PDF, made once; its invoice is issued before it."""
        document = await issue.credit_note(keyless_context(caller), transaction_id, refund_id)
        return _pdf(document, if_none_match)

    return router


def _pdf(document: IssuedDocument, if_none_match: str | None) -> Response:
    etag = f'"{document.sha256}"'
    headers = {"ETag": etag, "Cache-Control": CACHE}
    had = {part.strip().removeprefix("W/") for part in (if_none_match or "").split(",")}
    if etag in had or "*" in had:
        return Response(status_code=304, headers=headers)
    headers["Content-Disposition"] = f'inline; filename="{document.number}.pdf"'
    return Response(document.pdf, headers=headers, media_type=MEDIA_TYPE)


def _credit_notes(stored: Document, documents: list[Document]) -> dict[str, Any]:
    issued = {document["refund_id"]: document for document in documents}
    done = [
        row
        for row in stored.get("refunds", [])
        if row["status"] == "SUCCEEDED" or row["refund_id"] in issued
    ]
    path = f"/v1/transactions/{encoded_id(stored['_id'])}/credit-notes"
    return {
        "invoice_number": issued.get(None, {}).get("number"),
        "items": [
            _credit_note(row, stored["currency"], issued.get(row["refund_id"], {}), path)
            for row in reversed(done)
        ],
    }


def _credit_note(
    refund: dict[str, Any], currency: str, document: dict[str, Any], path: str
) -> dict[str, Any]:
    amount = int(refund["amount_minor"])
    return {
        "refund_id": refund["refund_id"],
        "amount_minor": amount,
        "amount": format_money(amount, currency),
        "currency": currency,
        "refunded_at": refund["succeeded_at"],
        "number": document.get("number"),
        "issued_at": document.get("issued_at"),
        "returned_at": None if refund["status"] == "SUCCEEDED" else refund.get("failed_at"),
        "pdf": f"{path}/{encoded_id(refund['refund_id'])}",
    }
