"""Tables as a file again, much as people would write it."""

import json
from collections.abc import Iterator, Mapping
from itertools import takewhile
from typing import Any

WIDTH_MAX = 160
"""A table that fits on a line of that many characters, and is not too deep, is written on it."""
DEPTH_MAX = 2
_BARE = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"


def as_toml(tables: Mapping[str, Any]) -> str:
    """The file; read again it gives the same tables, entries in the same order."""
    return "\n".join(_lines(tables, ())).strip() + "\n"


def _lines(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    settings = {name: value for name, value in table.items() if not isinstance(value, dict)}
    tables = {name: value for name, value in table.items() if isinstance(value, dict)}
    # Once one has a head of its own, those after it have one too, and the order is kept.
    short = list(takewhile(lambda name: bool(path) and _is_short(name, tables[name]), tables))
    if path and (settings or short or not table):
        yield f"\n[{'.'.join(_key(name) for name in path)}]"
    for name in (*settings, *short):
        yield _line(name, table[name])
    for name in tables:
        if name not in short:
            yield from _lines(tables[name], (*path, name))


def _is_short(name: str, table: Mapping[str, Any]) -> bool:
    has_entries = bool(table) and all(isinstance(each, dict) for each in table.values())
    fits = _depth(table) <= DEPTH_MAX and len(_line(name, table)) <= WIDTH_MAX
    return fits and not has_entries


def _depth(value: Any) -> int:
    if not isinstance(value, dict):
        return 0
    return 1 + max((_depth(each) for each in value.values()), default=0)


def _line(name: str, value: Any) -> str:
    return f"{_key(name)} = {_value(value)}"


def _key(name: str) -> str:
    return name if name and set(name) <= set(_BARE) else _text(name)


def _value(value: Any) -> str:
    match value:
        case dict():
            inner = ", ".join(_line(name, each) for name, each in value.items())
            return f"{{ {inner} }}" if inner else "{}"
        case list():
            return f"[{', '.join(_value(each) for each in value)}]"
        case str():
            return _text(value)
        case _:
            return json.dumps(value)  # yes or no, and numbers


def _text(text: str) -> str:
    # JSON's escapes are TOML's; the one control character that JSON lets stand is not.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
