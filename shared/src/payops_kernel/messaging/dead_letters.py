"""Dead letters: the record's own bytes, and headers that say what happened to it."""

from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

from payops_contracts.dead_letters import CUT, NOTED
from payops_contracts.topics import dead_letter_name
from payops_kernel.errors import DeadLetter
from payops_kernel.messaging.records import Record
from payops_kernel.ports import OutgoingMessage
from payops_kernel.telemetry import Metrics

CUT_KEY_BYTES_MAX = 1024


def dead_letter_message(group: str, record: Record, problem: DeadLetter) -> OutgoingMessage:
    """The record under its own key, byte for byte, with its own headers before ours."""
    noted = (
        record.topic,
        str(record.partition),
        str(record.offset),
        str(record.timestamp),
        str(problem.extra.get("reason", problem.code)),
        str(problem),
        datetime.now(UTC).isoformat(timespec="milliseconds"),
        _code_version(),
    )
    ours = tuple(
        (name, text.encode(errors="replace")) for name, text in zip(NOTED, noted, strict=True)
    )
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
    cut = (CUT, str(len(letter.value or b"")).encode())
    key = letter.key if len(letter.key or b"") <= CUT_KEY_BYTES_MAX else None
    noted = (letter.headers or ())[-len(NOTED) :]
    return OutgoingMessage(letter.topic, key, None, (cut, *noted))


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
