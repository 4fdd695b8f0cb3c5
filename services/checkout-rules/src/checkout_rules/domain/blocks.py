"""Contexts packed in blocks: a column a path, its values once each and a small code a row.

So a simulation tries each value once a block, however many rows have it. A list at a path is left
out: no condition is about one, nor about an object.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from checkout_rules.domain.values import Context, Scalar, kind_of

BLOCK_ROWS_MAX = 50_000


class Column(NamedTuple):
    """The values of one path: ``values[codes[n]]`` is row n's, None for a missing one."""

    values: tuple[Scalar | None, ...]
    codes: "array[int]"

    def at(self, row: int) -> Scalar | None:
        """One row's value."""
        return self.values[self.codes[row]]

    def unpacked(self) -> list[Scalar | None]:
        """Every row's value."""
        return list(map(self.values.__getitem__, self.codes))


class Block(NamedTuple):
    """Some contexts, by what is at each path; ``names`` says whose they are."""

    names: tuple[str, ...]
    """The payments' ids."""
    columns: Mapping[str, Column]

    @property
    def rows(self) -> int:
        """How many contexts."""
        return len(self.names)


def pack(rows: Sequence[tuple[str, Context]]) -> Block:
    """Named contexts as one block; raises ``ValueError`` over ``BLOCK_ROWS_MAX``."""
    if len(rows) > BLOCK_ROWS_MAX:
        raise ValueError(f"a block has {BLOCK_ROWS_MAX} rows at most")
    found: dict[str, _Filling] = {}
    for row, (_name, context) in enumerate(rows):
        for path, value in leaves(context):
            if path not in found:
                found[path] = _Filling(len(rows))
            found[path].put(row, value)
    columns = {path: found[path].column() for path in sorted(found)}
    return Block(tuple(name for name, _context in rows), columns)


def leaves(context: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Scalar]]:
    """Every value of a context that a condition could be about, with its path."""
    for key, value in context.items():
        if isinstance(value, Mapping):
            yield from leaves(value, f"{above}{key}/")
        elif kind_of(value) is not None:
            yield above + key, value


class _Filling:
    """A column while its rows come."""

    def __init__(self, count: int) -> None:
        self._codes = array("I", bytes(4 * count))  # 0 is "nothing there"
        self._known: dict[tuple[type, Scalar], int] = {}

    def put(self, row: int, value: Scalar) -> None:
        # True, 1 and 1.0 are one key to a dict, and not one value.
        key = (type(value), value)
        self._codes[row] = self._known.setdefault(key, len(self._known) + 1)

    def column(self) -> Column:
        values: Iterable[Scalar] = (value for _type, value in self._known)
        return Column((None, *values), self._codes)
