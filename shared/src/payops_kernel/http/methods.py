"""What a path takes: ``OPTIONS`` asks for it, and a method that it does not take is told.

``HEAD`` is answered wherever ``GET`` is, with the same status and headers (``edge.py``).
"""

from collections import defaultdict
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from payops_kernel.http.problems import problem

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"}
REFUSED = "refused-method"


def install_method_handler(app: FastAPI) -> None:
    """Make ``Allow`` name the methods of all routes of a path, not those of the first alone.

    Called when every route is there. A word of a route is never an id: ``GET /things/export`` is no
    thing named so when ``/things/export`` takes ``POST`` only.
    """
    app.add_exception_handler(HTTPStatus.METHOD_NOT_ALLOWED, _other_method)
    taken = _by_path(app)
    for path, methods in taken.items():
        if "{" not in path and _matching(app, path) - {path}:
            refused = Route(path, _refuse, methods=sorted(METHODS - methods), name=REFUSED)
            refused.methods = METHODS - methods
            app.router.routes.insert(0, refused)


async def _refuse(_request: Request) -> Response:
    raise HTTPException(HTTPStatus.METHOD_NOT_ALLOWED)


async def _other_method(request: Request, _error: Exception) -> Response:
    allowed = ", ".join(sorted(_methods(request.app, request.scope["path"])))
    if request.method == "OPTIONS":
        return Response(status_code=HTTPStatus.NO_CONTENT, headers={"Allow": allowed})
    return problem(
        HTTPStatus.METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "The route does not take this method",
        f"This path takes {allowed}.",
        headers={"Allow": allowed},
    )


def _methods(app: FastAPI, path: str) -> set[str]:
    nearest = min(_matching(app, path), key=lambda template: template.count("{"))
    methods = _by_path(app)[nearest] | {"OPTIONS"}
    return methods | {"HEAD"} if "GET" in methods else methods


def _by_path(app: FastAPI) -> dict[str, set[str]]:
    taken: dict[str, set[str]] = defaultdict(set)
    for route in iter_route_contexts(app.routes):
        if route.name != REFUSED:
            taken[str(route.path)] |= route.methods or set()
    return taken


def _matching(app: FastAPI, path: str) -> set[str]:
    routes = iter_route_contexts(app.routes)
    return {str(route.path) for route in routes if route.path_regex.match(path)}
