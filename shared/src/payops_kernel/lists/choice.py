"""The body that says which rows a bulk action is for."""

from typing import Annotated, Any, ClassVar, Generic, Self, TypeVar

from pydantic import Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from payops_kernel.exports.routes import SELECTED_MAX
from payops_kernel.http.given import Given, OrAbsent, Yes, seen, some
from payops_kernel.http.paths import ID_CHARACTERS_MAX
from payops_kernel.lists.chosen import Chosen
from payops_kernel.lists.declared import DeclaredList
from payops_kernel.lists.filters import Filters
from payops_kernel.zones import Zone

F = TypeVar("F", bound=Filters)


class Choice(Given, Generic[F]):
    """Selected rows, every row of a filter, or all rows there are: one of the three.

    A subclass names its list as ``of``.
    """

    of: ClassVar[DeclaredList]

    ids: Annotated[list[Annotated[str, seen(ID_CHARACTERS_MAX)]], some(SELECTED_MAX)] = Field(
        default_factory=list
    )
    filter: OrAbsent[F] = None
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
        """The three shapes, each closed; what a subclass adds is in all of them."""
        whole = handler.resolve_ref_schema(handler(schema))
        added = dict(whole["properties"])
        ids, found, every = (added.pop(name) for name in ("ids", "filter", "all"))
        needed = whole.get("required", [])
        nothing = {"type": "object", "maxProperties": 0}

        def closed(shape: dict[str, Any], required: str) -> JsonSchemaValue:
            return {
                "type": "object",
                "additionalProperties": False,
                "properties": shape | added,
                "required": [required, *needed],
            }

        return {
            "title": whole["title"],
            "description": whole.get("description", ""),
            "oneOf": [
                closed({"ids": ids}, "ids"),
                closed({"filter": found | {"minProperties": 1}}, "filter"),
                closed({"filter": nothing, "all": every}, "all"),
            ],
        }

    def chosen(self, zone: Zone) -> Chosen:
        """What was chosen; days of the filter are days of ``zone``."""
        if self.ids:
            return Chosen(tuple(self.ids))
        rows = self.of.rows(self.filter or self.of.filters(), self.of.order(None), zone)
        return Chosen(query=rows.filter, sort=rows.sort.mongo())
