"""A block of past contexts as bytes, with the instant of each payment, in seconds."""

import zlib
from array import array
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import orjson

from checkout_rules.domain.blocks import Block, Column, packed_column, picked
from checkout_rules.domain.conditions import AMOUNT, CURRENCY
from checkout_rules.domain.contexts import CHANNEL, TYPE
from checkout_rules.domain.past import with_a_place

LEVEL = 1
CELLS_MAX = 2_000_000
"""Rows of a block times its paths."""
OWN = (AMOUNT, CURRENCY, CHANNEL, TYPE)
"""Paths that every payment has, in the order in which it tells them."""


class PastBlock(NamedTuple):
    """Contexts, and when their payments were made."""

    seconds: Sequence[int]
    """Since 1970, one a row."""
    block: Block

    def between(self, start: float, end: float) -> Block:
        """The contexts of payments made from ``start`` on and before ``end``."""
        if not self.seconds or (start <= min(self.seconds) and max(self.seconds) < end):
            return self.block  # all but the first and the last day of a window
        rows = [row for row, at in enumerate(self.seconds) if start <= at < end]
        return picked(self.block, rows)


def packed_past(names: Sequence[str], told: Sequence[Sequence[Any]]) -> Iterator[PastBlock]:
    """What payments tell from ``PastContext.at_ms`` on, in their order, mostly as one block; as
    several where one would have more than ``CELLS_MAX`` cells, for attributes have anybody's keys.
    """
    instants, amounts, currencies, channels, types, given = zip(*told, strict=True)
    kinds = {keys: with_a_place(keys) for keys in set(map(tuple, given))}
    paths = set().union(*kinds.values())
    if len(names) > 1 and len(names) * (len(OWN) + len(paths)) > CELLS_MAX:
        half = len(names) // 2
        yield from packed_past(names[:half], told[:half])
        yield from packed_past(names[half:], told[half:])
        return
    if any(keys != placed for keys, placed in kinds.items()):
        given = tuple({path: it[path] for path in kinds[tuple(it)]} for it in given)
    values: dict[str, Sequence[Any]]
    values = dict(zip(OWN, (amounts, currencies, channels, types), strict=True))
    for path in paths:
        values[path] = [each.get(path) for each in given]
    columns = {path: packed_column(values[path]) for path in sorted(values)}
    yield PastBlock([at // 1_000 for at in instants], Block(tuple(names), columns))


def to_bytes(past: PastBlock) -> bytes:
    """As JSON, compressed: texts and numbers are what contexts are made of."""
    columns = {
        path: [each.values[1:], each.codes.tolist()] for path, each in past.block.columns.items()
    }
    said = {"names": past.block.names, "seconds": past.seconds, "columns": columns}
    return zlib.compress(orjson.dumps(said), LEVEL)


def from_bytes(data: bytes) -> PastBlock:
    """The same back."""
    said = orjson.loads(zlib.decompress(data))
    columns = {
        path: Column((None, *values), array("I", codes))
        for path, (values, codes) in said["columns"].items()
    }
    return PastBlock(said["seconds"], Block(tuple(said["names"]), columns))
