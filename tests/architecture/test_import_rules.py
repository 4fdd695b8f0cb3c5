"""Who may import whom: import-linter's contracts, and that they cover the house."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from payops_local.places import CHECKOUT

LINT_LIMIT_S = 120


def rules() -> dict[str, Any]:
    """import-linter's part of the root's pyproject.toml."""
    document = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    found: dict[str, Any] = document["tool"]["importlinter"]
    return found


def rule(name: str) -> dict[str, Any]:
    """The one rule of that name."""
    (found,) = [each for each in rules()["contracts"] if each["name"] == name]
    return dict(found)


def services() -> set[str]:
    """The import root of every service, and of the smallest one among the examples."""
    return {init.parent.name for init in _in_services("__init__.py")}


def packages() -> set[str]:
    """Every import root of the house."""
    roots = [*_in_services("__init__.py")]
    roots += [CHECKOUT / each / "src" for each in ("contracts", "shared", "local")]
    inits = [found for root in roots for found in ([root] if root.is_file() else _inits(root))]
    return {init.parent.name for init in inits}


def _in_services(path: str) -> Iterator[Path]:
    for folder in ("services", "examples"):
        yield from CHECKOUT.glob(f"{folder}/*/src/*/{path}")


def _inits(root: Path) -> list[Path]:
    return list(root.glob("*/__init__.py"))


def test_nothing_imports_what_it_may_not() -> None:
    lint = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run(
        [str(lint), "--no-cache"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=LINT_LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_rules_know_every_package() -> None:
    assert set(rules()["root_packages"]) == packages()


def test_every_service_is_named_by_every_rule_about_services() -> None:
    independent = rule("services never import one another, nor the local platform")["modules"]
    inside = [
        *rule("layers inside a service")["containers"],
        *rule("layers inside the backoffice")["containers"],
    ]
    kit = rule("the test kit stays in tests")["source_modules"]
    for named in (independent, inside, kit):
        assert services() <= set(named)


def test_every_package_has_its_layer() -> None:
    layers = rule("contracts < kernel < services and the local platform")["layers"]
    assert {name.strip() for layer in layers for name in layer.split("|")} == packages()


def test_every_domain_and_every_use_case_is_free_of_frameworks() -> None:
    inits = _in_services("*/__init__.py")
    rooms = {f"{room.parent.name}.{room.name}" for room in (init.parent for init in inits)}
    inner = {room for room in rooms if room.endswith((".domain", ".use_cases"))}
    assert set(rule("domain and use cases are framework-free")["source_modules"]) == inner


def test_the_driver_is_kept_out_of_all_but_its_package_and_the_local_platforms_connections() -> (
    None
):
    driver = rule("the MongoDB driver stays in its package")
    assert set(driver["source_modules"]) == packages()
    excepted = {each.split(" -> ")[0] for each in driver["ignore_imports"]}
    assert excepted == {"payops_kernel.mongo", "payops_kernel.mongo.*", "payops_local.connections"}
