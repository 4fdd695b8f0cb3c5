"""What browsers load is fetched once a lock, by npm, and a failure says the mend."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from payops_local import browser_packages
from payops_local.browser_packages import fetch_browser_packages
from payops_local.errors import PlatformError

NPM = """#!/bin/sh
echo "$@ in $(pwd)" >> "$CALLS"
mkdir -p node_modules && exit ${NPM_ENDS_WITH:-0}
"""


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with an npm that only notes its calls, and a checkout of its own."""
    npm = tmp_path / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text(NPM)
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{npm.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("CALLS", str(tmp_path / "calls.txt"))
    monkeypatch.setattr(browser_packages, "INSTALLED", tmp_path)
    monkeypatch.setattr(browser_packages, "BROWSER_PACKAGES", tmp_path / "browser/node_modules")
    monkeypatch.setattr(browser_packages, "SOURCE", tmp_path / "source")
    (tmp_path / "source").mkdir()
    for name in browser_packages.NEEDED:
        (tmp_path / "source" / name).write_text("first")
    return tmp_path / "calls.txt"


def test_npm_runs_once_a_lock_without_any_script_of_a_package(calls: Path) -> None:
    said: list[str] = []
    folder = fetch_browser_packages(said.append)
    assert fetch_browser_packages(said.append) == folder
    assert folder.is_dir()
    assert calls.read_text() == f"ci --ignore-scripts in {folder.parent}\n"
    assert said == ["Fetching what browsers load with npm (once, a few seconds)"]

    (browser_packages.SOURCE / "package-lock.json").write_text("second")
    fetch_browser_packages(said.append)
    assert len(calls.read_text().splitlines()) == 2
    assert len(said) == 2


def test_a_failure_names_the_mend_and_the_next_call_tries_again(
    calls: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NPM_ENDS_WITH", "1")
    with pytest.raises(PlatformError, match=r"check the network .* --no-backoffice"):
        fetch_browser_packages(lambda _: None)
    monkeypatch.setenv("NPM_ENDS_WITH", "0")
    fetch_browser_packages(lambda _: None)
    assert len(calls.read_text().splitlines()) == 2


def test_the_lock_has_a_hash_for_every_package_and_an_address_for_none() -> None:
    lock = (browser_packages.SOURCE / "package-lock.json").read_text(encoding="utf-8")
    packages = lock.count('"node_modules/')
    assert packages >= 5
    assert lock.count('"integrity": "sha512-') == packages
    assert '"resolved"' not in lock
