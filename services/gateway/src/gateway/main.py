"""``create_app``: what the gateway is made of, on one page."""

from fastapi import FastAPI

from gateway.bootstrap import Gateway, bootstrap
from gateway.settings import Settings
from payops_kernel.http.app import create_http_app


def create_app(gateway: Gateway | None = None) -> FastAPI:
    """The one API of PayOps."""
    gateway = gateway or bootstrap(Settings())
    return create_http_app(
        title="PayOps",
        description="Payment operations: transactions and KPIs.",
        settings=gateway.settings,
        health=gateway.health,
        metrics=gateway.metrics,
        routers=gateway.routers,
        lifespan=gateway.lifespan,
        verifier=gateway.verifier,
        tracer=gateway.tracing.tracer,
        schemas=gateway.schemas,
    )
