"""The trace that a request belongs to: W3C ``traceparent`` in and out."""

import secrets
from contextvars import ContextVar
from dataclasses import dataclass

from payops_kernel.telemetry import parse_traceparent


@dataclass(frozen=True, slots=True)
class RequestTrace:
    """The ids of the request that is being answered."""

    trace_id: str
    """32 hex digits, shared by everything that one call sets off."""
    span_id: str
    """16 hex digits, this service's own part."""
    flags: str = "01"

    @property
    def traceparent(self) -> str:
        """The header value for whatever is called, or published, because of this request."""
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"


_current: ContextVar[RequestTrace | None] = ContextVar("payops_request_trace", default=None)


def begin_trace(traceparent: str | None) -> RequestTrace:
    """This request's trace: the caller's when it sent a valid one, a new one otherwise."""
    parent = parse_traceparent(traceparent) if traceparent else None
    span_id = secrets.token_hex(8)
    if parent is None or not parent.is_valid:
        return RequestTrace(secrets.token_hex(16), span_id)
    return RequestTrace(f"{parent.trace_id:032x}", span_id, f"{int(parent.trace_flags):02x}")


def set_trace(trace: RequestTrace | None) -> None:
    """Make this the trace of the running task."""
    _current.set(trace)


def current_trace() -> RequestTrace | None:
    """The trace of the request that is being answered, or None outside of one."""
    return _current.get()


def current_traceparent() -> str | None:
    """What to send or publish as ``traceparent`` now, or None outside of a request."""
    trace = _current.get()
    return None if trace is None else trace.traceparent
