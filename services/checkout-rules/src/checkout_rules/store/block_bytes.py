"""A block of past contexts as bytes, with the instant of each payment, in seconds."""

import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import orjson

from checkout_rules.domain.blocks import Block, Column, pack_leaves, picked
from checkout_rules.domain.past import PastContext
from checkout_rules.domain.values import Scalar

LEVEL = 1
CELLS_MAX = 2_000_000
"""Rows of a block times its paths."""


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


def packed_past(contexts: Iterable[PastContext]) -> Iterator[PastBlock]:
    """Contexts in their order, mostly as one block; a new one begins where a block would have more
    than ``CELLS_MAX`` cells, for attributes have anybody's keys."""
    paths: set[str] = set()
    part: list[tuple[PastContext, dict[str, Scalar]]] = []
    for each in contexts:
        leaves = each.leaves()
        wider = paths if paths.issuperset(leaves) else paths.union(leaves)
        if part and len(wider) * (len(part) + 1) > CELLS_MAX:
            yield _block(part)
            part, wider = [], set(leaves)
        part.append((each, leaves))
        paths = wider
    if part:
        yield _block(part)


def _block(part: Sequence[tuple[PastContext, dict[str, Scalar]]]) -> PastBlock:
    names = [each.transaction_id for each, _leaves in part]
    seconds = [each.at_ms // 1_000 for each, _leaves in part]
    return PastBlock(seconds, pack_leaves(names, [leaves for _each, leaves in part]))


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
