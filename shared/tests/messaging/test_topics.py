"""Topics are made as the contracts name them, once."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from payops_contracts.topics import Topic
from payops_kernel.messaging.topics import ensure_topics, topic_config
from payops_kernel.testing import eventually


def topic(partitions: int) -> Topic:
    return Topic(
        f"topics-test-{uuid4().hex}",
        ("test",),
        "key",
        "nothing",
        None,
        partitions,
        3_600_000,
        2_000,
    )


async def described(address: str, name: str) -> tuple[int, dict[str, str]]:
    """Partitions, and the settings that we give, of a topic as the broker has it."""
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    try:
        partitions = (await admin.describe_topics([name]))[0]["partitions"]
        resource = ConfigResource(ConfigResourceType.TOPIC, name)
        answer: Any = (await admin.describe_configs([resource]))[0]
    finally:
        await admin.close()
    settings = {entry[0]: entry[1] for entry in answer.resources[0][4]}
    return len(partitions), settings


async def test_a_topic_has_the_partitions_and_settings_of_the_contract(kafka_address: str) -> None:
    wanted = topic(partitions=3)
    await ensure_topics(kafka_address, [wanted])

    async def look() -> bool:
        partitions, settings = await described(kafka_address, wanted.name)
        return partitions == 3 and topic_config(wanted).items() <= settings.items()

    await eventually(look)


async def test_topics_that_exist_stay_as_they_are(kafka_address: str) -> None:
    first, second = topic(partitions=2), topic(partitions=1)
    await ensure_topics(kafka_address, [first])
    grown = Topic(first.name, ("test",), "key", "nothing", None, 5)
    await ensure_topics(kafka_address, [grown, second])

    async def look() -> tuple[int, int]:
        grown_partitions, _ = await described(kafka_address, first.name)
        new_partitions, _ = await described(kafka_address, second.name)
        return grown_partitions, new_partitions

    await eventually(look, until=lambda counts: counts == (2, 1))
