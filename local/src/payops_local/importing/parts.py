"""Parts of a row by what a mapping calls them: columns, constants, words; and words of events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from pydantic import ValidationError

from payops_local.errors import PlatformError
from payops_local.importing.cells import BadRow, amount_minor, instant, quantity
from payops_local.importing.mapping import Amounts, Dates, sentence


class PartsMapping(Protocol):
    """What a mapping says of parts, whatever is imported."""

    @property
    def columns(self) -> Mapping[Any, str]:
        """Part → name of the column."""
        ...

    @property
    def constants(self) -> Mapping[Any, str]:
        """Part → what it is when there is no column, or the cell is empty."""
        ...

    @property
    def values(self) -> Mapping[Any, Mapping[str, str]]:
        """Part → the file's words → ours."""
        ...

    @property
    def dates(self) -> Dates:
        """How instants are written."""
        ...

    @property
    def amounts(self) -> Amounts:
        """How amounts are written."""
        ...


class Cells:
    """One row by part: the cell without the blanks around it, or else the constant."""

    def __init__(
        self, mapping: PartsMapping, columns: Mapping[Any, int], cells: Sequence[str]
    ) -> None:
        self._mapping, self._columns, self._cells = mapping, columns, cells

    def name(self, part: StrEnum) -> str:
        """What the file calls the part."""
        return self._mapping.columns.get(part, part.value)

    def text(self, part: StrEnum) -> str | None:
        """The part's text, None when neither cell nor constant gives any."""
        index = self._columns.get(part)
        text = self._cells[index].strip() if index is not None else ""
        text = text or self._mapping.constants.get(part, "")
        words = self._mapping.values.get(part)
        return (words.get(text, text) if words else text) or None

    def needed(self, part: StrEnum) -> str:
        """The part's text; raises BadRow when there is none."""
        text = self.text(part)
        if text is None:
            raise BadRow(f"{self.name(part)}: it is empty")
        return text

    def instant(self, part: StrEnum) -> datetime:
        """The part as an instant in UTC; raises BadRow."""
        return instant(self.needed(part), self.name(part), self._mapping.dates)

    def amount(self, part: StrEnum, currency: str) -> int:
        """The part in minor units; raises BadRow."""
        return amount_minor(self.needed(part), self.name(part), currency, self._mapping.amounts)

    def quantity(self, part: StrEnum) -> int:
        """The part as a whole number, 1 when it is not given; raises BadRow."""
        text = self.text(part)
        return 1 if text is None else quantity(text, self.name(part))


def given(**parts: Any) -> dict[str, Any]:
    """Those of the parts that are there."""
    return {name: value for name, value in parts.items() if value is not None}


def written(at: datetime) -> str:
    """An instant as events have it."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def said_by_contract(error: ValidationError) -> str:
    """What the contract finds wrong with an event, as a sentence."""
    # Without the event's own type, which the contract's union puts first.
    _, _, said = sentence(error).partition(".data.")
    return said or sentence(error)


def index_of(header: Sequence[str], column: str, part: str) -> int:
    """Where a column stands; raises PlatformError when it is not there, or twice."""
    found = [number for number, name in enumerate(header) if name == column]
    if not found:
        there = ", ".join(header)[:300]
        raise PlatformError(
            f"The file has no column '{column}', which the mapping names for {part}; "
            f"it has {there}."
        )
    if len(found) > 1:
        raise PlatformError(
            f"The file has {len(found)} columns '{column}', which the mapping names for {part}: "
            "name the columns yourself with header = [...] in the mapping's [file]."
        )
    return found[0]
