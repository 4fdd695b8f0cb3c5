"""What the services say about themselves on /health/ready."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

ASK_TIMEOUT_S = 3.0


@dataclass(frozen=True)
class Health:
    """One answer: `lag` is records behind by topic, the totals count since the process began."""

    ready: bool
    reasons: tuple[str, ...]
    lag: Mapping[str, int]
    in_flight: int
    outbox_pending: int
    events_total: int
    dead_letters_total: int


def ask_health(url: str, timeout_s: float = ASK_TIMEOUT_S) -> Health | None:
    """What the service at this address answers; None when it does not."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=timeout_s)
    try:
        connection.request("GET", "/health/ready")
        answer = json.loads(connection.getresponse().read())
        return _health(answer)
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        return None
    finally:
        connection.close()


def _health(answer: Mapping[str, Any]) -> Health:
    lag: dict[str, int] = {}
    for consumer in answer["consumers"]:
        lag[consumer["topic"]] = lag.get(consumer["topic"], 0) + int(consumer["lag"])
    return Health(
        ready=bool(answer["ready"]),
        # What a consumer refuses stands among the reasons already.
        reasons=tuple(str(reason) for reason in answer["reasons"]),
        lag=lag,
        in_flight=sum(int(each["in_flight"]) for each in answer["consumers"]),
        outbox_pending=int(answer["outbox_pending"]),
        events_total=int(answer["events_total"]),
        dead_letters_total=int(answer["dead_letters_total"]),
    )


class HealthWatch:
    """Asks all services in a thread of its own, so that one that hangs holds up nobody."""

    def __init__(self, urls: Mapping[str, str], every_s: float) -> None:
        self._urls = urls
        self._every_s = every_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._ask_for_ever, daemon=True)
        self.latest: Mapping[str, Health | None] = dict.fromkeys(urls)
        self.looks = 0

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()

    def _ask_for_ever(self) -> None:
        while not self._stop.wait(self._every_s):
            self.latest = {name: ask_health(url) for name, url in self._urls.items()}
            self.looks += 1
