"""``create_app``: what this service is made of, on one page."""

from fastapi import FastAPI

from analytics.bootstrap import bootstrap
from analytics.settings import Settings


def create_app() -> FastAPI:
    """The analytics service."""
    service = bootstrap(Settings())
    return service.runtime.http_app(
        title="PayOps analytics",
        description=(
            "KPIs of payments. Amounts are integers in minor units of their currency and are "
            "never summed across currencies; days are days of the reporting zone."
        ),
        routers=service.routers,
    )
