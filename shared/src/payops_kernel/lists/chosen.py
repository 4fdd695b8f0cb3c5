"""Which rows a bulk action is for: plain values, no driver, no framework."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Chosen:
    """Selected rows, or all rows of a filter in the list's order."""

    ids: tuple[str, ...] = ()
    query: Mapping[str, Any] | None = None
    """MongoDB conditions; None when ids are given."""
    sort: Sequence[tuple[str, int]] = ()

    def unknown(self, found: int) -> int:
        """How many of the selected ids are of no row, when ``found`` are."""
        return len(set(self.ids)) - found if self.query is None else 0
