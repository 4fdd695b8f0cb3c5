"""The body of a bulk action's preview, and its answer: which rows, and what would be done."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from payops_contracts.money import format_money
from payops_kernel.http.given import Given, OrAbsent, Yes, seen, some
from payops_kernel.zones import Zone
from transactions.api.schemas import TransactionFilters
from transactions.domain.bulk_previews import Preview
from transactions.use_cases.choosing import Chosen

SELECTED_MAX = 10_000
PREVIEW_ID_CHARACTERS_MAX = 64

PreviewId = Annotated[str, seen(PREVIEW_ID_CHARACTERS_MAX)]
AcceptRemovals = Field(description="Go on without what no longer is as previewed.")


class BulkChoice(Given):
    """Selected rows, every row of a filter, or all rows there are: one of the three."""

    ids: Annotated[list[Annotated[str, seen(128)]], some(SELECTED_MAX)] = Field(
        default_factory=list
    )
    filter: OrAbsent[TransactionFilters] = None
    all: OrAbsent[Yes] = None

    @model_validator(mode="after")
    def _one_of_three(self) -> Self:
        conditions = self.filter is not None and bool(self.filter.model_fields_set)
        if not (self.ids or conditions or self.all):
            raise ValueError("give ids, a filter that names something, or all: true")
        if bool(self.ids) + (self.filter is not None or bool(self.all)) != 1:
            raise ValueError("give ids, or a filter, not both")
        if conditions and self.all:
            raise ValueError("a filter that names something is not all: give one of the two")
        return self

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """The three shapes, each closed."""
        whole = handler.resolve_ref_schema(handler(schema))
        ids, found, every = (whole["properties"][name] for name in ("ids", "filter", "all"))
        nothing = {"type": "object", "maxProperties": 0}
        return {
            "title": whole["title"],
            "description": whole["description"],
            "oneOf": [
                _closed({"ids": ids}, "ids"),
                _closed({"filter": found | {"minProperties": 1}}, "filter"),
                _closed({"filter": nothing, "all": every}, "all"),
            ],
        }

    def chosen(self, zone: Zone) -> Chosen:
        """What was chosen; days of the filter are days of ``zone``."""
        if self.ids:
            return Chosen(tuple(self.ids))
        return Chosen(filter=(self.filter or TransactionFilters()).wanted(zone))


def _closed(properties: dict[str, Any], required: str) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "required": [required],
    }


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
