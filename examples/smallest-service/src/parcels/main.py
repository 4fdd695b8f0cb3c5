"""``create_app``: what this service is made of, on one page."""

from fastapi import FastAPI

from parcels.bootstrap import SERVICE, bootstrap
from parcels.settings import Settings
from payops_kernel.runtime import Runtime


def create_app() -> FastAPI:
    """The parcels service."""
    settings = Settings()
    return bootstrap(settings, Runtime(SERVICE, settings)).http_app(
        title="Parcels", description="Parcels that wait at a shop for their recipients."
    )
