"""A topic's partitions as the broker tells them: the contract's number is only what it begins with.

A topic may be given more partitions while it is read and written. Every client of ours looks again
every :data:`METADATA_AGE_MS`: a group's leader then shares the new ones out, and a producer puts
keys into them.
"""

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocol
from aiokafka.errors import UnknownTopicOrPartitionError, for_code

METADATA_AGE_MS = 2_000
"""aiokafka's 300,000 leave new partitions unread for five minutes."""
ADMIN_TIMEOUT_MS = 4_000
SHARING_OUT = frozenset({"PreparingRebalance", "CompletingRebalance"})


def partitions_of(consumer: AIOKafkaConsumer, topic: str) -> list[TopicPartition]:
    """All partitions of a topic that the consumer reads, at most a metadata's age old.

    Raises ``UnknownTopicOrPartitionError`` while the broker knows none: that is no empty topic.
    """
    numbers = consumer.partitions_for_topic(topic)
    if not numbers:
        raise UnknownTopicOrPartitionError(topic)
    return [TopicPartition(topic, number) for number in sorted(numbers)]


async def partitions_held(bootstrap: str, group: str, topic: str) -> frozenset[int] | None:
    """The partitions that some member of the group holds; None while the group shares them out.

    Raises aiokafka's ``KafkaError``.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=ADMIN_TIMEOUT_MS)
    try:
        await admin.start()
        (answer,) = await admin.describe_consumer_groups([group])
    finally:
        await admin.close()
    code, _group, state, _type, _protocol, members = answer.groups[0][:6]  # type: ignore[attr-defined]
    if code:
        raise for_code(code)(group)
    if state in SHARING_OUT:
        return None
    assignments = [ConsumerProtocol.ASSIGNMENT.decode(member[4]) for member in members if member[4]]
    return frozenset(
        tp.partition
        for assignment in assignments
        for tp in assignment.partitions()
        if tp.topic == topic
    )
