"""``create_app``: what this service is made of, on one page."""

from fastapi import FastAPI

from analytics.bootstrap import SERVICE, bootstrap
from analytics.settings import Settings
from payops_kernel.runtime import Runtime


def create_app() -> FastAPI:
    """The analytics service."""
    settings = Settings()
    return bootstrap(settings, Runtime(SERVICE, settings)).http_app(
        title="PayOps analytics",
        description=(
            "KPIs of payments, debits and subscriptions. Amounts are integers in minor units of "
            "their currency and are never summed across currencies; days are days of the "
            "reporting zone."
        ),
    )
