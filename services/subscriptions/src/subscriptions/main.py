"""``create_app``: what this service is made of, on one page."""

from fastapi import FastAPI

from payops_kernel.runtime import Runtime
from subscriptions.bootstrap import SERVICE, bootstrap
from subscriptions.settings import Settings


def create_app() -> FastAPI:
    """The subscriptions service."""
    settings = Settings()
    return bootstrap(settings, Runtime(SERVICE, settings)).http_app(
        title="PayOps subscriptions",
        description="Recurring payments: when they fall due, what was paid, and how they end.",
    )
