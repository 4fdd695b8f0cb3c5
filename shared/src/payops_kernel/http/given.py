"""What callers give: a field is absent, or has a value that its schema allows.

``null``, blank texts and empty lists are refused in bodies and queries alike, wherever a model
does not say otherwise; and the OpenAPI document says what is refused. A body is a :class:`Given`,
a query a :class:`GivenQuery`:

    class RefundIn(Given):
        amount_minor: OrAbsent[Annotated[int, Whole(1, 1_000)]] = None
        channel: Annotated[list[Annotated[str, seen(64)]], some(50)] = Field(default_factory=list)
"""

import re
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    Strict,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from payops_contracts.fields import NOT_BLANK, WholeNumber

_WHOLE = re.compile(r"-?[0-9]{1,30}(\.0{1,30})?")
_FLAGS = {"true": True, "false": False}

T = TypeVar("T")


class QueryText(str):
    """A value out of a query string, where numbers and truth values are words too."""

    __slots__ = ()


class Given(BaseModel):
    """Base of every body: closed and frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class GivenQuery(Given):
    """Base of every query."""

    @model_validator(mode="before")
    @classmethod
    def _as_words(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        return {name: _worded(value) for name, value in values.items()}


def seen(characters_max: int) -> Any:
    """For a text: not blank, at most so many characters."""
    return Field(min_length=1, max_length=characters_max, pattern=NOT_BLANK)


def some(values_max: int) -> Any:
    """For a list: not empty when it is there."""
    return Field(min_length=1, max_length=values_max)


class Whole(WholeNumber):
    """For a number: an integer as JSON Schema means it, both bounds included.

    ``129.0`` and ``1e2`` are integers; ``true`` and ``"129"`` are none.
    """

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        number = WholeNumber.__get_pydantic_core_schema__(self, source, handler)
        return core_schema.no_info_before_validator_function(_whole, number)


class _NotNull:
    """Makes ``T | None`` a T on the wire: None is what "absent" is called inside."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_before_validator_function(_refuse_null, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        said = dict(handler(schema))
        branches = [each for each in said.pop("anyOf") if each != {"type": "null"}]
        return said | (branches[0] if len(branches) == 1 else {"anyOf": branches})


OrAbsent = Annotated[T | None, _NotNull()]
"""A field that may be left out, with the default None; ``null`` is refused."""


def _refuse_null(value: Any) -> Any:
    if value is None:
        raise PydanticCustomError("null_refused", "null is no value; leave the field out")
    return value


def _whole(value: Any) -> Any:
    if isinstance(value, QueryText) and _WHOLE.fullmatch(value):
        return int(value.partition(".")[0])
    return value


def _flag(value: Any) -> Any:
    return _FLAGS.get(value, value) if isinstance(value, QueryText) else value


def _yes(value: Any) -> Any:
    said = _flag(value)
    if said is not True:  # nor 1, which Python calls equal
        raise PydanticCustomError("true_expected", "the only value is true")
    return said


def _worded(value: Any) -> Any:
    if isinstance(value, list):
        return [_worded(each) for each in value]
    return QueryText(value) if isinstance(value, str) else value


Flag = Annotated[bool, Strict(), BeforeValidator(_flag)]
"""``true`` or ``false``, and no other word for them."""

Yes = Annotated[Literal[True], BeforeValidator(_yes)]
"""``true``: what has to be said for it to hold."""
