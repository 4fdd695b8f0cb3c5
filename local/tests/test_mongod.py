"""Which mongod runs, and what is said when none does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from payops_local.errors import PlatformError
from payops_local.servers import mongod
from payops_local.servers.mongod import mongod_binary

Installer = Callable[[str, Callable[[str], None]], bool]


@pytest.fixture(autouse=True)
def _forgetful() -> None:
    mongod_binary.cache_clear()


def stand_in(monkeypatch: pytest.MonkeyPatch, folder: Path, script: str) -> Path:
    binary = folder / "mongod"
    binary.write_text(f"#!/bin/bash\n{script}\n")
    binary.chmod(0o755)
    monkeypatch.setattr(mongod, "_of_a_wheel", lambda: binary)
    return binary


def missing(flag: Path, library: str) -> str:
    return (
        f"[ -e {flag} ] && exit 0\n"
        f"echo mongod: error while loading shared libraries: {library}: no such file >&2; exit 127"
    )


def test_a_missing_library_is_installed_where_that_is_allowed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    flag = tmp_path / "installed"
    binary = stand_in(monkeypatch, tmp_path, missing(flag, "libcurl.so.4"))
    asked: list[str] = []

    def install(name: str, say: Callable[[str], None]) -> bool:
        asked.append(name)
        flag.touch()
        return True

    monkeypatch.setattr(mongod, "install_system_package", install)
    assert mongod_binary() == binary
    assert asked == ["libcurl4"]


@pytest.mark.parametrize(
    ("library", "sentence"),
    [
        (
            "libcurl.so.4",
            r"libcurl.so.4: install it \(on Debian or Ubuntu: apt-get install libcurl4",
        ),
        ("libodd.so.1", "libodd.so.1: install it and run this again"),
    ],
)
def test_a_missing_library_is_named_where_it_may_not_be_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, library: str, sentence: str
) -> None:
    stand_in(monkeypatch, tmp_path, missing(tmp_path / "never", library))
    monkeypatch.setattr(mongod, "install_system_package", lambda name, say: False)
    with pytest.raises(PlatformError, match=sentence):
        mongod_binary()


def test_a_mongod_for_another_system_is_explained(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stand_in(monkeypatch, tmp_path, "echo needs a newer GLIBC >&2; exit 1")
    with pytest.raises(PlatformError, match=r"newer GLIBC.*install MongoDB 6 or newer"):
        mongod_binary()


def test_no_mongod_at_all_is_explained(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(mongod, "_of_a_wheel", lambda: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PlatformError, match="name a server with PAYOPS_MONGO"):
        mongod_binary()
