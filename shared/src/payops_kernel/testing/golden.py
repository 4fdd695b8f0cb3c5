"""The golden examples of ``contracts/``: one file an event version, as a publisher sends it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import payops_contracts

EXAMPLES = Path(payops_contracts.__file__).parents[2] / "examples"
BINARY_SUFFIX = ".binary.json"


@dataclass(frozen=True, slots=True)
class GoldenExample:
    """One example. ``value`` is the record's bytes; binary mode has ``ce_*`` headers too."""

    name: str
    event_type: str
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()


def golden_examples(topic_prefix: str = "") -> list[GoldenExample]:
    """All examples whose event type begins with the prefix, in the order of their names."""
    return [example for example in _read() if example.event_type.startswith(topic_prefix)]


def _read() -> Iterator[GoldenExample]:
    for path in sorted(EXAMPLES.glob("*.json")):
        content = path.read_bytes()
        document = json.loads(content)
        if path.name.endswith(BINARY_SUFFIX):
            headers = tuple((name, text.encode()) for name, text in document["headers"].items())
            yield GoldenExample(
                name=path.stem,
                event_type=document["headers"]["ce_type"],
                key=document["key"].encode(),
                value=json.dumps(document["value"]).encode(),
                headers=headers,
            )
        else:
            yield GoldenExample(path.stem, document["type"], document["subject"].encode(), content)
