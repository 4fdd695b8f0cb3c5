"""What the rules of the house are held against: every file that is under version control."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from payops_local.places import CHECKOUT


@pytest.fixture(scope="session")
def tracked() -> list[Path]:
    """Every file that is there and not ignored, whether it is committed yet or not."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = [CHECKOUT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


@pytest.fixture(scope="session")
def sources(tracked: list[Path]) -> list[Path]:
    """Every tracked Python file."""
    return [path for path in tracked if path.suffix == ".py"]
