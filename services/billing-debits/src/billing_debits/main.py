"""``create_app``: what this service is made of, on one page."""

from fastapi import FastAPI

from billing_debits.bootstrap import SERVICE, bootstrap
from billing_debits.settings import Settings
from payops_kernel.runtime import Runtime


def create_app() -> FastAPI:
    """The billing-debits service."""
    settings = Settings()
    return bootstrap(settings, Runtime(SERVICE, settings)).http_app(
        title="PayOps billing debits",
        description="What members owe, and every attempt to collect it.",
    )
