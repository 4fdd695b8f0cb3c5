"""Where each key of a TOML file stands; the standard parser does not say."""

import tomllib
from typing import Any

KeyPath = tuple[str, ...]
"""The names from the file's top to a key."""


def line_of_each_key(text: str) -> dict[KeyPath, int]:
    """The line, from 1, on which each table and key of a valid file is first spoken of."""
    lines = text.split("\n")
    found: dict[KeyPath, int] = {}
    table: KeyPath = ()
    following = 0
    while following < len(lines):
        first, following = following, following + 1
        statement = lines[first]
        while (said := _parsed(statement)) is None:  # a value that goes on on the next line
            statement += "\n" + lines[following]
            following += 1
        if is_head := statement.lstrip().startswith("["):
            table = ()
        for path in _paths(said, table):
            found.setdefault(path, first + 1)
            table = path if is_head else table
    return found


def _parsed(statement: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(statement)
    except tomllib.TOMLDecodeError:
        return None


def _paths(said: dict[str, Any], within: KeyPath) -> list[KeyPath]:
    """Every path of a statement, the deepest last."""
    paths = []
    for name, value in said.items():
        paths.append((*within, name))
        if isinstance(value, dict):
            paths += _paths(value, (*within, name))
    return paths
