"""The compose file, the Dockerfile and the local platform say the same; no engine needed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from payops_local.browser_packages import NODE_LOCK
from payops_local.environment import locked
from payops_local.places import CHECKOUT
from payops_local.platform import SHARED_SETTINGS, platform_settings
from payops_local.servers.kafka_settings import server_properties
from payops_local.servers.maven import KAFKA_VERSION
from payops_local.services import (
    GATEWAY,
    KAFKA_OFFSET,
    MONGO_OFFSET,
    REPLICA_SET,
    SERVICES,
    SIMULATOR,
    SMTP_OFFSET,
    SMTP_SINK,
    behind_gateway,
    service_names,
)
from payops_testing.containers.image_names import (
    COMPOSE_FILE,
    DOCKERFILE,
    compose_services,
    python_image,
)
from payops_testing.containers.wheelhouse import LOCKS, PYTHON_VERSION, WHEELHOUSE

SERVERS = {"kafka", "mongo"}
JOBS = {"keys", "topics", "replica-set"}
DEMO = {SIMULATOR, SMTP_SINK}
OFFSETS = {each.name: each.port_offset for each in SERVICES} | {
    "kafka": KAFKA_OFFSET,
    "mongo": MONGO_OFFSET,
    SMTP_SINK: SMTP_OFFSET,
}
ONLY_LOCALLY = {
    # Addresses: a container has its own.
    "listeners", "log.dirs", "controller.quorum.voters",
}  # fmt: skip
COMPOSE = compose_services()


def environment(service: str) -> Mapping[str, str]:
    described: Mapping[str, str] = COMPOSE[service].get("environment", {})
    return described


def test_compose_runs_exactly_what_the_local_platform_runs() -> None:
    assert set(COMPOSE) == {*service_names(), *SERVERS, *JOBS, *DEMO}


@pytest.mark.parametrize("service", SERVICES, ids=service_names())
def test_a_service_runs_its_module_with_a_health_check_and_comes_back(service: Any) -> None:
    described = COMPOSE[service.name]
    assert described["command"] == ["python", "-m", service.module]
    assert described["healthcheck"]["test"] == ["CMD", "payops-ready"]
    assert described["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", service_names())
def test_a_service_starts_only_after_every_job_has_ended_well(name: str) -> None:
    needs = COMPOSE[name]["depends_on"]
    for job in JOBS:
        assert needs[job] == {"condition": "service_completed_successfully"}
        assert "restart" not in COMPOSE[job]


def test_the_gateway_waits_for_the_services_behind_it_and_knows_their_addresses() -> None:
    behind = set(behind_gateway())
    for name in behind:
        assert COMPOSE[GATEWAY]["depends_on"][name] == {"condition": "service_healthy"}
    addresses = json.loads(environment(GATEWAY)["PAYOPS_SERVICES"])
    assert addresses == {name: f"http://{name}:8080" for name in behind}


@pytest.mark.parametrize("name", sorted(OFFSETS))
def test_ports_are_those_of_the_local_platform_and_on_loopback_only(name: str) -> None:
    base = int(platform_settings()["PAYOPS_PORT_BASE"])
    ports = COMPOSE[name]["ports"]
    assert len(ports) == 1
    variable = f"PAYOPS_{name.split('-')[0].upper()}_PORT"
    assert ports[0].startswith(f"127.0.0.1:${{{variable}:-{base + OFFSETS[name]}}}:")


def test_nothing_else_publishes_a_port() -> None:
    assert {name for name, described in COMPOSE.items() if "ports" in described} == set(OFFSETS)


def test_settings_come_from_the_file_that_the_local_platform_reads() -> None:
    shared = str(SHARED_SETTINGS.relative_to(CHECKOUT))
    repeated = {
        (name, key)
        for name in COMPOSE
        for key in environment(name)
        if f"\n{key}=" in SHARED_SETTINGS.read_text(encoding="utf-8")
    }
    assert not repeated
    for name in set(COMPOSE) - SERVERS:
        assert COMPOSE[name]["env_file"] == [shared]


def test_no_variable_of_the_environment_changes_a_setting_as_the_file_says() -> None:
    taken = set(re.findall(r"\$\{(\w+)", COMPOSE_FILE.read_text(encoding="utf-8")))
    assert taken == {f"PAYOPS_{name.split('-')[0].upper()}_PORT" for name in OFFSETS}
    told = SHARED_SETTINGS.read_text(encoding="utf-8")
    assert "docker compose takes these from\n# here alone" in told


def test_the_broker_has_the_settings_of_the_local_one() -> None:
    lines = server_properties(1, 2, Path("logs"), {}).splitlines()
    local = dict(line.split("=", 1) for line in lines)
    differing = {
        key: value
        for key, value in local.items()
        if key not in ONLY_LOCALLY
        and environment("kafka").get(f"KAFKA_{key.upper().replace('.', '_')}") != value
    }
    assert not differing


def test_mongod_is_a_replica_set_of_the_name_that_the_services_ask_for() -> None:
    assert f"--replSet={REPLICA_SET}" in COMPOSE["mongo"]["command"]
    for name in {*service_names(), "replica-set"}:
        assert environment(name)["PAYOPS_MONGO"].endswith(f"?replicaSet={REPLICA_SET}")


def test_base_images_are_pinned_to_a_version() -> None:
    assert COMPOSE["kafka"]["image"] == f"apache/kafka:{KAFKA_VERSION}"
    assert re.fullmatch(r"mongo:8\.0\.\d+", COMPOSE["mongo"]["image"])
    assert re.fullmatch(r"python:3\.11\.\d+-slim-bookworm", python_image())


def test_every_program_of_ours_runs_without_rights_and_with_a_limit_to_its_memory() -> None:
    for name in set(COMPOSE) - SERVERS:
        assert COMPOSE[name]["read_only"]
        assert COMPOSE[name]["cap_drop"] == ["ALL"]
        assert COMPOSE[name]["mem_limit"] == "512m"


def test_the_image_installs_by_hash_and_does_not_run_as_root() -> None:
    text = DOCKERFILE.read_text(encoding="utf-8")
    installs = [line for line in text.splitlines() if "pip install" in line]
    for line, lock in zip(installs, (*LOCKS, NODE_LOCK), strict=True):
        assert line.rstrip(" \\").endswith(f"--require-hashes -r /wheels/{lock.name}")
    assert "USER 10001:10001" in text
    assert text.rstrip().endswith("FROM services")


def test_wheels_fetched_beforehand_lie_where_the_build_looks_and_suit_its_python() -> None:
    inside = WHEELHOUSE.relative_to(CHECKOUT)
    assert f"{str(inside)[:-1]}[e] " in DOCKERFILE.read_text(encoding="utf-8")
    assert f"!{inside}" in (CHECKOUT / ".dockerignore").read_text(encoding="utf-8").split()
    assert python_image().startswith(f"python:{PYTHON_VERSION}.")


def test_the_image_takes_in_every_service_whichever_builder_makes_it() -> None:
    copied = re.findall(r"(?m)^COPY (?!--from)(.*)$", DOCKERFILE.read_text(encoding="utf-8"))
    sources = [source for line in copied for source in line.split()[:-1]]
    assert "services/*/src" in sources
    assert "contracts/openapi /srv/openapi" in copied, "the gateway's routes are made of them"
    assert not [source for source in sources if re.search(r"[*\[].*/$", source)]


@pytest.mark.parametrize("lock", LOCKS, ids=[lock.name for lock in LOCKS])
def test_the_image_has_the_versions_that_the_tests_run_with(lock: Path) -> None:
    tested = (CHECKOUT / "requirements" / "all.txt").read_text(encoding="utf-8")
    for package, version in re.findall(r"(?m)^([\w-]+)==([^ ;]+)", lock.read_text("utf-8")):
        assert locked(tested, package).startswith(f"{package}=={version} ")


def test_no_file_of_the_image_names_a_package_index() -> None:
    texts = [COMPOSE_FILE, DOCKERFILE, *(CHECKOUT / "deploy" / "container").iterdir()]
    for path in texts:
        addresses = re.findall(r"https?://[\w.$-]+", path.read_text(encoding="utf-8"))
        assert set(addresses) <= {
            "http://127.0.0.1",
            *(f"http://{each}" for each in service_names()),
        }
