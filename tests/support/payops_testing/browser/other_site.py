"""A site that is not ours, with one page: for what is shown inside a page of another."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from payops_local.ports import LOOPBACK


class OtherSite:
    """Between enter and exit, at two origins: ``named`` by name, ``numbered`` by number."""

    def __init__(self) -> None:
        self.html = ""
        """The page."""
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = site.html.encode()
                self.send_response(200)
                self.send_header("content-type", "text/html; charset=utf-8")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def named(self) -> str:
        """Its origin by the name ``localhost``."""
        return f"http://localhost:{self._server.server_port}"

    @property
    def numbered(self) -> str:
        """Its origin by its address, which is another site."""
        return f"http://{LOOPBACK}:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
