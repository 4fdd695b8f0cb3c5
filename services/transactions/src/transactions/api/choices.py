"""The body of a bulk action's preview, and its answer: which rows, and what would be done."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from payops_contracts.money import format_money
from payops_kernel.http.given import seen
from payops_kernel.lists.choice import Choice
from transactions.api.transaction_list import TRANSACTION_LIST, TransactionFilters
from transactions.domain.bulk_previews import Preview

PREVIEW_ID_CHARACTERS_MAX = 64

PreviewId = Annotated[str, seen(PREVIEW_ID_CHARACTERS_MAX)]
AcceptRemovals = Field(description="Go on without what no longer is as previewed.")


class BulkChoice(Choice[TransactionFilters]):
    """Selected rows, every row of a filter, or all rows there are: one of the three."""

    of = TRANSACTION_LIST


class CurrencySum(BaseModel):
    """The amounts of one currency."""

    currency: str
    amount_minor: int
    amount: str


class RefusedRows(BaseModel):
    """Chosen rows with which it cannot be done, for one reason."""

    reason: str
    count: int


class BulkPreview(BaseModel):
    """What a bulk action would do; confirm it by its id within the hour."""

    preview_id: str
    chosen: int
    count: int = Field(description="Rows with which it would be done.")
    sums: list[CurrencySum] = Field(description="Of those rows, by currency.")
    refused: list[RefusedRows]


def preview_body(preview_id: str, found: Preview) -> dict[str, Any]:
    """A ``BulkPreview``."""
    return {
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
            {"reason": reason, "count": count} for reason, count in sorted(found.refused.items())
        ],
    }
