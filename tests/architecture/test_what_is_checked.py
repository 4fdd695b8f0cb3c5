"""What `./payops check` looks at: all that is Python, tests too."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from payops_local.commands.check import TYPED, TYPED_ALONE
from payops_local.places import CHECKOUT


def test_the_types_of_every_python_file_are_checked(tracked: list[Path]) -> None:
    names = {path.relative_to(CHECKOUT) for path in tracked if path.suffix == ".py"}
    checked = {name for name in names if name.parts[0] in TYPED}
    assert names - checked == set()
    settings = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    left_out = [
        str(name)
        for name in names
        if any(re.search(pattern, str(name)) for pattern in settings["tool"]["mypy"]["exclude"])
    ]
    assert sorted(left_out) == sorted(TYPED_ALONE)
