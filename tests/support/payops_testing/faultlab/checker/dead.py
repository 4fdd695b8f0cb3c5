"""Dead letters: every record that is in no history is there, byte for byte, and only those."""

from collections.abc import Iterable

from payops_testing.faultlab.checker.findings import Findings
from payops_testing.faultlab.checker.logs import Headers, Log, LogRecord

OURS = (
    "payops-topic",
    "payops-partition",
    "payops-offset",
    "payops-timestamp",
    "payops-reason",
    "payops-error",
    "payops-failed-at",
    "payops-code-version",
)

CUT_BYTES = 1024 * 1024 + 64 * 1024
"""No dead letter can carry a value beyond this; it says how long the value was instead."""

Place = tuple[int, int]


def index_dead_letters(log: Log, source: str, findings: Findings) -> dict[Place, LogRecord]:
    """Dead letters by the place of their original; copies of one must not differ."""
    found: dict[Place, LogRecord] = {}
    for letter in log.records:
        headers = {name: (value or b"").decode() for name, value in letter.headers[-len(OURS) :]}
        named = tuple(name for name, _ in letter.headers[-len(OURS) :])
        if not findings.require(named == OURS, f"a dead letter's headers end in {named}"):
            continue
        findings.require(headers["payops-topic"] == source, f"a dead letter of {headers}")
        place = (int(headers["payops-partition"]), int(headers["payops-offset"]))
        empty = [name for name in OURS if not headers[name]]
        findings.require(not empty, f"dead letter of {place}: headers {empty} are empty")
        first = found.setdefault(place, letter)
        same = (first.key, first.value, first.headers) == (letter.key, letter.value, letter.headers)
        findings.require(same, f"dead letter of {place}: two of them differ")
    findings.dead_letters += len(found)
    return found


def check_bytes(
    originals: Iterable[LogRecord], letters: dict[Place, LogRecord], findings: Findings
) -> None:
    """A dead letter has its original's key, value and headers."""
    places: set[Place] = set()
    for original in originals:
        places.add(original.place)
        letter = letters.get(original.place)
        if letter is None:
            continue
        own = letter.headers[: -len(OURS)]
        if len(original.value or b"") > CUT_BYTES:
            identical = (own, letter.value) == ((_cut(original),), None)
        else:
            identical = _content(original, original.headers) == _content(letter, own)
        findings.require(identical, f"dead letter of {original.place}: bytes differ")
    for place in letters.keys() - places:
        findings.require(False, f"a dead letter names {place}, where no record lies")


def _cut(original: LogRecord) -> tuple[str, bytes]:
    return "payops-cut", str(len(original.value or b"")).encode()


def _content(record: LogRecord, headers: Headers) -> tuple[object, ...]:
    return record.key, record.value, headers
