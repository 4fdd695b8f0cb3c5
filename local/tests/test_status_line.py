"""The live line, health answers, and logs that are kept small."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from pydantic_core import to_jsonable_python

from payops_kernel.http.health import ConsumerReport, Report, ServiceHealth
from payops_local.console import Console
from payops_local.supervising.health import Health, HealthWatch, ask_health
from payops_local.supervising.log_sizes import cap_logs
from payops_local.supervising.status_line import StatusLine


class Words(Console):
    """Keeps what is said and shown."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.shown: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)

    def show(self, text: str) -> None:
        self.shown.append(text)


def health(**changes: Any) -> Health:
    usual: dict[str, Any] = {
        "ready": True,
        "reasons": (),
        "lag": {"upstream.payments": 0},
        "in_flight": 0,
        "outbox_pending": 0,
        "events_total": 0,
        "dead_letters_total": 0,
    }
    return Health(**(usual | changes))


@pytest.fixture
def watch() -> HealthWatch:
    return HealthWatch({"transactions": "http://127.0.0.1:1"}, 1.0)


def test_line_tells_rate_lag_and_failures(watch: HealthWatch) -> None:
    instants = iter([0.0, 10.0, 12.0])
    words = Words()
    line = StatusLine(words, watch, lambda: next(instants))
    watch.looks, watch.latest = 1, {"transactions": health(events_total=1_000)}
    line.refresh(restarts=0)
    watch.looks = 2
    watch.latest = {
        "transactions": health(
            events_total=5_000, dead_letters_total=3, lag={"upstream.payments": 1_200}
        )
    }
    line.refresh(restarts=2)
    assert words.shown[-1] == ("transactions 2,000/s · lag 1,200 · 3 dead letters, 2 restarts")
    assert words.said == []


def test_a_service_that_began_anew_has_no_negative_rate(watch: HealthWatch) -> None:
    instants = iter([0.0, 1.0, 2.0])
    words = Words()
    line = StatusLine(words, watch, lambda: next(instants))
    for looks, total in ((1, 900), (2, 10)):
        watch.looks, watch.latest = looks, {"transactions": health(events_total=total)}
        line.refresh(restarts=0)
    assert words.shown[-1].startswith("transactions 0/s")


def test_a_change_of_readiness_is_said_once(watch: HealthWatch) -> None:
    words = Words()
    line = StatusLine(words, watch)
    refusing = health(ready=False, reasons=("upstream.payments was re-created: use reposition",))
    for looks, answer in enumerate([health(), None, None, refusing, health()], start=1):
        watch.looks, watch.latest = looks, {"transactions": answer}
        line.refresh(restarts=0)
    assert words.said == [
        "transactions is not ready: it does not answer",
        "transactions is not ready: upstream.payments was re-created: use reposition",
        "transactions is ready again",
    ]
    assert words.shown[2].startswith("! transactions not ready")


@contextmanager
def answering(body: Mapping[str, Any]) -> Iterator[str]:
    """The address of a service whose health is this."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(503)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


async def test_a_refused_log_is_said_once() -> None:
    refused = "The topic was made anew: use ./payops reposition."
    row = ConsumerReport(
        topic="upstream.payments", group="transactions", lag=3, in_flight=0, refused=refused
    )
    service = ServiceHealth("transactions")
    service.add("worker", lambda: Report(consumers=(row,)))
    _, body = await service.ready()
    with answering(to_jsonable_python(body)) as url:
        heard = ask_health(url)
    assert heard is not None
    assert heard.reasons == (f"upstream.payments: {refused}",)
    assert heard.lag == {"upstream.payments": 3}


def test_a_log_past_its_cap_keeps_its_older_part_beside_it(tmp_path: Path) -> None:
    grown, small = tmp_path / "grown.log", tmp_path / "small.log"
    small.write_text("short")
    with grown.open("a") as writer:
        writer.write("x" * 100)
        writer.flush()
        cap_logs([grown, small, tmp_path / "none.log"], largest_bytes=50)
        writer.write("next\n")
    assert grown.read_text() == "next\n"
    assert (tmp_path / "grown.log.1").read_text() == "x" * 100
    assert small.read_text() == "short"
