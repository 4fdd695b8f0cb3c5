"""Spans of slices: written to the trace file as JSON lines, linked to what caused them."""

import json
from pathlib import Path

import pytest

from payops_kernel.telemetry import LINKS_MAX, Tracing, parse_traceparent

FLAWED = [
    "",
    "nonsense",
    "01-" + "a" * 32 + "-" + "b" * 16 + "-01",
    "00-" + "A" * 32 + "-" + "b" * 16 + "-01",
    "00-" + "a" * 31 + "-" + "b" * 16 + "-01",
    "00-" + "a" * 32 + "-" + "b" * 16 + "-01-more",
]


def traceparent(number: int) -> str:
    return f"00-{number:032x}-{number:016x}-01"


def test_a_slice_is_linked_to_the_first_of_its_causes_and_to_no_more_than_the_limit(
    tmp_path: Path,
) -> None:
    file = tmp_path / "spans.jsonl"
    for run in ("first", "second"):  # a restarted process adds to the file
        tracing = Tracing("toy", str(file))
        causes = [*FLAWED, *(traceparent(number) for number in range(1, LINKS_MAX + 9))]
        with tracing.slice_span(f"{run} slice", causes, records=len(causes)):
            pass
        tracing.close()
    first, second = map(json.loads, file.read_text("utf-8").splitlines())
    assert (first["name"], second["name"]) == ("first slice", "second slice")
    linked = [int(link["context"]["span_id"], 16) for link in first["links"]]
    assert linked == list(range(1, LINKS_MAX + 1))
    assert first["attributes"] == {"records": len(FLAWED) + LINKS_MAX + 8}


def test_without_a_trace_file_spans_go_nowhere_and_cost_no_look_at_their_causes() -> None:
    tracing = Tracing("toy")
    causes = iter([traceparent(1)])
    with tracing.slice_span("slice", causes, records=1) as span:
        assert not span.is_recording()
    tracing.close()
    assert tracing.tracer is None
    assert list(causes) == [traceparent(1)]


@pytest.mark.parametrize("text", FLAWED)
def test_what_is_no_traceparent_is_no_cause(text: str) -> None:
    assert parse_traceparent(text) is None
