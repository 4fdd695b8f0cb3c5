"""One process, one event loop, one HTTP server; and an end within 20 seconds."""

import asyncio
import gc
import os
import sys
import threading
from collections.abc import Callable
from types import FrameType

import uvicorn
import uvloop
from fastapi import FastAPI

from payops_kernel.http.health import ServiceHealth
from payops_kernel.logging import get_logger
from payops_kernel.settings import ServiceSettings, UnfitSettings

STOP_WITHIN_S = 20.0
"""From the first signal to the end of the process; what is not done by then is cut off."""
DRAIN_REQUESTS_S = 5
"""How long requests that are being answered may go on after the signal."""
KEEP_ALIVE_S = 30
"""Idle connections stay open; longer than our own clients keep theirs, so that none is reset."""
BACKLOG = 2048
NOT_STARTED = 3

log = get_logger(__name__)


def serve(app_factory: Callable[[], FastAPI], settings: ServiceSettings) -> None:
    """Run the app until SIGTERM or SIGINT, then end in order; returns only by ``SystemExit``.

    Exit code 0 after a signal, 1 when the service gave up or could not stop in time, 3 when it
    could not start, with defaults that are for demos too. The app is made inside the running loop,
    so that its parts may bind to it.
    """
    try:
        settings.require_own_values()
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            code = runner.run(_serve(app_factory, settings))
    except UnfitSettings as unfit:
        log.error("settings.refused", error=str(unfit))
        code = NOT_STARTED
    sys.exit(code)


async def _serve(app_factory: Callable[[], FastAPI], settings: ServiceSettings) -> int:
    app = app_factory()
    gc.collect()
    gc.freeze()  # What the app is made of is never looked through again: 0.1 s each time.
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=DRAIN_REQUESTS_S,
    )
    server = OrderlyServer(config, app.state.health)
    await server.serve()
    server.watchdog.cancel()
    return 1 if app.state.health.given_up else 0


class OrderlyServer(uvicorn.Server):
    """uvicorn that turns readiness off first, and whose end has a deadline."""

    def __init__(self, config: uvicorn.Config, health: ServiceHealth) -> None:
        super().__init__(config)
        self._health = health
        self._loop = asyncio.get_running_loop()
        self.watchdog = threading.Timer(STOP_WITHIN_S, _cut_off)
        self.watchdog.daemon = True
        health.when_given_up = self.stop

    def stop(self) -> None:
        """Begin the orderly end; a second call changes nothing."""
        if not self.should_exit:
            self._health.stopping = True
            # A signal may come in the midst of anything that the loop does.
            self._loop.call_soon_threadsafe(self._health.stop)
            self.should_exit = True
            self.watchdog.start()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """What a signal does. uvicorn's own would raise the signal again at the end."""
        self.stop()


def _cut_off() -> None:
    log.error("server.cut_off", after_s=STOP_WITHIN_S)
    # Being killed at any point is harmless by design; hanging is not.
    os._exit(1)
