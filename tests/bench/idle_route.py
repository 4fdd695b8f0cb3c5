"""A service of one route that does nothing: what a request costs before anything is done for it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI

from payops_kernel.auth.dependencies import requires
from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.http.app import serve
from payops_kernel.http.given import Given
from payops_kernel.http.responses import JsonResponse
from payops_kernel.process import Process
from payops_kernel.settings import ServiceSettings

PATH = "/v1/nothing"


class NothingIn(Given):
    """The body of an evaluation."""

    context: dict[str, Any]


def idle_app() -> FastAPI:
    """Token, body, limits, logs and traces as every service has them."""
    router = APIRouter(prefix="/v1")

    @router.post("/nothing")
    async def post_nothing(
        _body: NothingIn, _caller: Annotated[Principal, Depends(requires(UserRole.VIEWER))]
    ) -> JsonResponse:
        return JsonResponse({"decisions": []})

    process = Process("nothing", ServiceSettings())
    return process.service(router).http_app(title="Nothing", description="Does nothing.")


if __name__ == "__main__":
    serve(idle_app, ServiceSettings())
