"""The pages over a played gateway: for what no platform can be brought to."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Self

import uvicorn

from backoffice.bootstrap import SERVICE, bootstrap
from backoffice.pages import AREAS
from backoffice.settings import Settings
from payops_kernel.process import Process
from payops_kernel.testing import SLOW_MACHINE
from payops_local.places import BROWSER_PACKAGES
from payops_local.ports import LOOPBACK, free_ports
from payops_testing.backoffice.played_gateway import PlayedGateway

START_LIMIT_S = 20.0 * SLOW_MACHINE
TOKEN = {"access_token": "of an admin", "expires_in": 3600}
ME = {"subject": "admin@payops.local", "name": "Admin", "roles": ["admin"]}


class PlayedSite:
    """The backoffice in a thread, reporting in the days of Rome, between enter and exit."""

    def __init__(self) -> None:
        self.gateway = PlayedGateway()
        self.gateway.play("POST", "/v1/sign-in", TOKEN)
        self.gateway.play("GET", "/v1/me", ME)
        self.gateway.play("GET", "/v1/me/preferences", {})
        self.gateway.play("GET", "/v1/jobs", {"items": [], "next": None, "total": 0, "missing": []})
        (self._port,) = free_ports(1)
        settings = Settings(
            demo=True,
            zone="Europe/Rome",
            offer_seeded_users=True,
            browser_packages=BROWSER_PACKAGES,
            embed_sites=("http://localhost:*",),
        )
        app = bootstrap(settings, Process(SERVICE, settings), AREAS, self.gateway)
        config = uvicorn.Config(app, LOOPBACK, self._port, log_config=None, access_log=False)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://{LOOPBACK}:{self._port}"

    def __enter__(self) -> Self:
        self._thread.start()
        deadline = time.monotonic() + START_LIMIT_S
        while not self._server.started:
            assert time.monotonic() < deadline, "the pages did not start"
            time.sleep(0.02)
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._server.should_exit = True
        self._thread.join(START_LIMIT_S)
