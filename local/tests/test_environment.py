"""The set-up: `payops` itself, the environment it makes, and Kafka's jars."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import threading
import venv
from pathlib import Path

import pytest

from payops_local.environment import Environment, SetUpError, locked
from payops_local.errors import DiskFull, PlatformError
from payops_local.places import CHECKOUT
from payops_local.servers import maven
from payops_local.servers.maven import kafka_libraries

PLAIN_PROGRAMS = ("bash", "cat", "cmp", "dirname", "id", "mv", "readlink")


class Recorded(Environment):
    """Makes an empty environment and counts how often; `interrupt` stops it halfway once."""

    made = 0
    interrupt = False

    def _install(self, renewed: bool) -> None:
        if self.interrupt:
            self.interrupt = False
            raise KeyboardInterrupt
        type(self).made += 1


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "a check out"
    (root / "requirements").mkdir(parents=True)
    (root / "requirements" / "all.txt").write_text("uv==1 \\\n    --hash=sha256:aa\n")
    monkeypatch.setattr(Recorded, "made", 0)
    monkeypatch.setattr(venv.EnvBuilder, "create", _create)
    return root


def _create(builder: object, folder: Path) -> None:
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").touch()


def test_a_whole_environment_is_left_alone_and_another_lock_renews_it(checkout: Path) -> None:
    for _ in range(2):
        Recorded(checkout).make()
    assert Recorded.made == 1
    (checkout / "requirements" / "all.txt").write_text("uv==2\n")
    (checkout / ".payops" / "venv" / "kept").touch()
    Recorded(checkout).make()
    assert Recorded.made == 2
    assert (checkout / ".payops" / "venv" / "kept").exists()


def test_an_interrupted_set_up_is_made_anew(checkout: Path) -> None:
    broken = Recorded(checkout)
    broken.interrupt = True
    with pytest.raises(KeyboardInterrupt):
        broken.make()
    assert not broken.is_whole()
    (checkout / ".payops" / "venv" / "half").touch()
    Recorded(checkout).make()
    assert Recorded(checkout).is_whole()
    assert not (checkout / ".payops" / "venv" / "half").exists()


def test_a_moved_checkout_is_made_anew(checkout: Path) -> None:
    Recorded(checkout).make()
    moved = checkout.with_name("moved")
    checkout.rename(moved)
    assert not Recorded(moved).is_whole()
    Recorded(moved).make()
    assert Recorded.made == 2


def test_two_set_ups_at_once_make_one_environment(checkout: Path) -> None:
    threads = [threading.Thread(target=Recorded(checkout).make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Recorded.made == 1


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("error: dns error", "could not be reached: check the network"),
        ("OSError: [Errno 28] No space left on device", "is full: free 900 MB"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES", "not the one that the lock names"),
        ("something else", "could not be made (something else)"),
    ],
)
def test_a_failed_installation_is_explained_in_one_sentence(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, output: str, sentence: str
) -> None:
    broken = Environment(checkout)

    def fail(command: list[str]) -> bool:
        broken.log.write_text(output)
        return False

    monkeypatch.setattr(broken, "_run", fail)
    with pytest.raises(SetUpError) as refused:
        broken.make()
    assert sentence in str(refused.value)
    assert not broken.is_whole()


def test_the_installer_is_itself_pinned_by_hash() -> None:
    own = locked((CHECKOUT / "requirements" / "all.txt").read_text(), "uv")
    assert own.startswith("uv==")
    assert "--hash=sha256:" in own
    assert "==" not in own.removeprefix("uv==")


def payops(root: Path, path: Path | str, *call: str) -> subprocess.CompletedProcess[str]:
    shutil.copy(CHECKOUT / "payops", root / "payops")
    return subprocess.run(
        [str(root / "payops"), *call],
        env={"PATH": str(path)},
        cwd="/",
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def plain_path(folder: Path, **programs: str) -> Path:
    """A PATH with nothing but the plainest programs and the given shell scripts."""
    folder.mkdir()
    for name in PLAIN_PROGRAMS:
        found = shutil.which(name)
        assert found is not None
        if name not in programs:
            (folder / name).symlink_to(found)
    for name, script in programs.items():
        (folder / name).write_text(f"#!/bin/bash\n{script}\n")
        (folder / name).chmod(0o755)
    return folder


def test_payops_hands_over_from_any_folder_with_an_empty_environment(
    tmp_path: Path, checkout: Path
) -> None:
    packages = checkout / ".payops" / "venv" / "lib" / "python3.11" / "site-packages"
    packages.mkdir(parents=True)
    (checkout / "services" / "new one" / "src").mkdir(parents=True)
    python = checkout / ".payops" / "venv" / "bin" / "python"
    python.parent.mkdir()
    python.write_text('#!/bin/bash\nprintf "%s|" "$@" "$HOME" "${PYTHONPATH-none}"\n')
    python.chmod(0o755)
    shutil.copy(checkout / "requirements" / "all.txt", python.parent.parent / "made-from.txt")
    (python.parent.parent / "made-for.txt").write_text(f"{checkout}\n")
    done = payops(checkout, plain_path(tmp_path / "bin"), "up", "--data", "a b")
    assert done.returncode == 0, done.stderr
    home = pwd.getpwuid(os.getuid()).pw_dir  # what the shell finds without HOME
    assert done.stdout == f"-P|-m|payops_local|up|--data|a b|{home}|none|"
    roots = (packages / "payops.pth").read_text().splitlines()
    assert f"{checkout}/local/src" in roots
    assert f"{checkout}/services/new one/src" in roots


def test_an_old_python_is_refused_by_name(tmp_path: Path, checkout: Path) -> None:
    old = 'case "$2" in *version_info*) exit 1 ;; *) echo 3.8.10 ;; esac'
    done = payops(checkout, plain_path(tmp_path / "bin", python3=old), "up")
    assert done.returncode == 1
    assert done.stderr.startswith("payops: PayOps needs Python 3.11 or newer and found 3.8.10: ")
    assert done.stderr.count("\n") == 1


def test_no_python_at_all_is_refused_with_the_command_to_install_one(
    tmp_path: Path, checkout: Path
) -> None:
    done = payops(checkout, plain_path(tmp_path / "bin"), "up")
    assert done.returncode == 1
    assert "found none: install Python 3.11 or newer" in done.stderr


def test_a_python_without_venv_names_the_package(tmp_path: Path, checkout: Path) -> None:
    bare = 'case "$2" in *ensurepip*) exit 1 ;; *venv*) echo python3.11-venv ;; esac'
    done = payops(checkout, plain_path(tmp_path / "bin", python3=bare), "up")
    assert done.returncode == 1
    assert "apt-get install python3.11-venv" in done.stderr


def test_root_on_debian_has_the_missing_package_installed(tmp_path: Path, checkout: Path) -> None:
    flag = tmp_path / "installed"
    python = f'case "$2" in *ensurepip*) [ -e {flag} ] ;; *venv*) echo python3.11-venv ;; esac'
    programs = {"python3": python, "apt-get": f': >{flag}; echo "$@" >&2', "id": "echo 0"}
    done = payops(checkout, plain_path(tmp_path / "bin", **programs), "up")
    assert "Installing the system package(s) python3.11-venv with apt-get" in done.stderr
    assert flag.exists()


def maven_that(monkeypatch: pytest.MonkeyPatch, folder: Path, script: str | None) -> None:
    """Puts a stand-in for Maven, or none, on the PATH; no package may be installed."""
    folder.mkdir()
    if script is not None:
        (folder / "mvn").write_text(f"#!/bin/bash\n{script}\n")
        (folder / "mvn").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}")
    monkeypatch.setattr(maven, "install_system_package", lambda name, say: False)
    monkeypatch.setattr(maven, "java_command", lambda: "/opt/java/bin/java")


@pytest.mark.parametrize(
    ("script", "kind", "sentence"),
    [
        (None, PlatformError, "apt-get install maven"),
        ("echo PKIX path building failed; exit 1", PlatformError, "name a trust store"),
        ("echo UnknownHostException; exit 1", PlatformError, "check the network"),
        ("echo No space left on device; exit 1", DiskFull, "disk is full"),
        ("echo '[ERROR] odd'; exit 1", PlatformError, "odd"),
    ],
)
def test_kafka_that_cannot_be_fetched_is_explained_and_leaves_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    script: str | None,
    kind: type[PlatformError],
    sentence: str,
) -> None:
    maven_that(monkeypatch, tmp_path / "bin", script)
    with pytest.raises(kind, match=sentence):
        kafka_libraries(tmp_path / "kafka")
    assert [each.name for each in (tmp_path / "kafka").iterdir()] == ["fetch.lock"]


def test_kafka_is_fetched_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    count = tmp_path / "count"
    script = f'for last; do :; done; /bin/mkdir -p "${{last#*=}}"; echo x >>{count}'
    maven_that(monkeypatch, tmp_path / "bin", script)
    said: list[str] = []
    first = kafka_libraries(tmp_path / "kafka", said.append)
    assert kafka_libraries(tmp_path / "kafka", said.append) == first
    assert count.read_text() == "x\n"
    assert len(said) == 1
