"""Ids in paths: percent-encoded, whatever characters they have, a slash among them."""

import re
from typing import Annotated, TypeVar
from urllib.parse import quote, unquote

from fastapi import Path
from pydantic import AfterValidator
from starlette.convertors import StringConvertor, register_url_convertor

ID_CHARACTERS_MAX = 128

# ASGI servers decode the whole path before it is routed, so an encoded slash would split an id.
# It travels as this control character instead, which no id may contain.
_SLASH = "\x1f"


def routable_path(raw_path: bytes) -> str | None:
    """The decoded path with encoded slashes kept apart from real ones.

    None when it holds control characters, which no resource has in its name.
    """
    path = unquote(raw_path.decode("latin-1"), errors="replace")
    if any(character < " " or character == "\x7f" for character in path):
        return None
    if b"%2F" not in raw_path.upper():
        return path
    segments = raw_path.decode("latin-1").split("/")
    return "/".join(unquote(s, errors="replace").replace("/", _SLASH) for s in segments)


def path_id(value: str) -> str:
    """The id that a path parameter of a routed path stands for."""
    return value.replace(_SLASH, "/")


def encoded_id(value: str) -> str:
    """An id as one path segment; dots alone are encoded too, else they would mean a folder."""
    return "%2E" * len(value) if value in {".", ".."} else quote(value, safe="")


ID = TypeVar("ID", bound=str)

PathIdOf = Annotated[ID, Path(min_length=1, max_length=ID_CHARACTERS_MAX), AfterValidator(path_id)]
"""A route's path parameter that is an id which people see, of a type such as ``OrderId``."""
PathId = PathIdOf[str]


def id_made_by(service: str) -> str:
    """For behind a parameter's name in a path: it takes ids of this service's making alone.

    One service in a process has such paths: the one that others' ids pass through.
    """
    convertor = type("OwnId", (StringConvertor,), {"regex": f"{re.escape(service)}-[^/-]+"})
    register_url_convertor("own", convertor())
    return ":own"
