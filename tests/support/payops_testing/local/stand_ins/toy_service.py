"""A service of a few lines: healthy, and able to die at start or to note how it was stopped."""

import json
import os
import signal
import socket
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import FrameType

HEALTH = {
    "service": "toy",
    "ready": True,
    "reasons": [],
    "consumers": [
        {"topic": "toys", "group": "toy", "lag": 3, "in_flight": 0, "refused": None},
        {"topic": "toys", "group": "other", "lag": 4, "in_flight": 0, "refused": None},
    ],
    "outbox_pending": 0,
    "events_total": 0,
    "dead_letters_total": 0,
}


class RequestHandler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps(HEALTH).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


def note_the_stop(number: int, frame: FrameType | None) -> None:
    """Write down whether Kafka still answered when this service was told to stop."""
    host, _, port = os.environ["PAYOPS_KAFKA"].rpartition(":")
    try:
        socket.create_connection((host, int(port)), 1).close()
        found = "kafka was up"
    except OSError:
        found = "kafka was gone"
    (Path(os.environ["PAYOPS_DATA"]) / "toy-stopped").write_text(found)
    sys.exit(0)


if __name__ == "__main__":
    if os.environ.get("TOY_DIES"):
        sys.exit("a toy that does not work")
    signal.signal(signal.SIGTERM, note_the_stop)
    HTTPServer(("127.0.0.1", int(os.environ["PAYOPS_PORT"])), RequestHandler).serve_forever()
