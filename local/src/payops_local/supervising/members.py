"""The platform's processes, built from its settings and the table of services."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from payops_local.platform import Platform
from payops_local.run_state import process_record
from payops_local.servers import KafkaServer, MongoServer
from payops_local.servers.server import LocalServer
from payops_local.services import (
    CONTROLLER_OFFSET,
    KAFKA_OFFSET,
    MONGO_OFFSET,
    SIMULATOR,
    SMTP_OFFSET,
    SMTP_SINK,
    Service,
)
from payops_local.supervising.python_process import PythonProcess

PORT_MEND = "stop it, or choose other ports with PAYOPS_PORT_BASE"


@dataclass(frozen=True)
class Members:
    """All processes of one platform, in the order of their start; servers stop last."""

    mongo: MongoServer | None
    kafka: KafkaServer | None
    services: tuple[PythonProcess, ...]
    helpers: tuple[PythonProcess, ...]

    @property
    def servers(self) -> tuple[LocalServer, ...]:
        """mongod and Kafka, those that are ours."""
        return tuple(each for each in (self.mongo, self.kafka) if each is not None)

    @property
    def all(self) -> tuple[LocalServer, ...]:
        return (*self.servers, *self.services, *self.helpers)


def members_of(platform: Platform, *, demo: bool) -> Members:
    """The processes that `up` starts for this platform; `demo` adds the upstream simulator."""
    return Members(
        mongo=None if platform.external_mongo else _mongo(platform),
        kafka=None if platform.external_kafka else _kafka(platform),
        services=tuple(_service(platform, service) for service in platform.services),
        helpers=_helpers(platform, demo),
    )


def _mongo(platform: Platform) -> MongoServer:
    return MongoServer(
        platform.port(MONGO_OFFSET),
        platform.data.mongo,
        port_mend=PORT_MEND,
        record=process_record(platform.data, "mongod"),
        log_path=platform.data.logs / "mongod.log",
    )


def _kafka(platform: Platform) -> KafkaServer:
    return KafkaServer(
        platform.port(KAFKA_OFFSET),
        platform.port(CONTROLLER_OFFSET),
        platform.data.kafka,
        port_mend=PORT_MEND,
        record=process_record(platform.data, "kafka"),
        log_path=platform.data.logs / "kafka.log",
    )


def _service(platform: Platform, service: Service) -> PythonProcess:
    return PythonProcess(
        service.name,
        service.module,
        python=platform.python,
        env=platform.service_environment(service),
        data_dir=platform.data.root,
        record=process_record(platform.data, service.name),
        log_path=platform.data.logs / f"{service.name}.log",
        port=platform.port(service.port_offset),
        health_url=platform.url(service.name),
        port_mend=PORT_MEND,
    )


def _helpers(platform: Platform, demo: bool) -> tuple[PythonProcess, ...]:
    mail_port = platform.port(SMTP_OFFSET)
    sink = _helper(
        platform, SMTP_SINK, "smtp_sink", (str(mail_port), str(platform.data.mail)), mail_port
    )
    if not demo:
        return (sink,)
    env = platform.simulator_environment()
    return (sink, _helper(platform, SIMULATOR, "simulator", env=env))


def _helper(
    platform: Platform,
    name: str,
    module: str,
    arguments: tuple[str, ...] = (),
    port: int | None = None,
    env: Mapping[str, str] | None = None,
) -> PythonProcess:
    return PythonProcess(
        name,
        f"payops_local.{module}",
        arguments,
        python=platform.python,
        env=platform.environment() if env is None else env,
        data_dir=platform.data.root,
        record=process_record(platform.data, name),
        log_path=platform.data.logs / f"{name}.log",
        port=port,
        port_mend=PORT_MEND,
    )
