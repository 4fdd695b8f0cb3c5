"""``create_app``: what this service is made of, on one page."""

from fastapi import FastAPI

from transactions.bootstrap import bootstrap
from transactions.settings import Settings


def create_app() -> FastAPI:
    """The transactions service."""
    service = bootstrap(Settings())
    return service.runtime.http_app(
        title="PayOps transactions",
        description="Payments as the merchant sees them.",
        routers=service.routers,
    )
