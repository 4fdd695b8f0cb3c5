"""Makes the topics that ``payops_contracts`` names, with their partitions, limits and retention.

Run as ``python -m payops_kernel.messaging.topics``; it reads ``PAYOPS_KAFKA``.
"""

import asyncio
from collections.abc import Iterable

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from payops_contracts.topics import Topic, all_topics
from payops_kernel.settings import ServiceSettings

REQUEST_TIMEOUT_MS = 15_000
NO_ERROR = 0


def topic_config(topic: Topic) -> dict[str, str]:
    """Kafka's settings of a topic."""
    return {
        "cleanup.policy": "delete",
        "retention.ms": str(topic.retention_ms),
        "max.message.bytes": str(topic.message_bytes_max),
    }


async def ensure_topics(
    bootstrap: str, topics: Iterable[Topic] | None = None, replication: int = 1
) -> None:
    """Create what is missing; leave what exists as it is."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=REQUEST_TIMEOUT_MS)
    await admin.start()
    try:
        wanted = [
            NewTopic(topic.name, topic.partitions, replication, topic_configs=topic_config(topic))
            for topic in topics or all_topics()
        ]
        existing = set(await admin.list_topics())
        missing = [new for new in wanted if new.name not in existing]
        if missing:
            response = await admin.create_topics(missing)
            for name, code, *_ in response.topic_errors:  # type: ignore[attr-defined]
                error = for_code(code)
                if code != NO_ERROR and error is not TopicAlreadyExistsError:
                    raise error(f"topic {name}")
    finally:
        await admin.close()


if __name__ == "__main__":
    asyncio.run(ensure_topics(ServiceSettings().kafka))
