"""One event id, two contents: a publisher's bug that must be seen.

An event is its ``(source, id)``. What comes a second time under it is not applied, whatever it
says; when it says something else than at first, that is a contradiction: counted, logged, and kept
by the aggregate. Each aggregate keeps the digest of what it saw first.
"""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, NamedTuple
from zlib import crc32

import orjson
from pydantic import TypeAdapter

CONTRADICTIONS_KEPT_MAX = 20
"""How many an aggregate keeps; further ones are only counted."""

_CONTENT_BITS = 32
_fields = attrgetter("__dict__")


class Contradiction(NamedTuple):
    """What came under a known id and says something else."""

    source: str
    event_id: str
    first: int
    """Digest of the content that was applied."""
    other: int
    news: bool
    """Whether the aggregate does not know of it yet; the same content again is only counted."""


def digester(events: Any) -> Callable[[Any], int]:
    """Makes the digests of the events of a topic (a union of envelopes' models): 63 bits.

    Over type, subject, time and data as they were parsed, so that structured or binary mode, order
    of keys, white space, another way to write an instant, and ``null`` for "absent" are the same.
    Not over what belongs to transport (``traceparent`` and the like), which may be another when an
    event is sent again. The high bits are those of the fields that the models know: with another
    release of a contract the same event may be read differently, and is not compared.
    """
    release = _release(events) << _CONTENT_BITS

    def digest(event: Any) -> int:
        said = (event.type, event.subject, event.time, event.data)
        return release | crc32(orjson.dumps(said, default=_fields))

    return digest


def contradicts(first: int | None, other: int | None) -> bool:
    """Whether two digests tell of two contents; one that is not there, or another release's, of
    nothing."""
    if first is None or other is None or first == other:
        return False
    return first >> _CONTENT_BITS == other >> _CONTENT_BITS


def shown(digest: int) -> str:
    """A digest as people compare it, such as ``0a1b2c3d``."""
    return f"{digest & (1 << _CONTENT_BITS) - 1:08x}"


def _release(events: Any) -> int:
    schema = TypeAdapter(events).json_schema()
    models = {"": schema} | schema.get("$defs", {})
    fields = {name: list(model.get("properties", ())) for name, model in models.items()}
    return crc32(orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)) >> 1
