"""Every answer that an operation can give stands in the OpenAPI document, the refusals too.

Most follow from what an operation takes: who has a token can have a wrong one, what has a body can
have a wrong one. A route says only what follows from its own rules: ``responses=refusals(409)``.
"""

from collections.abc import Iterable
from typing import Any

MEDIA_TYPE = "application/problem+json"
_PROBLEM = {"schema": {"$ref": "#/components/schemas/Problem"}}
_MEANINGS = {
    400: "The cursor cannot be used here.",
    401: "There is no token, or not one that this platform trusts.",
    403: "The caller's role does not reach that far.",
    404: "There is no such thing, or not for this caller.",
    409: "Not as things stand now; `code` says why.",
    410: "What was asked for is gone.",
    413: "The body is too large.",
    415: "The body is not `application/json`.",
    422: "The request is not valid; `errors` points at what is wrong.",
    429: "Too much at once; `Retry-After` says when to come again.",
    500: "A defect; quote `trace_id` when you report it.",
    502: "The service behind the route failed.",
    503: "Something that is needed does not answer; try again.",
}
OPEN_TAG = "operations"
"""Health and metrics: asked by machines, without a token, and never refused."""


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What a route's ``responses`` say of problems with these statuses."""
    return {
        status: {"description": _MEANINGS[status], "content": {MEDIA_TYPE: _PROBLEM}}
        for status in statuses
    }


def announce(document: dict[str, Any]) -> None:
    """Add to each operation the refusals that follow from what it takes.

    Its summary is the first line of the route's docstring, when it has one.
    """
    for methods in document["paths"].values():
        for operation in methods.values():
            if OPEN_TAG not in operation.get("tags", ()):
                for status, answer in refusals(*_implied(operation)).items():
                    operation["responses"].setdefault(str(status), answer)
            if "description" in operation:
                operation["summary"] = operation["description"].partition("\n")[0].rstrip(".")
            operation["responses"] = dict(sorted(operation["responses"].items()))


def _implied(operation: dict[str, Any]) -> Iterable[int]:
    parameters = operation.get("parameters", [])
    names = {parameter["name"].lower() for parameter in parameters}
    yield from (413, 500)
    if operation.get("security"):  # then its query is checked as well
        yield from (401, 403, 422, 503)
    if any(parameter["in"] == "path" for parameter in parameters):
        yield 404
    if "requestBody" in operation:
        yield from (415, 422)
    if "cursor" in names:
        yield 400
    if "idempotency-key" in names:
        yield from (409, 429)
