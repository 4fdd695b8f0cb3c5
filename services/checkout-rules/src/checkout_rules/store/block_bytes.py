"""A block of past contexts as bytes, with the instant of each payment, in seconds."""

import json
import zlib
from array import array
from collections.abc import Sequence
from typing import NamedTuple

from checkout_rules.domain.blocks import Block, Column, pack_leaves, picked
from checkout_rules.domain.past import PastContext

LEVEL = 1


class PastBlock(NamedTuple):
    """Contexts, and when their payments were made."""

    seconds: Sequence[int]
    """Since 1970, one a row."""
    block: Block

    def between(self, start: float, end: float) -> Block:
        """The contexts of payments made from ``start`` on and before ``end``."""
        rows = [row for row, at in enumerate(self.seconds) if start <= at < end]
        return self.block if len(rows) == self.block.rows else picked(self.block, rows)


def packed_past(contexts: Sequence[PastContext]) -> PastBlock:
    """Contexts in their order; at most as many as a block has."""
    names = [each.transaction_id for each in contexts]
    seconds = [each.at_ms // 1_000 for each in contexts]
    return PastBlock(seconds, pack_leaves(names, [each.leaves() for each in contexts]))


def to_bytes(past: PastBlock) -> bytes:
    """As JSON, compressed: texts and numbers are what contexts are made of."""
    columns = {
        path: [each.values[1:], each.codes.tolist()] for path, each in past.block.columns.items()
    }
    said = {"names": past.block.names, "seconds": past.seconds, "columns": columns}
    return zlib.compress(json.dumps(said, separators=(",", ":")).encode(), LEVEL)


def from_bytes(data: bytes) -> PastBlock:
    """The same back."""
    said = json.loads(zlib.decompress(data))
    columns = {
        path: Column((None, *values), array("I", codes))
        for path, (values, codes) in said["columns"].items()
    }
    return PastBlock(said["seconds"], Block(tuple(said["names"]), columns))
