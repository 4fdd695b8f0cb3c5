"""One event id, two contents: a publisher's bug that must be seen.

An event is its ``(source, id)``. What comes a second time under it is not applied, whatever it
says; when it says something else than at first, that is a contradiction: counted, logged, and kept
by the aggregate. Each aggregate keeps the digest of what it saw first.
"""

from typing import Any, NamedTuple
from zlib import crc32

import orjson

CONTRADICTIONS_KEPT_MAX = 20
"""How many an aggregate keeps; further ones are only counted."""


class Contradiction(NamedTuple):
    """What came under a known id and says something else."""

    source: str
    event_id: str
    first: int
    """Digest of the content that was applied."""
    other: int
    kept: bool
    """Whether it is news to the aggregate; the same content again is only counted."""


def content_digest(event: Any) -> int:
    """32 bits over what an event (a model of an envelope) says: type, subject, time and data.

    Made from the parsed content, so that structured or binary mode, order of keys, white space,
    another way to write an instant, and ``null`` for "absent" are the same. Not over the attributes
    of transport (``traceparent`` and the like), which may be others when an event is sent again.
    A new optional field changes no digest of an event without it.
    """
    said = (event.type, event.subject, event.time, event.data)
    return crc32(orjson.dumps(said, default=_present, option=orjson.OPT_SORT_KEYS))


def shown(digest: int) -> str:
    """A digest as people compare it, such as ``0a1b2c3d``."""
    return f"{digest:08x}"


def _present(part: Any) -> dict[str, Any]:
    return {name: value for name, value in vars(part).items() if value is not None}
