"""The example in the contracts' README runs as it stands, and what it sends is accepted."""

import re
from typing import Any

import aiokafka
import pytest

from payops_contracts.generate.outputs import ROOT
from payops_contracts.registry import topic_of, validate

README = (ROOT / "README.md").read_text(encoding="utf-8")
SENT: list[dict[str, Any]] = []


class RecordingProducer:
    """Stands where aiokafka's producer stands, and keeps what is sent."""

    def __init__(self, **settings: Any) -> None:
        assert settings["acks"] == "all"

    async def start(self) -> None:
        SENT.clear()

    async def send_and_wait(self, topic: str, **record: Any) -> None:
        SENT.append({"topic": topic, **record})

    async def stop(self) -> None:
        return None


def test_the_publishers_example_sends_an_event_that_is_accepted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(aiokafka, "AIOKafkaProducer", RecordingProducer)
    (program,) = (
        it for it in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "asyncio.run" in it
    )
    exec(compile(program, "README.md", "exec"), {"__name__": "__main__"})
    (record,) = SENT
    event = validate(record["value"])
    assert record["topic"] == topic_of(event.type).name
    assert record["key"] == event.subject.encode()


def test_every_file_that_the_readme_names_is_there() -> None:
    links = re.findall(r"\]\(([^):]+)\)", README)
    assert links
    for link in links:
        assert (ROOT / link).is_file(), link
