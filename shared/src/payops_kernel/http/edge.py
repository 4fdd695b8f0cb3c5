"""What happens to every request before and after its route, in one plain ASGI layer.

Trace in and out, a limit on the body, security headers, one access line, one measurement, and a
problem instead of a defect. One layer, because every layer costs time on the hot path.
"""

import time
from typing import Any

import structlog
from opentelemetry import trace as otel
from prometheus_client import CollectorRegistry, Histogram
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from payops_kernel.http.health_routes import QUIET_PATHS
from payops_kernel.http.paths import routable_path
from payops_kernel.http.problems import BodyTooLarge, problem, problem_of, unexpected_problem
from payops_kernel.http.tracing import RequestTrace, begin_trace, set_trace
from payops_kernel.logging import get_logger
from payops_kernel.telemetry import parse_traceparent

BODY_BYTES_MAX = 1024 * 1024
STREAM = "text/event-stream"
CLIENT_GONE = 499
"""What the log says when the caller left before the answer."""
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
SECURITY_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
}
"""Set unless the route has said otherwise."""

log = get_logger(__name__)


class Edge:
    """The outermost layer of a service's app. ``tracer`` None writes no spans."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        metrics: CollectorRegistry,
        body_bytes_max: int = BODY_BYTES_MAX,
        tracer: otel.Tracer | None = None,
    ) -> None:
        self._app = app
        self._body_bytes_max = body_bytes_max
        self._tracer = tracer
        self._seconds = Histogram(
            "payops_http_request_seconds",
            "Time of an HTTP request",
            ("method", "route", "status"),
            buckets=SECONDS,
            registry=metrics,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; other kinds of connection pass through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method = scope["method"]
        if method == "HEAD":
            scope = {**scope, "method": "GET"}
        headers = dict(scope["headers"])
        span, trace = self._begin(headers.get(b"traceparent", b"").decode("latin-1"))
        set_trace(trace)
        tokens = structlog.contextvars.bind_contextvars(trace_id=trace.trace_id)
        exchange = _Exchange(receive, send, trace, self._body_bytes_max, method == "HEAD")
        started = time.perf_counter()
        try:
            await self._answer(scope, exchange, headers.get(b"content-length"))
        finally:
            seconds = (exchange.streams_since or time.perf_counter()) - started
            self._note(scope, method, exchange.status, seconds, span)
            structlog.contextvars.reset_contextvars(**tokens)
            set_trace(None)

    async def _answer(self, scope: Scope, exchange: "_Exchange", length: bytes | None) -> None:
        path = routable_path(scope.get("raw_path") or scope["path"].encode())
        if path is None:
            response = problem(404, "no_such_route", "No such route", "No resource is named so.")
            await response(scope, exchange.receive, exchange.send)
            return
        if length is not None and length.isdigit() and int(length) > self._body_bytes_max:
            await problem_of(too_large(self._body_bytes_max))(
                scope, exchange.receive, exchange.send
            )
            return
        scope["path"] = path
        try:
            await self._app(scope, exchange.receive, exchange.send)
        except (ClientDisconnect, _HeadSent):
            exchange.status = exchange.status if exchange.ended else CLIENT_GONE
        except Exception:
            log.exception("http.defect", method=scope["method"], route=_route(scope))
            if exchange.status is not None:
                raise  # The answer has begun: only cutting the connection tells the caller.
            await unexpected_problem()(scope, exchange.receive, exchange.send)

    def _begin(self, traceparent: str) -> tuple[otel.Span, RequestTrace]:
        if self._tracer is None:
            return otel.INVALID_SPAN, begin_trace(traceparent)
        parent = parse_traceparent(traceparent)
        context = otel.set_span_in_context(otel.NonRecordingSpan(parent)) if parent else None
        span = self._tracer.start_span("http", context, kind=otel.SpanKind.SERVER)
        ids = span.get_span_context()
        if not ids.is_valid:
            return span, begin_trace(traceparent)
        return span, RequestTrace(f"{ids.trace_id:032x}", f"{ids.span_id:016x}")

    def _note(
        self, scope: Scope, method: str, status: int | None, seconds: float, span: otel.Span
    ) -> None:
        if scope["path"] in QUIET_PATHS:
            return
        route, code = _route(scope), status or CLIENT_GONE
        self._seconds.labels(method, route, code).observe(seconds)
        # The route, never the path or the query: those may hold e-mail addresses and names.
        log.info(
            "http.request", method=method, route=route, status=code, ms=round(seconds * 1000, 2)
        )
        if span.is_recording():
            span.update_name(f"{method} {route}")
            span.set_attribute("http.response.status_code", code)
            span.end()


class _HeadSent(OSError):
    """Nobody wants the rest of the body."""


class _Exchange:
    """One request's two channels, counting the body in and dressing the answer out."""

    def __init__(
        self, receive: Receive, send: Send, trace: RequestTrace, limit: int, head_only: bool
    ) -> None:
        self._receive = receive
        self._send = send
        self._trace = trace
        self._limit = limit
        self._head_only = head_only
        self.ended = False
        self._body_bytes = 0
        self.status: int | None = None
        self.streams_since: float | None = None
        """When a stream began: it was answered then, however long it goes on."""

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._body_bytes += len(message.get("body", b""))
            if self._body_bytes > self._limit:
                # FastAPI turns any other exception of a body into a 400.
                raise HTTPException(413, str(too_large(self._limit)))
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
            headers["traceparent"] = self._trace.traceparent
            if headers.get("content-type", "").startswith(STREAM):
                self.streams_since = time.perf_counter()
        elif self._head_only:
            if self.ended:
                raise _HeadSent  # ends a stream as its caller's leaving does
            self.ended = True
            message = {"type": "http.response.body", "body": b""}
        await self._send(message)


def too_large(limit: int) -> BodyTooLarge:
    """The refusal of a body over ``limit`` bytes."""
    return BodyTooLarge(f"A request's body may have at most {limit} bytes.", limit_bytes=limit)


def _route(scope: Scope) -> str:
    route: Any = scope.get("route")
    return getattr(route, "path", None) or "unmatched"
