"""One platform for all stories; each uses payments of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from payops_local.ports import is_free
from payops_testing.e2e.whole_platform import WholePlatform
from payops_testing.platforms import eventually


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the platform keeps its data."""
    return tmp_path_factory.mktemp("whole") / "data"


@pytest.fixture(scope="package")
def platform(folder: Path) -> Iterator[WholePlatform]:
    """The platform, up; afterwards down, with nothing left behind."""
    whole = WholePlatform(folder)
    try:
        whole.up()
        yield whole
        whole.call("down")
        assert whole.pids() == {}
        eventually(lambda: is_free(whole.base) and is_free(whole.base + 90), why="ports are free")
    finally:
        whole.kill_everything()
