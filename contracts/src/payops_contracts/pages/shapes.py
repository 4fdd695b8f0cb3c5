"""A validation error of pydantic's as a sentence about the file."""

import types
from collections.abc import Sequence
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from payops_contracts.pages.configuration import Pages
from payops_contracts.pages.lines import KeyPath
from payops_contracts.pages.parts import PATTERNS
from payops_contracts.pages.wrong import Wrong, known


def wrong_shapes(error: ValidationError, tables: dict[str, Any]) -> list[Wrong]:
    """What does not have the shape of :class:`Pages`."""
    return [_wrong(details, tables) for details in error.errors(include_url=False)]


def _wrong(details: ErrorDetails, tables: dict[str, Any]) -> Wrong:
    at = _path(details["loc"], tables)
    return Wrong(at, _says(details, at))


def _path(loc: Sequence[int | str], tables: Any) -> KeyPath:
    """The path in the file: pydantic's own words between the names are left out."""
    path: list[str] = []
    here: Any = tables
    for place, step in enumerate(loc):
        here = dict(enumerate(here)) if isinstance(here, list) else here
        if isinstance(here, dict) and step in here:
            here = here[step]
        elif not isinstance(here, dict) or place < len(loc) - 1 or step == "[key]":
            continue
        path.append(str(step))
    return tuple(path)


def _says(details: ErrorDetails, at: KeyPath) -> str:
    given = details["input"]
    match details["type"]:
        case "extra_forbidden":
            fields = [name for name in _fields(at[:-1]) if name != "id"]
            return f"there is no such setting {known(at[-1], fields)}"
        case "missing":
            return f"is missing; add {at[-1]} = …"
        case "model_type" | "dict_type" | "model_attributes_type" if given is False:
            return "there is none to take away"
        case "model_type" | "dict_type" | "model_attributes_type":
            return 'is a table, such as { label = "…" }'
        case "string_pattern_mismatch":
            return (
                f"'{given}' will not do: {PATTERNS.get(details['ctx']['pattern'], details['msg'])}"
            )
        case "enum" | "literal_error":
            return f"'{given}' is not known; it is {details['ctx']['expected']}"
        case "value_error":
            return str(details["ctx"]["error"])
        case _:
            message = details["msg"]
            return message[:1].lower() + message[1:]


def _fields(at: KeyPath) -> list[str]:
    """What may be written in the table at a path; nothing of a table that has no fixed names."""
    here: Any = Pages
    for step in at:
        here = _below(here, step)
    return list(here.model_fields) if isinstance(here, type) and issubclass(here, BaseModel) else []


def _below(kind: Any, step: str) -> Any:
    """The type of what a table of that type has under a name."""
    for each in _alternatives(kind):
        if isinstance(each, type) and issubclass(each, BaseModel) and step in each.model_fields:
            return _table(each.model_fields[step].annotation)
        if get_origin(each) is dict:
            return _table(get_args(each)[1])
    return None


def _table(kind: Any) -> Any:
    """Of alternatives the one that is a table."""
    tables = [each for each in _alternatives(kind) if _is_table(each)]
    return tables[0] if tables else None


def _is_table(kind: Any) -> bool:
    return get_origin(kind) is dict or (isinstance(kind, type) and issubclass(kind, BaseModel))


def _alternatives(kind: Any) -> list[Any]:
    if get_origin(kind) is Annotated:
        return _alternatives(get_args(kind)[0])
    if get_origin(kind) in {Union, types.UnionType}:
        return [inner for each in get_args(kind) for inner in _alternatives(each)]
    return [kind]
