"""The body of a bulk action: three shapes, and what a service adds to them."""

from typing import ClassVar

from pydantic import Field

from payops_kernel.errors import NotFound
from payops_kernel.http.lists import SortField
from payops_kernel.lists.choice import Choice
from payops_kernel.lists.declared import DeclaredList
from payops_kernel.lists.filters import Filters, Several


class ThingFilters(Filters):
    status: Several[str] = Field(default_factory=list)


THINGS = DeclaredList(
    name="things",
    title="Things",
    about="Things.",
    row="Thing",
    collection="things",
    filters=ThingFilters,
    sorts={"id": SortField("_id")},
    default_sort="id",
    missing=NotFound,
    columns=(),
)


class WithReason(Choice[ThingFilters]):
    of: ClassVar[DeclaredList] = THINGS
    reason: str
    comment: str | None = None


def test_what_a_choice_adds_stands_in_each_of_its_shapes() -> None:
    shapes = WithReason.model_json_schema()["oneOf"]
    assert [shape["required"] for shape in shapes] == [
        ["ids", "reason"],
        ["filter", "reason"],
        ["all", "reason"],
    ]
    assert all({"reason", "comment"} <= shape["properties"].keys() for shape in shapes)
    assert WithReason.model_validate({"ids": ["a"], "reason": "r"}).reason == "r"
