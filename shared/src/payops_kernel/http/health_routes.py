"""``/health/live``, ``/health/ready`` and ``/metrics``, the same on every service."""

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.responses import Response

from payops_kernel.http.announcing import OPEN_TAG
from payops_kernel.http.health import ServiceHealth
from payops_kernel.http.responses import JsonResponse

LIVE = "/health/live"
READY = "/health/ready"
METRICS = "/metrics"
QUIET_PATHS = frozenset({LIVE, READY, METRICS})
"""Asked every second by machines: neither logged nor counted."""


def health_router(health: ServiceHealth, metrics: CollectorRegistry) -> APIRouter:
    """The routes that supervisors, load balancers and Prometheus ask."""
    router = APIRouter(tags=[OPEN_TAG])

    @router.get(LIVE, summary="Does the process run", response_model=dict[str, str])
    async def live() -> Response:
        return JsonResponse({"service": health.service, "status": "live"})

    @router.get(
        READY,
        summary="Can the process do its work, and how far behind is it",
        response_model=dict[str, object],
        responses={
            503: {
                "description": "Not ready; `reasons` says why",
                "content": {"application/json": {"schema": {"type": "object"}}},
            }
        },
    )
    async def ready() -> Response:
        is_ready, body = await health.ready()
        return JsonResponse(body, 200 if is_ready else 503)

    @router.get(METRICS, summary="Prometheus metrics", response_class=Response)
    async def prometheus() -> Response:
        return Response(generate_latest(metrics), media_type=CONTENT_TYPE_LATEST)

    return router
