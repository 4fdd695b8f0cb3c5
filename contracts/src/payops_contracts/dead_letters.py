"""Dead letters: what a consumer could not take, byte for byte, and what it noted beside it."""

from collections.abc import Sequence
from enum import StrEnum

TOPIC, PARTITION, OFFSET, TIMESTAMP, REASON, ERROR, FAILED_AT, CODE_VERSION = NOTED = (
    "payops-topic",
    "payops-partition",
    "payops-offset",
    "payops-timestamp",
    "payops-reason",
    "payops-error",
    "payops-failed-at",
    "payops-code-version",
)
"""The headers that a consumer adds, in this order, behind the record's own."""

CUT = "payops-cut"
"""The only header before them when the record was too large to travel: its value's bytes."""

Headers = Sequence[tuple[str, bytes | None]]


class DeadLetterState(StrEnum):
    """What was decided about a dead letter."""

    OPEN = "OPEN"
    REPLAYED = "REPLAYED"
    """Sent to the topic that it came from once more."""
    DISCARDED = "DISCARDED"
    """Somebody said that it is not needed."""


def dead_letter_id(topic: str, partition: int, offset: int) -> str:
    """``topic/partition/offset`` in the dead-letter topic: what people copy."""
    return f"{topic}/{partition}/{offset}"


def parted(headers: Headers) -> tuple[Headers, dict[str, str]]:
    """The record's own headers, and what the consumer noted, by name.

    From the end: an original header of the same name stands before the consumer's.
    """
    own = len(headers)
    while own and headers[own - 1][0] in NOTED and own > len(headers) - len(NOTED):
        own -= 1
    noted = {
        name: (value or b"").decode("utf-8", errors="replace") for name, value in headers[own:]
    }
    return headers[:own], noted
