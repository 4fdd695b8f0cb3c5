"""Packages of the operating system, with a stand-in for apt-get on the PATH."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from payops_local import system_packages
from payops_local.errors import PlatformError
from payops_local.servers.maven import kafka_libraries
from payops_local.system_packages import install_system_package

INSTALL = "-qq -y -o DPkg::Lock::Timeout=120 install --no-install-recommends maven"
UPDATE = "-qq update"
NO_SUCH_PACKAGE = "E: Unable to locate package maven"
FETCHES_KAFKA = 'for last; do :; done; /bin/mkdir -p "${last#*=}"'


class Apt:
    """The PATH of a machine: nothing on it but an apt-get that notes how it was called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[str] = []
        self._calls = folder / "calls.txt"
        (folder / "bin").mkdir()

    def acts(self, script: str) -> None:
        """What each call does; ``$*`` are its arguments."""
        self.program("apt-get", f'echo "$DEBIAN_FRONTEND: $*" >>{self._calls}\n{script}')

    def program(self, name: str, script: str) -> None:
        path = self.folder / "bin" / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def calls(self) -> list[str]:
        """The arguments of each call, all of which were made with nobody to ask."""
        if not self._calls.exists():
            return []
        lines = [line.partition(": ") for line in self._calls.read_text().splitlines()]
        assert {who for who, _, _ in lines} == {"noninteractive"}
        return [arguments for _, _, arguments in lines]

    def install(self) -> bool:
        return install_system_package("maven", self.said.append)


@pytest.fixture
def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Apt:
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.delenv("DEBIAN_FRONTEND", raising=False)
    monkeypatch.setattr("payops_local.servers.maven.java_command", lambda: "/opt/java/bin/java")
    return Apt(tmp_path)


def test_root_on_debian_has_the_package_installed_and_that_is_said(apt: Apt) -> None:
    apt.acts("exit 0")
    assert apt.install()
    assert apt.calls() == [INSTALL]
    assert apt.said == ["Installing the system package maven with apt-get"]


def test_package_lists_are_read_only_when_the_package_is_not_found_without(apt: Apt) -> None:
    lists = apt.folder / "lists"
    apt.acts(f'[ "$*" = "{UPDATE}" ] && : >{lists}; [ -e {lists} ]')
    assert apt.install()
    assert apt.calls() == [INSTALL, UPDATE, INSTALL]


def test_an_apt_that_fails_is_told_with_its_own_last_words(apt: Apt) -> None:
    refusal = f'echo W: some other words >&2; echo "{NO_SUCH_PACKAGE}" >&2; exit 100'
    apt.acts(f'[ "$*" = "{UPDATE}" ] && exit 0; {refusal}')
    assert not apt.install()
    assert apt.calls() == [INSTALL, UPDATE, INSTALL]
    assert apt.said[1:] == [f"apt-get could not install maven ({NO_SUCH_PACKAGE})"]


def test_lists_that_cannot_be_read_end_it(apt: Apt) -> None:
    apt.acts("echo E: no network >&2; exit 100")
    assert not apt.install()
    assert apt.calls() == [INSTALL, UPDATE]
    assert apt.said[1:] == ["apt-get could not install maven (E: no network)"]


def test_an_apt_that_says_nothing_is_told_by_its_code(apt: Apt) -> None:
    apt.acts("exit 100")
    assert not apt.install()
    assert apt.said[1:] == ["apt-get could not install maven (code 100)"]


def test_an_apt_that_hangs_is_given_up(apt: Apt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_packages, "INSTALL_LIMIT_S", 0.3)
    apt.acts("exec /usr/bin/tail -f /dev/null")
    assert not apt.install()
    assert "timed out after 0.3 seconds" in apt.said[1]


def test_whoever_is_not_root_installs_nothing(apt: Apt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    apt.acts("exit 0")
    assert not apt.install()
    assert (apt.calls(), apt.said) == ([], [])


def test_root_of_a_system_without_apt_installs_nothing(apt: Apt) -> None:
    assert not apt.install()
    assert apt.said == []


def test_what_was_installed_is_used_at_once(apt: Apt) -> None:
    ready = apt.folder / "mvn"
    ready.write_text(f"#!/bin/bash\n{FETCHES_KAFKA}\n")
    ready.chmod(0o755)
    apt.acts(f"/bin/mv {ready} {apt.folder / 'bin' / 'mvn'}")
    assert kafka_libraries(apt.folder / "kafka", apt.said.append).is_dir()
    assert apt.calls() == [INSTALL]


@pytest.mark.parametrize("who", ["root without apt-get", "root whose apt-get fails", "a user"])
def test_where_nothing_is_installed_the_command_to_do_so_is_named(
    apt: Apt, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    if who != "root without apt-get":
        apt.acts("exit 100")
    if who == "a user":
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(
        PlatformError, match=r"not installed: .*\(on Debian .*: apt-get install mav"
    ):
        kafka_libraries(apt.folder / "kafka", apt.said.append)
