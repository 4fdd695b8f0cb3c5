"""The configuration that the project ships: ``defaults.toml``, complete."""

import tomllib
from functools import cache
from pathlib import Path

from payops_contracts.pages.configuration import Pages

FILE = Path(__file__).with_name("defaults.toml")


@cache
def default_pages() -> Pages:
    """All pages as they are without a file of one's own."""
    return Pages.model_validate(tomllib.loads(FILE.read_text(encoding="utf-8")))
