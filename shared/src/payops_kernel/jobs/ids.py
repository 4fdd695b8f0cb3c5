"""Ids that sort by the instant they were made and say which service knows them."""

import secrets
import time

_RANDOM_BITS = 80


def time_ordered_id(service: str) -> str:
    """``transactions-0198f2c4…``: milliseconds since 1970 (48 bits), then chance, in hex."""
    milliseconds = time.time_ns() // 1_000_000
    number = milliseconds << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
    return f"{service}-{number:032x}"


def service_of(time_ordered: str) -> str:
    """The service that made an id."""
    return time_ordered.rpartition("-")[0]
