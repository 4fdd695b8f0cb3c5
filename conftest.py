"""Real servers for every test of the house.

How the servers are chosen, once a session:

* `PAYOPS_KAFKA` (host:port) and `PAYOPS_MONGO` (a mongodb:// URI with replicaSet) name servers
  that already run: `kafka_address` and `mongo_uri` are theirs.
* With `--containers` both run in containers (testcontainers, the images and settings of
  docker-compose.yml), on the Docker engine that DOCKER_HOST names.
* Otherwise a private Kafka and a private mongod (with test commands, for fail points) start on
  free loopback ports, with their data in memory where there is room, else in
  `.payops/test-servers/` (`payops_testing.server_folder`), and end with the session. They
  start when the first test asks, so a run without server tests starts none.

`kafka_server` and `mongo_server` are objects that can be stopped, killed, paused and restarted
(`payops_local.servers`). They are always private ones: when the environment names other servers,
asking for them starts private ones beside those. A test that hurts a server leaves it running.

What a killed earlier session left behind is ended at the start of the next one, by process id and
start time. A test that asks for any of these fixtures gets the marker `servers` by itself.
PAYOPS_DEMO is 1 unless the environment says otherwise, as on the local platform.
`--full` and `--containers` add the tests so marked; without them these are deselected, and so are
the tests of pages where there is no Chromium.
With `-n` several workers share the files (`payops_testing.side_by_side`); a session is a worker's.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from payops_kernel.http import counts
from payops_kernel.lists import reads as list_reads
from payops_kernel.messaging import topics
from payops_kernel.mongo import in_transaction, reads, sampling
from payops_kernel.mongo.snapshots import Snapshot
from payops_local.chromium import MEND, find_chromium
from payops_local.servers import KafkaServer, MongoServer
from payops_local.servers.private import PrivateServers
from payops_testing.server_folder import end_what_killed_sessions_left, server_folder
from payops_testing.side_by_side import FilesSideBySide, large

pytest_plugins = ("payops_kernel.testing.plugin",)

if TYPE_CHECKING:
    from payops_testing.containers.server_containers import ServerContainers

# Processes that tests start are of a platform to try things on, unless a test says otherwise.
os.environ.setdefault("PAYOPS_DEMO", "1")

# How long an example took says how busy the machine is.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

PATIENT_MS = 60_000
SERVER_FIXTURES = {"servers", "kafka_address", "mongo_uri", "kafka_server", "mongo_server"}


@dataclass(frozen=True)
class ServerAddresses:
    """Where the session's servers answer: kafka as host:port, mongo as a URI."""

    kafka: str
    mongo: str


@pytest.fixture(scope="session", autouse=True)
def _time_on_a_slow_machine() -> Iterator[None]:
    """Totals are counted, rows found and topics made on it, too; a test of a limit sets it."""
    with pytest.MonkeyPatch.context() as patch:
        for read in (reads.aggregate_rows, Snapshot.find):
            defaults = {**(read.__kwdefaults__ or {}), "time_max_ms": PATIENT_MS}
            patch.setattr(read, "__kwdefaults__", defaults)
        patch.setattr(Snapshot.count_up_to, "__defaults__", (PATIENT_MS,))
        patch.setattr(in_transaction, "__kwdefaults__", {"deadline_seconds": PATIENT_MS / 1000})
        patch.setattr(reads, "READ_TIME_MAX_MS", PATIENT_MS)
        patch.setattr(reads, "COUNT_TIME_MAX_MS", PATIENT_MS)
        patch.setattr(list_reads, "COUNT_TIME_MAX_MS", PATIENT_MS)
        patch.setattr(sampling, "SAMPLE_TIME_MAX_MS", PATIENT_MS)
        patch.setattr(counts, "BUDGET_BURST_S", PATIENT_MS / 1000)
        patch.setattr(counts, "REMEMBER_MAX_S", 0.0)  # what took long would be an old one
        patch.setattr(topics, "REQUEST_TIMEOUT_MS", PATIENT_MS)
        yield


@pytest.fixture(scope="session")
def private_servers() -> Iterator[PrivateServers]:
    """Private servers, each started when first asked for, ended with the session."""
    end_what_killed_sessions_left()
    with PrivateServers(server_folder(), short_lived=True) as servers:
        yield servers


@pytest.fixture(scope="session")
def server_containers() -> Iterator[ServerContainers]:
    """Servers in containers, each started when first asked for, ended with the session."""
    # Imported here: testcontainers looks for an engine, which only this round needs.
    from payops_testing.containers.server_containers import ServerContainers

    with ServerContainers() as containers:
        yield containers


@pytest.fixture(scope="session")
def kafka_address(request: pytest.FixtureRequest) -> str:
    """host:port of a Kafka broker that serves."""
    named = os.environ.get("PAYOPS_KAFKA")
    if named:
        return named
    if request.config.getoption("--containers"):
        containers: ServerContainers = request.getfixturevalue("server_containers")
        return containers.kafka()
    server: KafkaServer = request.getfixturevalue("kafka_server")
    return server.address


@pytest.fixture(scope="session")
def mongo_uri(request: pytest.FixtureRequest) -> str:
    """The URI of a replica set's primary that serves."""
    named = os.environ.get("PAYOPS_MONGO")
    if named:
        return named
    if request.config.getoption("--containers"):
        containers: ServerContainers = request.getfixturevalue("server_containers")
        return containers.mongo()
    server: MongoServer = request.getfixturevalue("mongo_server")
    return server.uri


@pytest.fixture(scope="session")
def servers(kafka_address: str, mongo_uri: str) -> ServerAddresses:
    """Both addresses of the session."""
    return ServerAddresses(kafka_address, mongo_uri)


@pytest.fixture(scope="session")
def kafka_server(private_servers: PrivateServers) -> KafkaServer:
    """A private broker under the test's control."""
    return private_servers.kafka()


@pytest.fixture(scope="session")
def mongo_server(private_servers: PrivateServers) -> MongoServer:
    """A private mongod under the test's control, fail points allowed."""
    return private_servers.mongo()


def pytest_collection_finish() -> None:
    """What was collected, millions of objects, stays; nobody need look through it for cycles."""
    gc.collect()
    gc.freeze()


def pytest_report_header() -> str | None:
    return None if find_chromium() else f"no Chromium: the tests of pages are left out ({MEND})"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="run the longer soaks too")
    parser.addoption("--containers", action="store_true", help="run the tests on Docker too")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    unwanted = {name for name in ("full", "containers") if not config.getoption(f"--{name}")}
    unwanted |= set() if find_chromium() else {"browser"}
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        if SERVER_FIXTURES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("servers")
        if item.nodeid.startswith("tests/browser/"):
            item.add_marker("browser")
        marks = {mark.name for mark in item.iter_markers()}
        (left_out if marks & unwanted else kept).append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: not large(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FilesSideBySide:
    return FilesSideBySide(config, log)
