"""What a release took away on purpose: which breaks of earlier releases, each with its reason.

``published/<type>/<revision>.tightened.json`` stands beside the release that tightened:
``{"type", "revision", "breaks": [{"why", "sentences": [...], "examples": ["1/0", ...]}]}``. A
sentence is the gate's, without the event's type; an example is a release and the number of one of
its golden examples, from 0, that is refused from then on. Nothing there ever changes.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from payops_contracts.registry import validate

SUFFIX = ".tightened.json"


@dataclass(frozen=True, slots=True)
class Tightening:
    """The list of one release. Both maps say why."""

    sentences: Mapping[str, str] = field(default_factory=dict)
    examples: Mapping[tuple[int, int], str] = field(default_factory=dict)
    """By release and number of the example."""


def tightenings(root: Path, event_type: str) -> dict[int, Tightening]:
    """Revision → its list, for those of a type's releases that tightened something.

    Raises ``ValueError`` for a file that names another release than its own, says a thing twice or
    gives no reason.
    """
    found = {}
    for file in sorted((root / event_type).glob(f"*{SUFFIX}")):
        document = json.loads(file.read_text(encoding="utf-8"))
        revision = int(document["revision"])
        if (event_type, f"{revision}{SUFFIX}") != (document["type"], file.name):
            raise ValueError(f"{file}: it names {document['type']} {revision}")
        found[revision] = _listed(document, file)
    return found


def _listed(document: Any, file: Path) -> Tightening:
    sentences: dict[str, str] = {}
    examples: dict[tuple[int, int], str] = {}
    for group in document["breaks"]:
        why = str(group["why"]).strip()
        if not why:
            raise ValueError(f"{file}: a break has no reason")
        for sentence in group.get("sentences", ()):
            _once(sentences, sentence, why, file)
        for name in group.get("examples", ()):
            revision, _, number = name.partition("/")
            _once(examples, (int(revision), int(number)), why, file)
    return Tightening(sentences, examples)


def _once(listed: dict[Any, str], key: Any, why: str, file: Path) -> None:
    if key in listed:
        raise ValueError(f"{file}: {key} is listed twice")
    listed[key] = why


def allowed(found: Mapping[int, Tightening], since: int) -> set[str]:
    """The sentences about what release ``since`` promised that a later release took away."""
    return {
        sentence
        for revision, listed in found.items()
        if revision > since
        for sentence in listed.sentences
    }


def refused_examples(found: Mapping[int, Tightening]) -> set[tuple[int, int]]:
    """The golden examples that a release refused on purpose: release and number."""
    return {example for listed in found.values() for example in listed.examples}


def examples_not_refused(
    found: Mapping[int, Tightening], releases: Mapping[int, Any]
) -> Iterator[str]:
    """Sentences about listed examples that are no examples, or are taken all the same."""
    for revision, listed in found.items():
        for since, number in listed.examples:
            examples = releases[since]["examples"] if since in releases else []
            if since >= revision or number >= len(examples):
                yield f"the list of release {revision} names no example: {since}/{number}"
            elif _taken(examples[number]):
                yield f"the list of release {revision} names {since}/{number}, which is still taken"


def _taken(event: Any) -> bool:
    try:
        validate(event)
    except ValueError:
        return False
    return True
