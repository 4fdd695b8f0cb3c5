"""``create_app``: what the gateway is made of, on one page."""

from fastapi import FastAPI

from gateway.bootstrap import SERVICE, bootstrap
from gateway.settings import Settings
from payops_kernel.runtime import Runtime


def create_app() -> FastAPI:
    """The one API of PayOps."""
    settings = Settings()
    return bootstrap(settings, Runtime(SERVICE, settings)).http_app(
        title="PayOps", description="Payment operations: transactions and KPIs."
    )
