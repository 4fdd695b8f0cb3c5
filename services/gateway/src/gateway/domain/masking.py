"""A record's value for eyes that need not see whom it is about."""

import re
from collections.abc import Set
from typing import Any

import orjson

from payops_kernel.free_text import holds_card_number

MASK = "•••"
DEPTH_MAX = 50
"""Levels of a value that are looked into; what lies deeper is masked as a whole."""

_ADDRESS = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+")


def without_addresses(text: str) -> str:
    """A sentence without the e-mail addresses in it."""
    return _ADDRESS.sub(MASK, text)


def masked(value: bytes | None, shown: Set[str]) -> str | None:
    """A JSON value in which only fields named in ``shown`` are left as they are.

    None when there is no telling what it says: it is no JSON.
    """
    try:
        parsed = orjson.loads(value or b"")
    except orjson.JSONDecodeError:
        return None
    return orjson.dumps(_masked(parsed, shown, False, DEPTH_MAX)).decode()


def _masked(value: Any, shown: Set[str], known: bool, depth: int) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if not depth:
        return MASK
    if isinstance(value, dict):
        return {
            without_addresses(name): _masked(inner, shown, name in shown, depth - 1)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_masked(inner, shown, known, depth - 1) for inner in value]
    return value if known and _tells_of_nobody(value) else MASK


def _tells_of_nobody(value: str | float) -> bool:
    return not (isinstance(value, str) and (_ADDRESS.search(value) or holds_card_number(value)))
