"""The pages over a gateway that answers what a test says: for what no platform can be brought to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

import uvicorn

from backoffice.bootstrap import SERVICE, bootstrap
from backoffice.clients.gateway import Answer, Caller, Gateway, Query
from backoffice.errors import Refused
from backoffice.pages import AREAS
from backoffice.settings import Settings
from payops_kernel.process import Process
from payops_local.places import BROWSER_PACKAGES
from payops_local.ports import LOOPBACK, free_ports

START_LIMIT_S = 20.0
TOKEN = "of nobody"
ME = {"subject": "admin@payops.local", "name": "Admin", "roles": ["admin"]}
Answers = Callable[[Mapping[str, str]], Any]


class PlayedGateway(Gateway):
    """Answers by path: a body, an error, or a function of the query."""

    def __init__(self) -> None:
        super().__init__("http://gateway.invalid")
        self.answers: dict[str, Any] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []

    def caller(self, token: str | None) -> Caller:
        """Everybody sees the same."""
        return PlayedCaller(self, token)

    def answer(self, path: str, query: Mapping[str, str]) -> Any:
        """What the test has said; raises ``Refused`` for what it has not."""
        self.asked.append((path, dict(query)))
        found = self.answers.get(path)
        if found is None:
            raise Refused(404, {"code": "not_found", "detail": "There is no such route."})
        if callable(found):
            found = found(query)
        if isinstance(found, Exception):
            raise found
        return found


class PlayedCaller(Caller):
    """One person at the played gateway."""

    def __init__(self, played: PlayedGateway, token: str | None) -> None:
        super().__init__(played, token)
        self._played = played

    async def ask(
        self,
        method: str,
        path: str,
        *,
        query: Query = (),
        body: object = None,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Sign-in as anybody, and what was said for the rest."""
        match path:
            case "/v1/sign-in":
                said: Any = {"access_token": TOKEN, "expires_in": 3600}
            case "/v1/me":
                said = ME
            case "/v1/me/preferences":
                said = {}
            case _:
                pairs = query.items() if isinstance(query, Mapping) else query
                given = {name: str(value) for name, value in pairs if value not in (None, "")}
                said = self._played.answer(path, given)
        return Answer(200, {}, said)


class PlayedSite:
    """The backoffice in a thread, reporting in the days of Rome, between enter and exit."""

    def __init__(self) -> None:
        self.gateway = PlayedGateway()
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
