"""Knowing one service is knowing all: same names, small files, one table of services and ports."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from payops_kernel.settings import ServiceSettings
from payops_local.issuer import LocalIssuer
from payops_local.places import CHECKOUT, DataFolder
from payops_local.platform import SHARED_SETTINGS, described_platform
from payops_local.services import (
    GATEWAY,
    KAFKA_OFFSET,
    MONGO_OFFSET,
    SERVICES,
    Service,
    behind_gateway,
)

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 50
MAIN_LINES_MAX = 30
GENERATED = {"contracts/EVENTS.md"}

EVERY_SERVICE = {"__init__.py", "__main__.py", "main.py", "bootstrap.py", "settings.py", "py.typed"}
WITH_AN_API = {"api", "use_cases"}
WITH_PAGES = {"pages", "components", "formatting", "session", "words", "templates", "assets"}
"""Where an API has routes and use cases: routes and templates, what they are made of, how values
are shown, who is signed in, what people read, what browsers load."""
WITH_A_DATABASE = {"consumers.py", "domain", "store"}
MAY_HAVE = {
    "publishing.py",
    "publishing",
    "events.py",
    "errors.py",
    "clients",
    "invoicing",
    "mail",
    "live",
}
"""What an event of ours says (a folder where there are several kinds) · what is read of others' ·
errors · other services' HTTP · what makes documents · what sends letters · what is told while it
happens. A new kind of room is entered here, with its meaning."""

CONVENTIONAL = {"services/backoffice/src/backoffice/templates/base.html"}
"""Names that say nothing by themselves, and everything to whoever knows the tool."""

VAGUE_NAMES = {"utils", "helpers", "manager", "common", "util", "helper", "misc", "base"}

each_service = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)


def package(service: Service) -> Path:
    """Where a service's code lies."""
    return CHECKOUT / "services" / service.name / "src" / service.module


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def own_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without those of functions within it, such as a router's routes."""
    within = [
        node
        for node in ast.walk(function)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node is not function
    ]
    return _span(function) - sum(_span(node) for node in within)


def _span(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or 0) - function.lineno + 1


@each_service
def test_every_service_has_the_same_rooms(service: Service) -> None:
    there = {path.name for path in package(service).iterdir() if path.name != "__pycache__"}
    needed = EVERY_SERVICE | (WITH_A_DATABASE if service.owns_database else set())
    needed |= WITH_AN_API if service.answers_api else WITH_PAGES
    assert needed <= there
    assert there - needed <= MAY_HAVE


def test_the_smallest_service_has_the_rooms_of_a_service_and_its_contracts() -> None:
    home = CHECKOUT / "examples/smallest-service/src/parcels"
    there = {path.name for path in home.iterdir() if path.name != "__pycache__"}
    assert there == EVERY_SERVICE | WITH_AN_API | WITH_A_DATABASE | {
        "publishing.py",
        "contracts.py",
    }


@each_service
def test_every_service_has_a_readme_a_project_file_and_tests(service: Service) -> None:
    home = CHECKOUT / "services" / service.name
    assert (home / "README.md").is_file()
    assert (home / "pyproject.toml").is_file()
    assert list((home / "tests").glob("test_*.py"))


@each_service
def test_every_main_is_a_table_of_contents(service: Service) -> None:
    lines = (package(service) / "main.py").read_text(encoding="utf-8").splitlines()
    assert len(lines) < MAIN_LINES_MAX


@each_service
def test_no_bootstrap_takes_the_database_past_what_its_stores_declare(service: Service) -> None:
    tree = ast.parse((package(service) / "bootstrap.py").read_text(encoding="utf-8"))
    taken = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert "db" not in taken


@each_service
def test_every_service_has_its_documents(service: Service) -> None:
    described = CHECKOUT / "contracts/openapi" / f"{service.name}.json"
    assert described.exists() == service.answers_api
    if service.answers_api:
        assert json.loads(described.read_text())["openapi"].startswith("3.1")
    if service.owns_database:
        assert (CHECKOUT / "contracts/asyncapi" / f"{service.name}.json").is_file()


def test_the_table_of_services_names_every_service_folder() -> None:
    folders = {path.name for path in (CHECKOUT / "services").iterdir() if path.is_dir()}
    assert {service.name for service in SERVICES} == folders


def test_compose_the_settings_and_the_local_platform_agree_on_ports() -> None:
    base = _port_base()
    published = dict(_published_ports())
    for service in SERVICES:
        assert published[service.name] == base + service.port_offset
    assert published["kafka"] == base + KAFKA_OFFSET
    assert published["mongo"] == base + MONGO_OFFSET
    defaults = ServiceSettings.model_fields
    assert defaults["kafka"].default.endswith(f":{base + KAFKA_OFFSET}")
    assert f":{base + MONGO_OFFSET}/" in defaults["mongo"].default


def test_the_gateway_finds_every_service_where_the_table_says(tmp_path: Path) -> None:
    platform = described_platform(DataFolder(tmp_path))
    LocalIssuer(platform.data.keys, platform.settings).ensure()
    (gateway,) = (service for service in SERVICES if service.name == GATEWAY)
    addresses = json.loads(platform.service_environment(gateway)["PAYOPS_SERVICES"])
    assert addresses == {
        service.name: f"http://127.0.0.1:{platform.port_base + service.port_offset}"
        for service in SERVICES
        if service.name in behind_gateway()
    }


def test_no_file_is_too_long_to_be_read_at_once(tracked: list[Path]) -> None:
    by_hand = [path for path in tracked if path.suffix in {".py", ".md", ".yml", ""}]
    too_long = {
        str(path.relative_to(CHECKOUT)): lines
        for path in by_hand
        if (lines := len(path.read_bytes().splitlines())) > FILE_LINES_MAX
        and str(path.relative_to(CHECKOUT)) not in GENERATED
    }
    assert too_long == {}


def test_no_function_is_too_long_to_be_seen_at_once(sources: list[Path]) -> None:
    too_long = [
        f"{path.relative_to(CHECKOUT)}:{function.lineno} {function.name}"
        for path in sources
        for function in functions(path)
        if own_lines(function) > FUNCTION_LINES_MAX
    ]
    assert too_long == []


def test_no_file_has_a_name_that_says_nothing(tracked: list[Path]) -> None:
    paths = [path.relative_to(CHECKOUT) for path in tracked]
    ours = [path for path in paths if str(path) not in CONVENTIONAL]
    names = {part for path in ours for part in path.with_suffix("").parts}
    assert names & VAGUE_NAMES == set()


def _port_base() -> int:
    found = re.search(r"^PAYOPS_PORT_BASE=(\d+)$", SHARED_SETTINGS.read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1])


def _published_ports() -> Iterator[tuple[str, int]]:
    compose: dict[str, Any] = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())
    for name, service in compose["services"].items():
        for port in service.get("ports", []):
            found = re.fullmatch(r"127\.0\.0\.1:\$\{\w+:-(\d+)\}:\d+", port)
            assert found is not None, f"{name}: {port} is not on loopback, or cannot be moved"
            yield name, int(found[1])
