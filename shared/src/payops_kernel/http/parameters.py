"""The parameters of a query as the OpenAPI document names them: no other, and none twice.

A parameter that nobody knows might be a misspelt filter, which would show more than was asked for;
of a single value that is given twice, one would be dropped without a word.
"""

from collections import Counter
from typing import Any

from fastapi import FastAPI, Request
from fastapi.routing import APIRoute

from payops_kernel.errors import Invalid


def check_query(request: Request) -> None:
    """Raise ``Invalid`` for a parameter that the route does not have, or has once only.

    What is forwarded is left to the service behind it.
    """
    route: APIRoute = request.scope["route"]
    given = Counter(name for name, _ in request.query_params.multi_items())
    if not given or "operationId" in (route.openapi_extra or {}):  # it is another service's
        return
    known = _parameters(request.app, route.path_format, request.method.lower())
    errors = [
        {"pointer": f"/query/{name}", "code": code, "detail": detail}
        for name, times in given.items()
        for code, detail in _wrong(known.get(name), times)
    ]
    if errors:
        raise Invalid(f"{errors[0]['pointer']}: {errors[0]['detail']}", errors=errors)


def _wrong(repeated: bool | None, times: int) -> list[tuple[str, str]]:
    if repeated is None:
        return [("extra_forbidden", "there is no such parameter")]
    return [("given_twice", "give it once")] if times > 1 and not repeated else []


def _parameters(app: FastAPI, path: str, method: str) -> dict[str, bool]:
    """Whether each parameter may be repeated, by name; looked up once a route."""
    known: dict[tuple[str, str], dict[str, bool]] = app.state.parameters
    if (path, method) not in known:
        operation: dict[str, Any] = app.openapi()["paths"][path][method]
        known[path, method] = {
            parameter["name"]: parameter["schema"].get("type") == "array"
            for parameter in operation.get("parameters", [])
            if parameter["in"] == "query"
        }
    return known[path, method]
