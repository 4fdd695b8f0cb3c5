"""Log lines: JSON on standard output, and no work that fails because of one."""

import errno
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from payops_kernel.logging import configure_logging, get_logger


@pytest.fixture
def log() -> Iterator[Any]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    configure_logging("toy")
    yield get_logger("toy")
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


def test_a_line_is_one_json_object_with_its_fields(
    log: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with structlog.contextvars.bound_contextvars(trace_id="ab" * 16):
        log.info("toy.done", count=3, word="naïve \ud800")
    log.debug("toy.details")
    try:
        raise ValueError("broken")
    except ValueError:
        log.exception("toy.failed")
    done, failed = map(json.loads, capsys.readouterr().out.splitlines())
    assert (done["event"], done["count"], done["level"], done["service"]) == (
        "toy.done", 3, "info", "toy",
    )  # fmt: skip
    assert (done["trace_id"], done["word"]) == ("ab" * 16, "naïve \ud800")
    assert (failed["level"], "ValueError: broken" in failed["exception"]) == ("error", True)


def test_what_json_cannot_say_is_said_as_python_would(
    log: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    around: dict[str, Any] = {}
    around["self"] = around
    log.warning("toy.odd", key={("a", 1): 2}, around=around)
    line = json.loads(capsys.readouterr().out)
    assert "('a', 1)" in line["key"]
    assert "toy.odd" in line["event"]


class _FullDisk(io.StringIO):
    def write(self, _text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_fails_no_work(log: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    full = _FullDisk()
    with pytest.raises(OSError, match="No space left"):
        full.write("a line")
    monkeypatch.setattr("sys.stdout", full)
    log.info("toy.done")
    log.error("toy.failed")
