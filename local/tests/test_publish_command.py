"""`payops publish` on a real broker: which key and which headers a line has."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from uuid import uuid4

from payops_contracts.envelope import STRUCTURED_HEADERS
from payops_kernel.messaging.topics import ensure_topics
from payops_local.commands import publish
from payops_local.kafka_logs import kafka_logs
from payops_testing.local.platforms import platform

TOPIC = "upstream.payments"


async def published(kafka: str, folder: Path, *given: str) -> list[tuple[object, object]]:
    """Key and headers of what a call with these lines and options adds to the topic."""
    lines = [line for line in given if not line.startswith("--")]
    file = folder / "lines.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    parser = argparse.ArgumentParser()
    publish.add_arguments(parser)
    options = [line for line in given if line.startswith("--")]
    async with kafka_logs(kafka) as logs:
        before = await logs.bounds(logs.partitions(TOPIC))
        arguments = parser.parse_args([TOPIC, str(file), *options])
        assert await publish.run(arguments, platform(folder, kafka)) == 0
        after = await logs.bounds(logs.partitions(TOPIC))
        return [
            (record.key, tuple(record.headers))
            for tp in after
            async for record in logs.read(tp, before[tp].end, after[tp].end)
        ]


async def test_an_event_has_its_subject_as_key_and_the_content_type_of_cloudevents(
    kafka_address: str, tmp_path: Path
) -> None:
    await ensure_topics(kafka_address)
    subject = uuid4().hex
    event = {"specversion": "1.0", "id": "1", "source": "s", "type": "t", "subject": subject}
    found = await published(kafka_address, tmp_path, json.dumps(event))
    assert found == [(subject.encode(), STRUCTURED_HEADERS)]


async def test_a_raw_line_goes_out_as_it_is(kafka_address: str, tmp_path: Path) -> None:
    await ensure_topics(kafka_address)
    assert await published(kafka_address, tmp_path, "nonsense", "--raw") == [(None, ())]
