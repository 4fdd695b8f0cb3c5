"""The one way to a Kafka producer: idempotent, acknowledged by all, compressed, limits stated."""

from functools import lru_cache

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import murmur2

from payops_kernel.messaging.partitions import METADATA_AGE_MS

REQUEST_BYTES_MAX = 5 * 1024 * 1024
BATCH_BYTES = 512 * 1024
REQUEST_TIMEOUT_MS = 15_000
LINGER_MS = 0
KEY_CACHE = 65_536


async def start_producer(bootstrap: str) -> AIOKafkaProducer:
    """A started producer; raises aiokafka's ``KafkaError`` when no broker answers."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        acks="all",
        enable_idempotence=True,
        compression_type="zstd",
        max_request_size=REQUEST_BYTES_MAX,
        max_batch_size=BATCH_BYTES,
        request_timeout_ms=REQUEST_TIMEOUT_MS,
        linger_ms=LINGER_MS,
        retry_backoff_ms=100,
        metadata_max_age_ms=METADATA_AGE_MS,
        connections_max_idle_ms=540_000,
    )
    try:
        await producer.start()
    except BaseException:
        await producer.stop()
        raise
    return producer


@lru_cache(maxsize=KEY_CACHE)
def partition_of(key: bytes, partitions: int) -> int:
    """The partition that Kafka's own default partitioner gives a key (murmur2)."""
    return int((murmur2(key) & 0x7FFFFFFF) % partitions)
