"""What lies in the topics and databases once all is drained: what every check is given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pymongo.database import Database

from payops_testing.faultlab.checker.logs import Log, LogRecord

Document = dict[str, Any]
Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Topics by name, databases by service, dead letters by their topic and original's place."""

    logs: Mapping[str, Log]
    databases: Mapping[str, Database[Document]]
    letters: Mapping[str, Mapping[Place, LogRecord]]
    earlier: Sequence[LogRecord]
    """Records that were applied at the entrance and are in the log no more."""
    strangers: int
    """Records among our own events that are none of ours, dead letters of who reads them."""
