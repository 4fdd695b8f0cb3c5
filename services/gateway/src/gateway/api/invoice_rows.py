"""Invoices and credit notes, which the service ``transactions`` makes."""

from gateway.api.forwarded import FILE_SCHEMA, OBJECT_SCHEMA, Forwarded
from gateway.api.job_rows import JOB_ID
from gateway.api.parameters import IDEMPOTENCY_KEY, IF_NONE_MATCH, path_id
from gateway.api.request_bodies import an_object
from gateway.api.transaction_rows import (
    ACCEPT_REMOVALS,
    CHOICE_BODY,
    PREVIEW_ID,
    SERVICE,
    TRANSACTION_ID,
)

PDF = "application/pdf"
ZIP = "application/zip"
PDF_ANSWER = "The PDF; its ETag is its sha256."
INVOICE_CONFIRMATION_BODY = an_object(
    ["preview_id"], preview_id=PREVIEW_ID, accept_removals=ACCEPT_REMOVALS
)
REFUND_ID = path_id("refund_id", "The refund's id.")

INVOICE_ROWS: tuple[Forwarded, ...] = (
    Forwarded(
        SERVICE, "POST", "/v1/transactions/bulk-invoices/previews", "preview_bulk_invoices",
        "What bulk invoices would make: count, sums by currency, refusals by reason",
        (), "The preview; confirm it within the hour.", OBJECT_SCHEMA,
        status=201, body=CHOICE_BODY,
    ),
    Forwarded(
        SERVICE, "POST", "/v1/transactions/bulk-invoices", "bulk_invoices",
        "Make the invoices that a preview promised, as a job",
        (IDEMPOTENCY_KEY,), "The job; `Location` says where to look.", OBJECT_SCHEMA,
        status=202, body=INVOICE_CONFIRMATION_BODY, refusals=(404,),
    ),
    Forwarded(
        SERVICE, "GET", "/v1/transactions/bulk-invoices/{job_id}/file", "get_bulk_invoices_file",
        "The invoices of a job that has ended, as one ZIP",
        (JOB_ID,), "The ZIP, sent as it is made: a PDF an invoice, and `index.csv`.",
        FILE_SCHEMA, media_types=(ZIP,), refusals=(409,),
    ),
    Forwarded(
        SERVICE, "GET", "/v1/transactions/{transaction_id}/invoice", "get_invoice",
        "The invoice of a paid transaction, made once",
        (TRANSACTION_ID, IF_NONE_MATCH),
        PDF_ANSWER, FILE_SCHEMA, media_types=(PDF,), or_unchanged=True,
        refusals=(409,),
    ),
    Forwarded(
        SERVICE, "GET", "/v1/transactions/{transaction_id}/credit-notes", "list_credit_notes",
        "The credit notes of a transaction, one a refund that succeeded",
        (TRANSACTION_ID,),
        "The credit notes, issued or not.", OBJECT_SCHEMA,
    ),
    Forwarded(
        SERVICE, "GET", "/v1/transactions/{transaction_id}/credit-notes/{refund_id}",
        "get_credit_note",
        "The credit note of a refund that succeeded, made once",
        (TRANSACTION_ID, REFUND_ID, IF_NONE_MATCH),
        PDF_ANSWER, FILE_SCHEMA, media_types=(PDF,), or_unchanged=True,
        refusals=(409,),
    ),
)  # fmt: skip
