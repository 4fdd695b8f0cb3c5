"""What else a shop knows at a checkout: values by path, such as ``basket/quantity``.

A key is a path as checkout rules have paths; a value is a text or a number, and never money.
"""

from typing import Annotated, Any

from pydantic import AfterValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema
from pydantic_core import core_schema as cs

from payops_contracts.fields import EXACT_FLOAT_MAX, PATH, WHOLE

ATTRIBUTES_MAX = 20
PATH_LENGTH_MAX = 200
VALUE_LENGTH_MAX = 200
"""Characters of a text that an attribute says, or that a condition of a rule compares with."""

AttributeValue = str | int | float


class _TextOrNumber:
    """Annotates a value: ``3.0`` is the whole number 3; booleans and NaN are neither."""

    def __get_pydantic_core_schema__(self, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        limits: Any = {"ge": -EXACT_FLOAT_MAX, "le": EXACT_FLOAT_MAX}
        return cs.union_schema(
            [
                cs.chain_schema([WHOLE, cs.int_schema(strict=True, **limits)]),
                cs.float_schema(strict=True, allow_inf_nan=False, **limits),
                cs.str_schema(strict=True, max_length=VALUE_LENGTH_MAX),
            ],
            mode="left_to_right",
            custom_error_type="attribute_value",
            custom_error_message=f"a text of at most {VALUE_LENGTH_MAX} characters is wanted, "
            f"or a number of at most {EXACT_FLOAT_MAX}",
        )

    def __get_pydantic_json_schema__(self, _: CoreSchema, __: GetJsonSchemaHandler) -> Any:
        number = {"maximum": EXACT_FLOAT_MAX, "minimum": -EXACT_FLOAT_MAX, "type": "number"}
        return {"anyOf": [{"maxLength": VALUE_LENGTH_MAX, "type": "string"}, number]}


class _Keys:
    """Annotates the dict: what its keys are, where pydantic's own schema would not refuse any."""

    def __init__(self, **limits: Any) -> None:
        self._limits = limits

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> Any:
        made = handler(core)
        values = made.pop("patternProperties", None)
        if values is not None:
            (made["additionalProperties"],) = values.values()
        return made | {"propertyNames": self._limits}


_Value = Annotated[AttributeValue, _TextOrNumber()]


def _by_path(given: dict[str, AttributeValue]) -> dict[str, AttributeValue]:
    return dict(sorted(given.items()))


Attributes = Annotated[
    dict[Annotated[str, Field(max_length=PATH_LENGTH_MAX, pattern=PATH)], _Value],
    Field(max_length=ATTRIBUTES_MAX),
    AfterValidator(_by_path),
    _Keys(maxLength=PATH_LENGTH_MAX, pattern=PATH),
]
"""By path, in the order of the paths: an event sent again in another order says the same."""

KeptAttributes = Annotated[
    dict[Annotated[str, Field(max_length=PATH_LENGTH_MAX)], _Value],
    Field(max_length=ATTRIBUTES_MAX),
    _Keys(maxLength=PATH_LENGTH_MAX),
]
"""As domain events carry them."""
