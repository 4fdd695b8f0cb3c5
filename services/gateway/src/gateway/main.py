"""``create_app``: the gateway with the settings of the environment."""

from fastapi import FastAPI

from gateway.bootstrap import bootstrap
from gateway.settings import Settings


def create_app() -> FastAPI:
    """The one API of PayOps."""
    return bootstrap(Settings())
