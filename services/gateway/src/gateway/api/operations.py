"""What the services answer below ``/v1``: read from their OpenAPI documents, never typed again."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from payops_kernel.auth.dependencies import ROLE_MARK
from payops_kernel.auth.principals import UserRole

Documents = Mapping[str, Mapping[str, Any]]
"""OpenAPI documents by the service's name."""

FORWARDED = "/v1/"
"""Where the routes for callers begin; health, metrics and documents are each service's own."""
BY_ID = ("/v1/jobs/", "/v1/exports/")
"""Where the routes begin that several services have: the id in the path names the one."""
MERGED = ("/v1/jobs",)
"""Lists that several services have, and that the gateway makes one of."""
_REFERENCE = "#/components/schemas/"


@dataclass(frozen=True, slots=True)
class Operation:
    """A method of a path, which a service answers as its document describes."""

    service: str
    """Its name; of a path :data:`BY_ID`, the first that has it."""
    method: str
    path: str
    described: dict[str, Any]

    @property
    def role(self) -> UserRole:
        """What its caller needs; an operation that does not say it is not forwarded: KeyError."""
        return UserRole(self.described[ROLE_MARK])

    @property
    def is_by_id(self) -> bool:
        """Whether the id in the path names the service."""
        return self.path.startswith(BY_ID)

    @property
    def status(self) -> int:
        """What it answers when all went well."""
        return min(int(status) for status in self.described["responses"] if status[0] == "2")


@dataclass(frozen=True, slots=True)
class Forwarded:
    """All operations, and the schemas that they refer to."""

    operations: tuple[Operation, ...]
    schemas: dict[str, Any]


def is_forwarded(path: str) -> bool:
    """Whether a service's route of this path is answered by the service itself."""
    return path.startswith(FORWARDED) and path not in MERGED


def forwarded(documents: Documents) -> Forwarded:
    """What the documents say together. ``ValueError`` when two services claim one route.

    A schema whose name means another thing in another service is called ``<service>.<name>``.
    """
    ambiguous = _ambiguous(documents)
    operations: dict[tuple[str, str], Operation] = {}
    schemas: dict[str, Any] = {}
    for service, document in documents.items():
        names = {name: f"{service}.{name}" for name in ambiguous}
        for name, schema in document["components"]["schemas"].items():
            schemas[names.get(name, name)] = _renamed(schema, names)
        for path, methods in document["paths"].items():
            for method, described in methods.items() if is_forwarded(path) else ():
                made = Operation(service, method, path, _renamed(described, names))
                held = operations.setdefault((path, method), made)
                if held is not made and not made.is_by_id:
                    raise ValueError(f"{held.service} and {service} both answer {method} {path}")
    return Forwarded(tuple(operations.values()), schemas)


def _ambiguous(documents: Documents) -> set[str]:
    """Names of schemas that do not say the same, to the last reference, in all services."""
    found: set[str] = set()
    while True:
        said: dict[str, set[str]] = defaultdict(set)
        for service, document in documents.items():
            names = {name: f"{service}.{name}" for name in found}
            for name, schema in document["components"]["schemas"].items():
                said[name].add(json.dumps(_renamed(schema, names), sort_keys=True))
        more = {name for name, meanings in said.items() if len(meanings) > 1}
        if more == found:
            return found
        found = more


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    """A part of a document whose references follow the new names of schemas."""
    match value:
        case dict():
            return {key: _renamed(inner, names) for key, inner in value.items()}
        case list():
            return [_renamed(inner, names) for inner in value]
        case str() if value.startswith(_REFERENCE):
            name = value.removeprefix(_REFERENCE)
            return _REFERENCE + names.get(name, name)
    return value
