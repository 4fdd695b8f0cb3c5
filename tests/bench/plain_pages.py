"""The least that answers a page over HTTP: FastAPI, a constant, no data. A raw limit only."""

from __future__ import annotations

import os

import uvicorn
from fastapi import FastAPI
from starlette.responses import HTMLResponse

from payops_local.ports import LOOPBACK

PATH = "/"
PAGE = "<!doctype html><html lang=en><title>Payments</title><h1>Payments</h1></html>"


def plain_pages() -> FastAPI:
    """The whole service."""
    app = FastAPI()

    @app.get(PATH)
    async def page() -> HTMLResponse:
        return HTMLResponse(PAGE)

    return app


if __name__ == "__main__":
    port = int(os.environ["BENCH_PORT"])
    uvicorn.run(plain_pages(), host=LOOPBACK, port=port, loop="uvloop", log_level="warning")
