"""Where the code names its crash points, read from the sources."""

import ast
from collections.abc import Iterator
from pathlib import Path

from payops_local.places import CHECKOUT

SOURCES = ("shared/src", "services")
CALL = "crash_point"


def named_in_sources() -> set[str]:
    """Every literal name that some source passes to ``crash_point``."""
    return {name for path in _files() for name in _names(ast.parse(path.read_text("utf-8")))}


def _files() -> Iterator[Path]:
    for folder in SOURCES:
        yield from (CHECKOUT / folder).rglob("src/**/*.py" if folder == "services" else "*.py")


def _names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", None)
        if name == CALL:
            argument = node.args[0]
            if isinstance(argument, ast.Constant):
                yield str(argument.value)
            else:
                yield f"not a literal in line {node.lineno}"
