"""The configuration that the project ships: ``defaults.toml``, complete."""

import tomllib
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from payops_contracts.pages.configuration import Pages

FILE = Path(__file__).with_name("defaults.toml")


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def default_tables() -> dict[str, Any]:
    """The tables of the file, the caller's to change."""
    return deepcopy(_tables())


@cache
def default_pages() -> Pages:
    """All pages as they are without a file of one's own."""
    return Pages.model_validate(_tables())
