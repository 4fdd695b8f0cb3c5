"""The table of routes that a service answers: which one, who may call, and what they take."""

from dataclasses import dataclass
from typing import Any

from gateway.api.parameters import (
    CURRENCY,
    DATE,
    IDEMPOTENCY_KEY,
    IF_NONE_MATCH,
    INSTANT,
    MINOR,
    PAGING,
    Parameter,
    one_of,
    path_id,
    sorting,
)
from payops_contracts.payments import PaymentType, TransactionStatus
from payops_kernel.auth.principals import UserRole

PAGE_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["items", "next", "previous", "from", "to", "total", "total_is_capped"],
    "properties": {
        "items": {"type": "array", "items": {"type": "object", "additionalProperties": True}},
        "next": {"type": ["string", "null"], "description": "Cursor; null on the last page."},
        "previous": {"type": ["string", "null"], "description": "Cursor; null on the first."},
        "from": {"type": "integer", "description": "Number of the first row, from 1."},
        "to": {"type": "integer", "description": "Number of the last row."},
        "total": {"type": "integer", "description": "Rows that match; at least so many if capped."},
        "total_is_capped": {"type": "boolean"},
    },
}
OBJECT_SCHEMA: dict[str, Any] = {"type": "object", "additionalProperties": True}
FILE_SCHEMA: dict[str, Any] = {"type": "string", "format": "binary"}
PDF = "application/pdf"


@dataclass(frozen=True, slots=True)
class Forwarded:
    """One route and the service behind it, which has it under the same path."""

    service: str
    method: str
    path: str
    name: str
    summary: str
    parameters: tuple[Parameter, ...] = ()
    answer: str = "The service's answer."
    schema: Any = None
    role: UserRole = UserRole.VIEWER
    status: int = 200
    """What it answers when all went well."""
    body: Any = None
    """JSON Schema of the request's body; None when it takes none."""
    media_type: str = "application/json"
    """Of the answer."""


TRANSACTION_FILTERS = (
    Parameter("status", "Any of these statuses.", one_of(TransactionStatus), repeated=True),
    Parameter("created_from", "Created at this instant or later.", INSTANT),
    Parameter("created_to", "Created before this instant.", INSTANT),
    Parameter("amount_from", "At least so many minor units.", MINOR),
    Parameter("amount_to", "At most so many minor units.", MINOR),
    Parameter("currency", "Any of these currencies.", CURRENCY, repeated=True),
    Parameter("method", "Any of these methods.", repeated=True),
    Parameter("type", "Any of these types.", one_of(PaymentType), repeated=True),
    Parameter("channel", "Any of these channels.", repeated=True),
    Parameter("provider", "Any of these providers.", repeated=True),
    Parameter("customer", "Any of these user IDs.", repeated=True),
    Parameter("q", "The beginning of a transaction ID, of the customer's e-mail or name.",
              {"type": "string", "maxLength": 128}),
)  # fmt: skip
REFUND_BODY: dict[str, Any] = {
    "type": "object",
    "required": ["reason"],
    "additionalProperties": False,
    "properties": {
        "amount_minor": {
            "type": "integer",
            "minimum": 1,
            "description": "Absent: all that is left.",
        },
        "currency": {"type": "string", "description": "When given, it must be the payment's."},
        "reason": {"type": "string", "maxLength": 500},
        "comment": {"type": "string", "maxLength": 500},
    },
}
TRANSACTION_ID = path_id("transaction_id", "The Transaction ID that people see.")
REFUND_ID = path_id("refund_id", "The refund's id.")
KPI_PARAMETERS = (
    Parameter("window", "Year to date, month to date, or `from` and `to`.",
              one_of(["ytd", "mtd", "custom"])),
    Parameter("from", "First day of a custom window, in the reporting zone.", DATE),
    Parameter("to", "Last day of a custom window, in the reporting zone.", DATE),
    Parameter("currency", "One currency; amounts are never summed across currencies.", CURRENCY),
)  # fmt: skip

FORWARDED: tuple[Forwarded, ...] = (
    Forwarded(
        "transactions", "GET", "/v1/transactions", "list_transactions",
        "Transactions, newest first",
        (*TRANSACTION_FILTERS, sorting(["created_at", "amount"], "-created_at"), *PAGING),
        "A page of transactions.", PAGE_SCHEMA,
    ),
    Forwarded(
        "transactions", "GET", "/v1/transactions/{transaction_id}", "get_transaction",
        "One transaction: overview, user, payment, items, history",
        (TRANSACTION_ID,),
        "The transaction.", OBJECT_SCHEMA,
    ),
    Forwarded(
        "transactions", "GET", "/v1/transactions/{transaction_id}/refunds", "list_refunds",
        "The refunds of a transaction, newest first, and what is left",
        (TRANSACTION_ID,),
        "The refunds.", OBJECT_SCHEMA,
    ),
    Forwarded(
        "transactions", "POST", "/v1/transactions/{transaction_id}/refunds", "request_refund",
        "Request a refund, partial or of all that is left",
        (TRANSACTION_ID, IDEMPOTENCY_KEY),
        "The refund as it was reserved; upstream answers later.", OBJECT_SCHEMA,
        UserRole.OPERATOR, 202, REFUND_BODY,
    ),
    Forwarded(
        "transactions", "GET", "/v1/transactions/{transaction_id}/invoice", "get_invoice",
        "The invoice of a paid transaction, made once",
        (TRANSACTION_ID, IF_NONE_MATCH),
        "The PDF; its ETag is its sha256.", FILE_SCHEMA, media_type=PDF,
    ),
    Forwarded(
        "transactions", "GET", "/v1/transactions/{transaction_id}/credit-notes",
        "list_credit_notes",
        "The credit notes of a transaction, one a refund that succeeded",
        (TRANSACTION_ID,),
        "The credit notes, issued or not.", OBJECT_SCHEMA,
    ),
    Forwarded(
        "transactions", "GET", "/v1/transactions/{transaction_id}/credit-notes/{refund_id}",
        "get_credit_note",
        "The credit note of a refund that succeeded, made once",
        (TRANSACTION_ID, REFUND_ID, IF_NONE_MATCH),
        "The PDF; its ETag is its sha256.", FILE_SCHEMA, media_type=PDF,
    ),
    Forwarded(
        "analytics", "GET", "/v1/kpis/daily-payments", "daily_payments",
        "Count and gross amount of paid payments a day, by currency",
        KPI_PARAMETERS, "The KPI.", OBJECT_SCHEMA,
    ),
    Forwarded(
        "analytics", "GET", "/v1/kpis/payments-by-status", "payments_by_status",
        "Share of all payments by status, which sum to 100 %",
        KPI_PARAMETERS, "The KPI.", OBJECT_SCHEMA,
    ),
)  # fmt: skip
