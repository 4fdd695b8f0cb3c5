"""Metrics (Prometheus) and traces (OpenTelemetry) of one process.

One span a slice of records with links to the spans behind them, never a span an event; the
``traceparent`` of the cause is copied into what a slice emits.
"""

import re
from collections.abc import Iterable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

LINKS_MAX = 32
SLICE_SIZES = (1, 2, 5, 10, 50, 100, 250, 500, 1000)
SLICE_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)

_TRACEPARENT = re.compile(r"^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$")

_CONSUMER = ("topic", "group")
_PARTITION = (*_CONSUMER, "partition")


class Metrics:
    """Every number that a service process shows on ``/metrics``."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        counter = partial(Counter, registry=self.registry)
        gauge = partial(Gauge, registry=self.registry)
        self._measure_slices()
        self.lag = gauge(
            "payops_consumer_lag", "End of what is committed minus stored position", _PARTITION
        )
        self.held = gauge(
            "payops_consumer_held", "Offsets behind a publisher's open transaction", _PARTITION
        )
        self.partitions = gauge(
            "payops_topic_partitions", "Partitions that the broker says the topic has", _CONSUMER
        )
        what = "Partitions of the topic that this process reads"
        self.partitions_held = gauge("payops_consumer_partitions", what, _CONSUMER)
        self.relayed = counter("payops_relay_messages", "Messages published by the relay")
        self.outbox_pending = gauge("payops_outbox_documents", "Outbox documents not yet published")
        self.relay_lag = gauge("payops_relay_lag_seconds", "Age of the oldest outbox document")
        what = "Rows of due work that were closed undone, with a reason in the log"
        self.due_closed = counter("payops_due_rows_closed", what, ("kind",))

    def _measure_slices(self) -> None:
        counter = partial(Counter, registry=self.registry)
        histogram = partial(Histogram, labelnames=_CONSUMER, registry=self.registry)
        self.records = counter("payops_consumer_records", "Records applied", _CONSUMER)
        what = "Records sent to a dead-letter topic"
        self.dead_letters = counter("payops_dead_letters", what, _CONSUMER)
        what = "Records under the id of an event that had said something else"
        self.contradictions = counter("payops_event_contradictions", what, _CONSUMER)
        causes = (*_CONSUMER, "cause")
        self.retries = counter("payops_slice_retries", "Slices tried again", causes)
        self.slice_size = histogram("payops_slice_records", "Records a slice", buckets=SLICE_SIZES)
        what = "Time of a slice from fence to commit"
        self.slice_seconds = histogram("payops_slice_seconds", what, buckets=SLICE_SECONDS)


class Tracing:
    """A process's tracer. Without ``trace_file`` spans cost next to nothing and go nowhere."""

    def __init__(self, service: str, trace_file: str = "") -> None:
        self._provider: TracerProvider | None = None
        self._tracer = trace.NoOpTracer() if not trace_file else self._export(service, trace_file)

    def _export(self, service: str, trace_file: str) -> Any:
        self._provider = TracerProvider(resource=Resource.create({"service.name": service}))
        out = Path(trace_file).open("a", encoding="utf-8")  # noqa: SIM115 - open while we live
        exporter = ConsoleSpanExporter(
            out=out, formatter=lambda span: span.to_json(indent=None) + "\n"
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        return self._provider.get_tracer("payops_kernel")

    @property
    def tracer(self) -> trace.Tracer | None:
        """What HTTP requests make their spans with; None when spans go nowhere."""
        return self._tracer if self._provider is not None else None

    def slice_span(
        self, name: str, traceparents: Iterable[str], **attributes: Any
    ) -> AbstractContextManager[Any]:
        """One span for a slice, linked to at most :data:`LINKS_MAX` of its causes."""
        links: list[trace.Link] = []
        if self._provider is not None:
            for traceparent in traceparents:
                context = parse_traceparent(traceparent)
                if context is not None and len(links) < LINKS_MAX:
                    links.append(trace.Link(context))
        return self._tracer.start_as_current_span(name, links=links, attributes=attributes)

    def close(self) -> None:
        """Write what is still in memory."""
        if self._provider is not None:
            self._provider.shutdown()


def parse_traceparent(text: str) -> trace.SpanContext | None:
    """The span context that a W3C ``traceparent`` names, or None when it is not one."""
    match = _TRACEPARENT.match(text)
    if match is None:
        return None
    return trace.SpanContext(
        trace_id=int(match[1], 16),
        span_id=int(match[2], 16),
        is_remote=True,
        trace_flags=trace.TraceFlags(int(match[3], 16)),
    )
