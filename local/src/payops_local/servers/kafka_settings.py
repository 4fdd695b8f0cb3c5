"""The broker's settings: one node, loopback only, cheap while idle."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from payops_local.ports import LOOPBACK

LARGEST_MESSAGE_BYTES = 5 * 1024 * 1024
OFFSETS_PARTITIONS = 4

LOG4J = """\
status = error
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{yyyy-MM-dd'T'HH:mm:ss.SSS'Z'}{UTC} %p %c{1} %m%n
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
logger.server.name = org.apache.kafka.server
logger.server.level = info
logger.kafka.name = kafka.server
logger.kafka.level = info
logger.config.name = kafka.server.KafkaConfig
logger.config.level = warn
logger.configs.name = org.apache.kafka.common.config
logger.configs.level = warn
"""


def server_properties(
    port: int, controller_port: int, logs: Path, overrides: Mapping[str, str]
) -> str:
    """The text of `server.properties`; `overrides` win over ours."""
    settings = {
        "process.roles": "broker,controller",
        "node.id": "1",
        # A fixed quorum, so that the data may move to other ports.
        "controller.quorum.voters": f"1@{LOOPBACK}:{controller_port}",
        "listeners": f"PLAINTEXT://{LOOPBACK}:{port},CONTROLLER://{LOOPBACK}:{controller_port}",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": _escaped(logs),
        **_ONE_NODE,
        **_SIZES,
        **_FEW_THREADS,
        **overrides,
    }
    return "".join(f"{key}={value}\n" for key, value in settings.items())


def _escaped(path: Path) -> str:
    return str(path).replace("\\", "\\\\")


_ONE_NODE = {
    "auto.create.topics.enable": "false",
    "group.initial.rebalance.delay.ms": "0",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": str(OFFSETS_PARTITIONS),
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "log.retention.ms": "-1",
    "log.retention.bytes": "-1",
    # After a kill the controller takes the broker back only when the session of the killed one
    # has run out: the default of 9 s would be most of a restart.
    "broker.session.timeout.ms": "4000",
    "broker.heartbeat.interval.ms": "1000",
    # Consumer groups keep their place however long the platform was down.
    "offsets.retention.minutes": "525600",
}
_SIZES = {
    "message.max.bytes": str(LARGEST_MESSAGE_BYTES),
    "replica.fetch.max.bytes": str(LARGEST_MESSAGE_BYTES),
    "replica.fetch.response.max.bytes": str(LARGEST_MESSAGE_BYTES * 2),
    "socket.request.max.bytes": str(64 * 1024 * 1024),
    "log.segment.bytes": str(256 * 1024 * 1024),
    "log.index.size.max.bytes": str(2 * 1024 * 1024),
}
_FEW_THREADS = {
    "num.network.threads": "2",
    "num.io.threads": "4",
    "num.recovery.threads.per.data.dir": "2",
    "num.replica.fetchers": "1",
    "background.threads": "2",
    "log.cleaner.threads": "1",
    "log.cleaner.dedupe.buffer.size": str(4 * 1024 * 1024),
}
