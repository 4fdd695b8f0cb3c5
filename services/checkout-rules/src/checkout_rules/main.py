"""``create_app``: what this service is made of, on one page."""

from fastapi import FastAPI

from checkout_rules.bootstrap import SERVICE, bootstrap
from checkout_rules.settings import Settings
from payops_kernel.runtime import Runtime


def create_app() -> FastAPI:
    """The checkout-rules service."""
    settings = Settings()
    return bootstrap(settings, Runtime(SERVICE, settings)).http_app(
        title="PayOps checkout rules",
        description="Adaptive checkout: which provider-payment method pairs a checkout offers, "
        "and why.",
    )
