"""What a path takes: ``OPTIONS`` asks for it, and a method that it does not take is told.

``HEAD`` is answered wherever ``GET`` is, with the same status and headers (``edge.py``).
"""

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.routing import iter_route_contexts
from starlette.responses import Response

from payops_kernel.http.problems import problem


def install_method_handler(app: FastAPI) -> None:
    """Make ``Allow`` name the methods of all routes of a path, not those of the first alone."""
    app.add_exception_handler(HTTPStatus.METHOD_NOT_ALLOWED, _other_method)


async def _other_method(request: Request, _error: Exception) -> Response:
    allowed = ", ".join(sorted(_methods(request)))
    if request.method == "OPTIONS":
        return Response(status_code=HTTPStatus.NO_CONTENT, headers={"Allow": allowed})
    return problem(
        HTTPStatus.METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "The route does not take this method",
        f"This path takes {allowed}.",
        headers={"Allow": allowed},
    )


def _methods(request: Request) -> set[str]:
    methods = {"OPTIONS"}
    for route in iter_route_contexts(request.app.routes):
        if route.path_regex.match(request.scope["path"]):
            methods |= route.methods or set()
    return methods | ({"HEAD"} if "GET" in methods else set())
