"""The FastAPI app of a service: routes are the service's, everything else is decided here."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import APIRouter, FastAPI
from opentelemetry.trace import Tracer
from prometheus_client import CollectorRegistry
from starlette.routing import BaseRoute

from payops_kernel.auth.dependencies import mark_roles
from payops_kernel.auth.tokens import TokenVerifier
from payops_kernel.http.announcing import announce
from payops_kernel.http.edge import BODY_BYTES_MAX, Edge
from payops_kernel.http.health import ServiceHealth
from payops_kernel.http.health_routes import health_router
from payops_kernel.http.methods import install_method_handler
from payops_kernel.http.problems import (
    PROBLEM_RESPONSES,
    PROBLEM_SCHEMA,
    install_problem_handlers,
)
from payops_kernel.http.server import serve
from payops_kernel.settings import ServiceSettings

__all__ = ["create_http_app", "serve"]


class _ServiceApp(FastAPI):
    def openapi(self) -> dict[str, Any]:
        """The OpenAPI 3.1 document, with routes' problems and the roles they need."""
        document = super().openapi()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        if "Problem" not in schemas:  # the document is made once
            schemas |= {**self.state.schemas, "Problem": PROBLEM_SCHEMA}
            announce(document)
            mark_roles(document, self.routes)
        return document


def create_http_app(
    *,
    title: str,
    settings: ServiceSettings,
    health: ServiceHealth,
    metrics: CollectorRegistry,
    routers: Iterable[APIRouter] = (),
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None,
    verifier: TokenVerifier | None = None,
    tracer: Tracer | None = None,
    description: str = "",
    body_bytes_max: int = BODY_BYTES_MAX,
    schemas: Mapping[str, Any] | None = None,
) -> FastAPI:
    """An app with problems, limits, traces, health and metrics around a service's routers.

    A word of a path goes before an id in its place, whatever the order of the routers.

    ``lifespan`` opens and closes what the service needs; nothing connects before it runs, so an
    app can be made (and its OpenAPI document written) without any server. Routers carry their
    whole path (``APIRouter(prefix="/v1")``), for logs and metrics name routes by it. ``verifier``
    None means: as the settings say. ``schemas`` are what the ``openapi_extra`` of routes refers to
    in the document's components. Afterwards ``app.state`` has ``health``, ``verifier``, ``schemas``
    and ``parameters`` (of queries, by route).
    """
    app = _ServiceApp(
        title=title,
        description=description,
        version="1.0.0",
        lifespan=lifespan,
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        responses=PROBLEM_RESPONSES,
    )
    app.state.health = health
    app.state.parameters = {}
    app.state.schemas = schemas or {}
    app.state.verifier = verifier or TokenVerifier.from_settings(settings)
    install_problem_handlers(app)
    app.include_router(_words_first(routers))
    app.include_router(health_router(health, metrics))
    install_method_handler(app)
    app.add_middleware(Edge, metrics=metrics, body_bytes_max=body_bytes_max, tracer=tracer)
    return app


def _words_first(routers: Iterable[APIRouter]) -> APIRouter:
    routes = [route for router in routers for route in router.routes]
    return APIRouter(routes=sorted(routes, key=_ids_in))


def _ids_in(route: BaseRoute) -> list[bool]:
    return ["{" in part for part in str(getattr(route, "path", "")).split("/")]
