"""Dead letters: the record's own bytes, and headers that say what happened to it."""

from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

from payops_contracts.topics import dead_letter_name
from payops_kernel.errors import DeadLetter
from payops_kernel.messaging.records import Record
from payops_kernel.ports import OutgoingMessage
from payops_kernel.telemetry import Metrics

HEADERS = 8
"""So many headers of ours stand behind the record's own."""
CUT_HEADER = "payops-cut"
CUT_KEY_BYTES_MAX = 1024


def dead_letter_message(group: str, record: Record, problem: DeadLetter) -> OutgoingMessage:
    """The record under its own key, byte for byte, with its own headers before ours."""
    headers = {
        "payops-topic": record.topic,
        "payops-partition": str(record.partition),
        "payops-offset": str(record.offset),
        "payops-timestamp": str(record.timestamp),
        "payops-reason": str(problem.extra.get("reason", problem.code)),
        "payops-error": str(problem),
        "payops-failed-at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "payops-code-version": _code_version(),
    }
    ours = tuple((name, text.encode(errors="replace")) for name, text in headers.items())
    return OutgoingMessage(
        topic=dead_letter_name(record.topic, group),
        key=record.key,
        value=record.value,
        headers=record.headers + ours,
    )


def cut_dead_letter(letter: OutgoingMessage) -> OutgoingMessage:
    """A dead letter that Kafka would refuse, as a note of where its record lies.

    A compressed record can be far larger than its topic takes uncompressed. The value and the
    record's own headers are left out; ``payops-cut`` says how many bytes the value had.
    """
    cut = (CUT_HEADER, str(len(letter.value or b"")).encode())
    key = letter.key if len(letter.key or b"") <= CUT_KEY_BYTES_MAX else None
    return OutgoingMessage(letter.topic, key, None, (cut, *letter.headers[-HEADERS:]))


class DeadLetterCount:
    """How many dead letters this process has committed."""

    def __init__(self, metrics: Metrics) -> None:
        """Each is counted in ``payops_dead_letters`` too, by its record's topic and the group."""
        self.total = 0
        self._metrics = metrics

    def add(self, group: str, records: Iterable[Record]) -> None:
        """Count records of which the dead letters have just been committed."""
        for record in records:
            self.total += 1
            self._metrics.dead_letters.labels(record.topic, group).inc()


def _code_version() -> str:
    try:
        return version("payops-kernel")
    except PackageNotFoundError:
        return "0.1.0"
