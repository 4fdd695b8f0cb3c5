"""RFC 9457 problem details: the one place where an error becomes an HTTP answer.

Every problem has ``type`` (``urn:payops:problem:<code>``), ``title``, ``status``, ``detail``,
``code`` and ``trace_id``. Errors of validation add ``errors[]``, each with a ``pointer`` (RFC 6901)
into ``{"body": …, "query": …, "path": …, "header": …}``, a ``code`` and a ``detail``. What an error
carries in ``extra`` becomes further members, so only public facts belong there.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from payops_contracts.fields import NOT_BLANK
from payops_kernel.errors import PayOpsError
from payops_kernel.http.announcing import MEDIA_TYPE
from payops_kernel.http.tracing import current_trace

TYPE_PREFIX = "urn:payops:problem:"
REALM = "payops"
ERRORS_MAX = 50
RETRY_AFTER_S = 1
"""What a caller is told to wait when a retryable error does not say."""

# Not the names of http.HTTPStatus: those change between versions of Python.
_HTTP_CODES = {
    404: ("no_such_route", "No such route"),
    413: ("body_too_large", "The body is too large"),
}
_HEADER_MEMBERS = frozenset({"challenge", "retry_after_s", "headers"})

PROBLEM_SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "description": "RFC 9457 problem details; `code` is stable, `detail` names the mend.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "trace_id"],
    "properties": {
        "type": {"type": "string", "examples": [TYPE_PREFIX + "invalid_request"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "examples": ["invalid_request"]},
        "trace_id": {"type": ["string", "null"]},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": {"type": "string", "examples": ["/query/limit"]},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
    "additionalProperties": True,
}
PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "A problem",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}
"""What every route documents for its failures."""


class NoJson(PayOpsError):
    """The body is not said to be JSON."""

    code = "not_json"
    title = "The body's media type is not taken"
    status = 415


class BodyTooLarge(PayOpsError):
    """The request's body is over the limit."""

    code = "body_too_large"
    title = "The body is too large"
    status = 413


def problem(
    status: int,
    code: str,
    title: str,
    detail: str,
    extra: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem response; ``extra`` may add members and never replaces one."""
    trace = current_trace()
    body: dict[str, Any] = {
        "type": TYPE_PREFIX + code,
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "trace_id": trace.trace_id if trace else None,
    }
    body |= {key: value for key, value in (extra or {}).items() if key not in body}
    content = orjson.dumps(body, default=str, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS)
    return Response(content, status, dict(headers or {}), media_type=MEDIA_TYPE)


def problem_of(error: PayOpsError) -> Response:
    """The answer for an expected failure."""
    headers = dict(error.extra.get("headers") or {})
    if error.status == HTTPStatus.UNAUTHORIZED:
        challenge = error.extra.get("challenge")
        headers["WWW-Authenticate"] = f'Bearer realm="{REALM}"' + (
            f', error="{challenge}"' if challenge else ""
        )
    elif error.status == HTTPStatus.FORBIDDEN:
        headers["WWW-Authenticate"] = f'Bearer realm="{REALM}", error="insufficient_scope"'
    if error.retryable:
        headers["Retry-After"] = str(error.extra.get("retry_after_s", RETRY_AFTER_S))
    members = {k: v for k, v in error.extra.items() if k not in _HEADER_MEMBERS}
    return problem(error.status, error.code, error.title, str(error), members, headers)


def unexpected_problem() -> Response:
    """The answer for a defect: says nothing but where to look it up."""
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "unexpected",
        "Something went wrong here",
        "The request could not be done because of a defect; quote trace_id when you report it.",
    )


def pointer(location: Sequence[int | str]) -> str:
    """RFC 6901: ``("query", "limit")`` is ``/query/limit``."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in location)


def install_problem_handlers(app: FastAPI) -> None:
    """Make every failure of the app a problem (defects are caught at the edge)."""
    app.add_exception_handler(PayOpsError, _expected)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


def catalogue() -> dict[str, type[PayOpsError]]:
    """Every error class that is loaded, by code; raises ``ValueError`` when two share one."""
    found: dict[str, type[PayOpsError]] = {}
    waiting = [PayOpsError]
    while waiting:
        error = waiting.pop()
        if found.setdefault(error.code, error) is not error:
            raise ValueError(
                f"{error.__name__} and {found[error.code].__name__} share {error.code}"
            )
        waiting.extend(error.__subclasses__())
    return found


async def _expected(_request: Request, error: Exception) -> Response:
    if not isinstance(error, PayOpsError):
        raise error
    return problem_of(error)


async def _invalid(_request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    if isinstance(error.body, bytes):  # FastAPI parses what says to be JSON, and nothing else
        return problem_of(NoJson("Send JSON, with the header Content-Type: application/json."))
    # The refused input itself is left out: it may be a secret or a person's data.
    return invalid_request([_told(found) for found in error.errors()[:ERRORS_MAX]])


def _told(error: Mapping[str, Any]) -> dict[str, str]:
    code, detail = error["type"], error["msg"].removeprefix("Value error, ")
    if code == "string_pattern_mismatch" and error["ctx"]["pattern"] == NOT_BLANK:
        code, detail = "blank", "must not be blank"
    return {"pointer": pointer(error["loc"]), "code": code, "detail": detail}


def invalid_request(errors: Sequence[Mapping[str, str]]) -> Response:
    """The answer for a request whose parts are wrong, one error a part."""
    first = errors[0]
    return problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "invalid_request",
        "The request is not valid",
        f"{first['pointer']}: {first['detail']}",
        {"errors": list(errors)},
    )


async def _http(_request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    status = error.status_code
    if status == HTTPStatus.BAD_REQUEST:  # FastAPI's for a body that cannot even be read
        detail = "not JSON in UTF-8 of a sensible depth"
        return invalid_request([{"pointer": "/body", "code": "json_invalid", "detail": detail}])
    code, title = _HTTP_CODES.get(status, (f"http_{status}", "The request cannot be done"))
    return problem(status, code, title, str(error.detail), headers=error.headers)
