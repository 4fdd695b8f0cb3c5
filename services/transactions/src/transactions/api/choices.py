"""The body of a bulk action: selected rows, or every row of a filter."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from payops_kernel.zones import Zone
from transactions.api.schemas import TransactionFilters
from transactions.use_cases.choosing import Chosen

SELECTED_MAX = 10_000


class BulkChoice(BaseModel):
    """Selected rows, or every row of a filter: one of the two."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ids: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=128)]], Field(max_length=SELECTED_MAX)
    ] = []
    filter: TransactionFilters | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.ids) == (self.filter is not None):
            raise ValueError("give ids or filter, one of the two")
        return self

    def chosen(self, zone: Zone) -> Chosen:
        """What was chosen; days of the filter are days of ``zone``."""
        wanted = None if self.filter is None else self.filter.wanted(zone)
        return Chosen(tuple(self.ids), wanted)
