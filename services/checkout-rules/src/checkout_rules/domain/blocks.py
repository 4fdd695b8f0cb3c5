"""Contexts packed in blocks: a column a path, its values once each and a small code a row.

So a simulation tries each value once a block, however many rows have it. A list at a path is left
out: no condition is about one, nor about an object.
"""

from array import array
from collections.abc import Iterator, Mapping, Sequence
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
    found = [dict(leaves(context)) for _name, context in rows]
    paths = sorted(set().union(*found))
    columns = {path: packed_column([each.get(path) for each in found]) for path in paths}
    return Block(tuple(name for name, _context in rows), columns)


def picked(block: Block, rows: Sequence[int]) -> Block:
    """Some rows of a block, in the order in which they are named."""
    return Block(
        tuple(block.names[row] for row in rows),
        {
            path: Column(each.values, array("I", [each.codes[row] for row in rows]))
            for path, each in block.columns.items()
        },
    )


def leaves(context: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Scalar]]:
    """Every value of a context that a condition could be about, with its path."""
    for key, value in context.items():
        if isinstance(value, Mapping):
            yield from leaves(value, f"{above}{key}/")
        elif kind_of(value) is not None:
            yield above + key, value


def packed_column(values: Sequence[Scalar | None]) -> Column:
    """A row's value each, None where it has none."""
    # True, 1 and 1.0 are one key to a dict, and not one value.
    mixed = bool({bool, float} & set(map(type, values)))
    keys = [it if it is None else (type(it), it) for it in values] if mixed else values
    numbers: dict[Any, int] = {None: 0}
    for key in dict.fromkeys(keys):
        numbers.setdefault(key, len(numbers))
    _nothing, *known = numbers
    different: Sequence[Scalar] = [key[1] for key in known] if mixed else known
    return Column((None, *different), array("I", map(numbers.__getitem__, keys)))
