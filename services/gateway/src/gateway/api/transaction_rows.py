"""What the service ``transactions`` answers."""

from gateway.api.forwarded import FILE_SCHEMA, OBJECT_SCHEMA, PAGE_SCHEMA, Forwarded
from gateway.api.parameters import (
    AMOUNT,
    DAY_OR_INSTANT,
    IDEMPOTENCY_KEY,
    PAGING,
    Parameter,
    one_of,
    path_id,
    sorting,
    words,
)
from gateway.api.request_bodies import IDS, TEXT, an_object, as_properties
from payops_contracts.payments import PaymentType, TransactionStatus
from payops_kernel.auth.principals import UserRole
from payops_kernel.exports.routes import COLUMNS_CHARACTERS_MAX

SERVICE = "transactions"
FILE_TYPES = (
    "text/csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.apache.parquet",
)
WORD = words(64)
FILE_ANSWER = "The file, sent as it is made; `Export-Id` names its manifest."

FILTERS = (
    Parameter("status", "Any of these statuses.", one_of(TransactionStatus), repeated=True),
    Parameter("created_from", "A day of the reporting zone, or an instant: created then or later.",
              DAY_OR_INSTANT),
    Parameter("created_to", "A day of the reporting zone, inclusive, or an instant, exclusive.",
              DAY_OR_INSTANT),
    Parameter("amount_from", "At least so many minor units.", AMOUNT),
    Parameter("amount_to", "At most so many minor units.", AMOUNT),
    Parameter("currency", "Any of these currencies.", WORD, repeated=True),
    Parameter("method", "Any of these methods.", WORD, repeated=True),
    Parameter("type", "Any of these types.", one_of(PaymentType), repeated=True),
    Parameter("channel", "Any of these channels.", WORD, repeated=True),
    Parameter("provider", "Any of these providers.", WORD, repeated=True),
    Parameter("customer", "Any of these user IDs.", words(128), repeated=True),
    Parameter("q", "The beginning of a transaction ID, of the customer's e-mail or name.",
              words(200)),
)  # fmt: skip
SORT = sorting(["created_at", "amount"], "-created_at")
EXPORT_OPTIONS = (
    Parameter("format", "Of the file.",
              one_of(["csv", "xlsx", "parquet"]) | {"default": "csv"}),
    Parameter("delimiter", "CSV only.",
              one_of(["comma", "semicolon"]) | {"default": "comma"}),
    Parameter("bom", "CSV only: a byte order mark, by which Excel knows UTF-8.",
              {"type": "boolean", "default": False}),
    Parameter("columns", "Names, in order, separated by commas.", words(COLUMNS_CHARACTERS_MAX),
              repeated=True),
    SORT,
)  # fmt: skip

REFUND_BODY = an_object(
    ["reason"],
    amount_minor=AMOUNT | {"minimum": 1, "description": "Absent: all that is left."},
    currency={
        "type": "string",
        "pattern": "^[A-Z]{3}$",
        "description": "When given, it must be the payment's.",
    },
    reason=TEXT,
    comment=TEXT,
)
NOTIFICATION_BODY = an_object(reason=TEXT, comment=TEXT)
CHOICE_BODY = {
    "description": "Selected rows, every row of a filter, or all rows there are.",
    "oneOf": [
        an_object(["ids"], ids=IDS),
        an_object(["filter"], filter=an_object(**as_properties(FILTERS)) | {"minProperties": 1}),
        an_object(
            ["all"],
            filter={"type": "object", "maxProperties": 0},
            all={"type": "boolean", "const": True},
        ),
    ],
}
PREVIEW_ID = words(64)
ACCEPT_REMOVALS = {
    "type": "boolean",
    "default": False,
    "description": "Go on without what no longer is as previewed.",
}
CONFIRMATION_BODY = an_object(
    ["preview_id", "reason"],
    preview_id=PREVIEW_ID,
    reason=TEXT,
    comment=TEXT,
    accept_removals=ACCEPT_REMOVALS,
)
SELECTION_BODY = an_object(["ids"], ids=IDS, **as_properties(EXPORT_OPTIONS))
TRANSACTION_ID = path_id("transaction_id", "The Transaction ID that people see.")

TRANSACTION_ROWS: tuple[Forwarded, ...] = (
    Forwarded(
        SERVICE, "GET", "/v1/transactions", "list_transactions",
        "Transactions, newest first",
        (*FILTERS, SORT, *PAGING),
        "A page of transactions.", PAGE_SCHEMA,
    ),
    # Before /transactions/{transaction_id}, which would take "export" for an id.
    Forwarded(
        SERVICE, "GET", "/v1/transactions/export", "export_transactions",
        "The list that the filters name, as a file",
        (*FILTERS, *EXPORT_OPTIONS),
        FILE_ANSWER, FILE_SCHEMA, media_types=FILE_TYPES, or_job=True, refusals=(410,),
    ),
    Forwarded(
        SERVICE, "POST", "/v1/transactions/export", "export_selected_transactions",
        "Selected transactions, as a file",
        (), FILE_ANSWER, FILE_SCHEMA, body=SELECTION_BODY, media_types=FILE_TYPES,
        refusals=(410,),
    ),
    Forwarded(
        SERVICE, "POST", "/v1/transactions/bulk-refunds/previews", "preview_bulk_refund",
        "What a bulk refund would do: count, sums by currency, refusals by reason",
        (), "The preview; confirm it within the hour.", OBJECT_SCHEMA,
        UserRole.OPERATOR, 201, CHOICE_BODY,
    ),
    Forwarded(
        SERVICE, "POST", "/v1/transactions/bulk-refunds", "bulk_refund",
        "Refund what a preview promised, as a job",
        (IDEMPOTENCY_KEY,), "The job; `Location` says where to look.", OBJECT_SCHEMA,
        UserRole.OPERATOR, 202, CONFIRMATION_BODY, refusals=(404,),
    ),
    Forwarded(
        SERVICE, "GET", "/v1/transactions/{transaction_id}", "get_transaction",
        "One transaction: overview, user, payment, items, history",
        (TRANSACTION_ID,),
        "The transaction.", OBJECT_SCHEMA,
    ),
    Forwarded(
        SERVICE, "GET", "/v1/transactions/{transaction_id}/refunds", "list_refunds",
        "The refunds of a transaction, newest first, and what is left",
        (TRANSACTION_ID,),
        "The refunds.", OBJECT_SCHEMA,
    ),
    Forwarded(
        SERVICE, "POST", "/v1/transactions/{transaction_id}/refunds", "request_refund",
        "Request a refund, partial or of all that is left",
        (TRANSACTION_ID, IDEMPOTENCY_KEY),
        "The refund as it was reserved; upstream answers later.", OBJECT_SCHEMA,
        UserRole.OPERATOR, 202, REFUND_BODY,
    ),
    Forwarded(
        SERVICE, "POST", "/v1/transactions/{transaction_id}/notifications", "notify_customer",
        "Mail the customer about the payment as it stands now",
        (TRANSACTION_ID, IDEMPOTENCY_KEY),
        "The mail is on its way.", OBJECT_SCHEMA,
        UserRole.OPERATOR, 202, NOTIFICATION_BODY,
    ),
)  # fmt: skip
