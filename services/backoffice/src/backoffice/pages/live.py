"""``GET /live``: the session's stream of what changes, passed on from the gateway.

The token never reaches the browser. What the gateway refuses becomes the stream's ``end``, with
the reason, for a browser's ``EventSource`` is told nothing of an answer that is no stream.
"""

import asyncio

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.components.live import EVENTS
from backoffice.errors import Refused, ServiceAway, SessionOver
from backoffice.pages.page import Area
from backoffice.pages.visit import Visit, Visitor
from payops_kernel.auth.principals import Principal
from payops_kernel.http.event_streams import event

LAST_EVENT_ID = "last-event-id"
PASSED_ON = ("subject", "kind", "since")
NOBODY = Principal("", "", frozenset(), "")


class PassedOn:
    """A stream of the gateway's, for one tab: it lives as long as the tab's does."""

    def __init__(self, visit: Visit, query: list[tuple[str, str]], last: str) -> None:
        self.woken = asyncio.Event()
        self.over = False
        self._visit = visit
        self._query = query
        self._last = last
        self._waiting = bytearray()
        self._reading = asyncio.create_task(self._read())

    def take(self) -> bytes:
        """What came since the last time."""
        said = bytes(self._waiting)
        self._waiting.clear()
        return said

    def beat(self) -> bytes:
        """The gateway's own heartbeat is passed on."""
        return b""

    def close(self) -> None:
        """The tab is gone, and so is its stream."""
        self._reading.cancel()

    async def _read(self) -> None:
        headers = {LAST_EVENT_ID: self._last} if self._last else {}
        try:
            gateway = self._visit.gateway
            async with gateway.stream(EVENTS, self._query, headers, endless=True) as upstream:
                async for part in upstream.parts():
                    self._waiting += part
                    self.woken.set()
        except SessionOver:
            self._end("session_over")
        except Refused as refused:
            self._end(refused.refusal)
        except ServiceAway:
            self._end("away")
        finally:
            self.over = True
            self.woken.set()

    def _end(self, reason: str) -> None:
        # Whatever came before may have broken off within an event.
        self._waiting += b"\n\n" + event("end", {"reason": reason})


routes = APIRouter()


@routes.get("/live")
async def live(visit: Visitor) -> Response:
    """The stream of one tab."""
    query = [(name, value) for name, value in visit.query if name in PASSED_ON]
    last = visit.request.headers.get(LAST_EVENT_ID) or dict(visit.query).get("last", "")
    caller = visit.session.principal if visit.session else NOBODY
    return visit.site.streams.open(caller, lambda: PassedOn(visit, query, last))


LIVE = Area(routes=routes, scripts=("live.js",), topbar=("components/live_mark.html",))
"""The stream, its mark in the top bar, and the elements that follow it."""
