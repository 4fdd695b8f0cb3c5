"""``create_app``: what this service is made of, on one page."""

from fastapi import FastAPI

from payops_kernel.runtime import Runtime
from transactions.bootstrap import SERVICE, bootstrap
from transactions.settings import Settings


def create_app() -> FastAPI:
    """The transactions service."""
    settings = Settings()
    return bootstrap(settings, Runtime(SERVICE, settings)).http_app(
        title="PayOps transactions", description="Payments as the merchant sees them."
    )
