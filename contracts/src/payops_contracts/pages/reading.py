"""From files to the configuration that holds: read, laid over the defaults, checked."""

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from payops_contracts.pages.api import GatewayApi
from payops_contracts.pages.configuration import Pages
from payops_contracts.pages.defaults import default_pages, default_tables
from payops_contracts.pages.lines import KeyPath, line_of_each_key
from payops_contracts.pages.merging import COMPLETE, Tables, laid_over
from payops_contracts.pages.references import wrong_references
from payops_contracts.pages.shapes import wrong_shapes
from payops_contracts.pages.writing import as_toml
from payops_contracts.pages.wrong import Wrong, WrongPages, located

FILE_BYTES_MAX = 256 * 1024
_AT_LINE = re.compile(r"(.*?) \(at (?:line (\d+), column \d+|end of document)\)")


@dataclass(frozen=True)
class EffectivePages:
    """What holds: the defaults, and what a file says differently."""

    tables: Mapping[str, Any]
    """As in a file."""
    pages: Pages

    @property
    def file(self) -> str:
        """The whole as a file of its own."""
        return f"{COMPLETE} = true\n\n{as_toml(self.tables)}"

    @cached_property
    def shown(self) -> dict[str, Any]:
        """As everybody who sees pages may see it: of an endpoint's address the origin only."""
        shown = self.pages.model_dump(mode="json", exclude_none=True)
        for action in shown["actions"].values():
            if "endpoint" in action:
                address = urlsplit(action["endpoint"]["url"])
                action["endpoint"]["url"] = f"{address.scheme}://{address.netloc}"
        return shown

    @cached_property
    def digest(self) -> str:
        """The same for the same configuration (SHA-256, in hexadecimal)."""
        return hashlib.sha256(self.pages.model_dump_json().encode()).hexdigest()


def effective_pages(
    api: Mapping[str, Any], raw: bytes | None = None, file: str = ""
) -> EffectivePages:
    """The defaults, or with the bytes of a user's file laid over them.

    ``api`` is the gateway's OpenAPI document, ``file`` what the file is called in sentences.
    Raises :class:`WrongPages`.
    """
    if raw is None:
        return EffectivePages(default_tables(), default_pages())
    text = _text(raw, file)
    over = _parsed(text, file)
    lines = line_of_each_key(text)
    under = {} if over.pop(COMPLETE, False) is True else default_tables()
    tables, wrong = laid_over(under, over)
    _refuse(wrong, lines, file)
    try:
        pages = Pages.model_validate(tables)
    except ValidationError as error:
        _refuse(wrong_shapes(error, tables), lines, file)
        raise
    # What the defaults name and this gateway does not answer is not the file's fault.
    there = GatewayApi(api)
    before = set(wrong_references(default_pages(), there))
    _refuse((each for each in wrong_references(pages, there) if each not in before), lines, file)
    return EffectivePages(tables, pages)


def _text(raw: bytes, file: str) -> str:
    if len(raw) > FILE_BYTES_MAX:
        raise WrongPages(file, [(None, f"has more than {FILE_BYTES_MAX:,} bytes; is it the one")])
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise WrongPages(file, [(line, "is not UTF-8; save the file as UTF-8")]) from None


def _parsed(text: str, file: str) -> Tables:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _AT_LINE.fullmatch(str(error))
        says, at = found.groups() if found else (str(error), None)
        line = int(at) if at else text.count("\n") + 1
        raise WrongPages(file, [(line, f"is not TOML: {says[:1].lower()}{says[1:]}")]) from None


def _refuse(wrong: Iterable[Wrong], lines: Mapping[KeyPath, int], file: str) -> None:
    if problems := located(wrong, lines):
        raise WrongPages(file, problems)


__all__ = ["EffectivePages", "effective_pages"]
