"""Who may import whom: import-linter's contracts, and that they cover the house."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from payops_local.places import CHECKOUT

LINT_LIMIT_S = 120


def rules() -> dict[str, Any]:
    """import-linter's part of the root's pyproject.toml."""
    document = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    found: dict[str, Any] = document["tool"]["importlinter"]
    return found


def packages() -> set[str]:
    """Every import root of the house."""
    roots = [*CHECKOUT.glob("services/*/src/*/__init__.py")]
    roots += [CHECKOUT / each / "src" for each in ("contracts", "shared", "local")]
    inits = [found for root in roots for found in ([root] if root.is_file() else _inits(root))]
    return {init.parent.name for init in inits}


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
    services = {init.parent.name for init in CHECKOUT.glob("services/*/src/*/__init__.py")}
    by_name = {rule["name"]: rule for rule in rules()["contracts"]}
    independent = by_name["services never import one another, nor the local platform"]["modules"]
    driver = by_name["the MongoDB driver stays behind the kernel"]["source_modules"]
    kit = by_name["the test kit stays in tests"]["source_modules"]
    for named in (independent, driver, kit):
        assert services <= set(named)
