"""``create_app``: what the backoffice is made of, on one page."""

from fastapi import FastAPI

from backoffice.bootstrap import SERVICE, bootstrap
from backoffice.pages import AREAS
from backoffice.settings import Settings
from payops_kernel.process import Process


def create_app() -> FastAPI:
    """The pages: every area of them, in the order of the navigation."""
    settings = Settings()
    return bootstrap(settings, Process(SERVICE, settings), AREAS)
