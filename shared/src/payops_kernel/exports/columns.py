"""What an export consists of: columns, declared once a resource, in the words that people read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from operator import methodcaller
from typing import Any

from payops_kernel.errors import Invalid
from payops_kernel.zones import UTC_ZONE, Zone

COLUMNS_MAX = 50
MINOR_SUFFIX = "_minor"
"""How names of money end; a program sees at once what unit it has."""
LOCAL_SUFFIX = "_local"
"""How the name of an instant ends where it is shown on a zone's wall clock."""

Document = dict[str, Any]
Read = Callable[[Document], Any]


class Kind(StrEnum):
    """What the cells of a column hold."""

    TEXT = "text"
    MONEY = "money"
    """Integer minor units of the row's currency."""
    INSTANT = "instant"
    """Stored as aware UTC, shown on the wall clock of the column's zone."""
    NUMBER = "number"
    """An integer."""
    LIST = "list"
    """Several texts."""


def stored(
    name: str,
    label: str,
    kind: Kind,
    path: str | None = None,
    words: Mapping[str, str] = {},
    *,
    shown: Any = None,
    default: bool = False,
    viewed: bool = True,
) -> "Column":
    """A column that is a stored field, ``path`` when it is stored under another name."""
    path = path or name
    view = f"${path}" if viewed else None
    return Column(
        name, label, kind, at(path), (path,), words, shown=shown, default=default, viewed=view
    )


def at(path: str) -> Read:
    """Reads a dotted path of a stored row; None where there is nothing."""
    names = path.split(".")
    if len(names) == 1:
        return methodcaller("get", path)  # no call of Python's own: one for each cell of a page

    def nested(row: Document) -> Any:
        value: Any = row
        for name in names:
            value = value.get(name) if isinstance(value, dict) else None
        return value

    return nested


@dataclass(frozen=True, slots=True)
class Column:
    """A column: ``name`` for programs, ``label`` for people."""

    name: str
    label: str
    kind: Kind
    read: Read
    fields: tuple[str, ...]
    """The stored fields that ``read`` looks at, as dotted paths: nothing else is fetched."""
    words: Mapping[str, str] = field(default_factory=dict)
    """What people read for a stored code; a code without words is shown as it is."""
    currency: Read = field(default=lambda row: row["currency"])
    """The ISO 4217 code of the row, for money; a stored field ``currency``."""
    zone: Zone = UTC_ZONE
    """Whose wall clock instants are shown on."""
    shown: Any = None
    """Its type in the rows of an answer, as pydantic takes it; None when they do not have it."""
    exported: bool = True
    default: bool = False
    """Whether an export that names no columns has it."""
    viewed: Any = None
    """Its MongoDB expression in the read-only view; None when the view does not have it."""

    def describe(self) -> dict[str, str]:
        """As a manifest names it."""
        return {"name": self.name, "label": self.label, "kind": self.kind.value}


def in_zone(columns: Sequence[Column], zone: Zone) -> tuple[Column, ...]:
    """The columns of a file: instants in the zone and in UTC beside it, both named in the head.

    Of a column ``created_at`` "Date": ``created_at_local`` "Date (Europe/Rome)", left out when the
    zone is UTC itself, and ``created_at`` "Date (UTC)". Clocks that are put back strike an hour
    twice; the two columns together tell which.
    """
    return tuple(
        shown
        for column in columns
        for shown in (_clocks(column, zone) if column.kind is Kind.INSTANT else (column,))
    )


def _clocks(column: Column, zone: Zone) -> tuple[Column, ...]:
    utc = replace(column, label=f"{column.label} ({UTC_ZONE.name})", zone=UTC_ZONE)
    if zone.is_utc:
        return (utc,)
    label = f"{column.label} ({zone.name})"
    return replace(column, name=column.name + LOCAL_SUFFIX, label=label, zone=zone), utc


@dataclass(frozen=True, slots=True)
class ExportResource:
    """A list that can be exported."""

    name: str
    """As its routes name it; files are named so too."""
    title: str
    """As people name it: sheets bear it."""
    columns: tuple[Column, ...]

    def __post_init__(self) -> None:
        for column in self.columns:
            if (column.kind is Kind.MONEY) != column.name.endswith(MINOR_SUFFIX):
                raise ValueError(f"{column.name}: names of money, and only those, end in _minor")

    def choose(self, names: Sequence[str]) -> tuple[Column, ...]:
        """The columns with these names, in their order; raises ``Invalid`` with what there is."""
        known = {column.name: column for column in self.columns}
        chosen = tuple(names) or tuple(column.name for column in self.columns if column.default)
        unknown = [name for name in chosen if name not in known]
        if unknown or len(set(chosen)) != len(chosen):
            wrong = f"'{unknown[0][:60]}' is no column" if unknown else "a column is named twice"
            raise Invalid(
                f"columns: {wrong}; use any of {', '.join(known)}, each once.",
                errors=[
                    {
                        "pointer": "/query/columns",
                        "code": "unknown_column",
                        "detail": f"{wrong}; there are {', '.join(known)}",
                    }
                ],
            )
        return tuple(known[name] for name in chosen)
