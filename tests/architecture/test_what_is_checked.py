"""What `./payops check` looks at: all that is Python, tests too."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

from payops_local.commands.check import TYPED, check_steps
from payops_local.places import CHECKOUT
from payops_testing.side_by_side import WHOLE_PLATFORMS


def test_the_types_of_every_python_file_are_checked(tracked: list[Path]) -> None:
    names = {path.relative_to(CHECKOUT) for path in tracked if path.suffix == ".py"}
    checked = {name for name in names if name.parts[0] in TYPED}
    assert names - checked == set()
    settings = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "exclude" not in settings["tool"]["mypy"]


def test_the_build_checks_all_and_runs_each_test_once() -> None:
    calls = re.findall(r"^\./payops (.+) </dev/null$", (CHECKOUT / ".ci/run").read_text(), re.M)
    assert calls == ["check --no-tests", "test"]
    every = check_steps(Path(sys.executable), tests=True)
    assert every[:-1] == check_steps(Path(sys.executable), tests=False)
    assert every[-1][0] == "fast tests"


def test_what_shares_a_worker_is_there_under_its_name() -> None:
    assert [path for path in WHOLE_PLATFORMS if not (CHECKOUT / path).exists()] == []
