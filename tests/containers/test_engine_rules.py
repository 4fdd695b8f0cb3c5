"""What the container round may do to the machine that it runs on, and what it says."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from payops_local.containers import keys
from payops_local.containers.replica_set import ensure_primary
from payops_local.errors import DiskFull, PlatformError
from payops_testing.containers import engine as engines
from payops_testing.containers.engine import Engine, OwnEngine, docker_engine
from payops_testing.containers.locking import only_one
from payops_testing.containers.stand_ins import StandIns
from payops_testing.containers.steps import run_step


def quiet(text: str) -> None:
    """Say nothing."""


def test_our_own_engine_opens_no_port_and_changes_no_rule_of_the_machine() -> None:
    with TemporaryDirectory() as short:  # a test's own folder may be too long for a socket
        command = OwnEngine(Path(short)).prepare()
    assert command.count("--host") == 1
    assert command[command.index("--host") + 1] == f"unix://{short}/docker.sock"
    assert {"--iptables=false", "--ip-forward=false", "--ip-masq=false"} <= set(command)
    assert command[command.index("--ip") + 1] == "127.0.0.1"


def test_a_folder_too_long_for_a_socket_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(PlatformError, match=r"too long for an engine's sockets: use a checkout"):
        OwnEngine(tmp_path / ("x" * 100)).prepare()


def test_stand_ins_never_take_a_real_image_s_name_in_an_engine_that_is_not_ours() -> None:
    with pytest.raises(ValueError, match="names of real images"):
        StandIns(Engine("unix:///var/run/docker.sock", own=False), quiet)


def test_forgotten_containers_are_removed_by_testcontainers_only_where_it_can_be_pulled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("TESTCONTAINERS_RYUK_DISABLED", raising=False)
    assert "TESTCONTAINERS_RYUK_DISABLED" not in Engine("unix:///a", own=False).environment()
    assert Engine("unix:///a", own=True).environment()["TESTCONTAINERS_RYUK_DISABLED"] == "true"


def test_without_an_engine_and_without_root_one_sentence_tells_the_mend(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engines, "_answering_host", lambda: None)
    monkeypatch.setattr(engines, "_found", lambda program: program)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(PlatformError, match=r"start Docker .* or run this as root"):
        docker_engine(quiet).__enter__()


def test_a_second_round_of_the_same_folder_is_told_to_wait(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with (
        only_one(lock, "One runs"),
        pytest.raises(PlatformError, match="One runs: wait for its end"),
        only_one(lock, "One runs"),
    ):
        pytest.fail("two held the lock")


def test_a_step_that_fails_says_what_failed_and_its_last_line() -> None:
    script = "import sys; sys.exit('first\\nthe reason')"
    with pytest.raises(PlatformError, match=r"^It failed \(the reason\)\.$"):
        run_step("It failed", [sys.executable, "-c", script], limit_s=20)


def test_a_step_that_hangs_ends_at_its_limit() -> None:
    with pytest.raises(PlatformError, match="It failed within 0 s"):
        run_step("It failed", [sys.executable, "-c", "import signal; signal.pause()"], limit_s=0.01)


def test_a_full_disk_is_named() -> None:
    script = "import sys; sys.exit('write: No space left on device')"
    with pytest.raises(DiskFull, match="the disk is full; free 3 GB"):
        run_step("It failed", [sys.executable, "-c", script], limit_s=20)


@pytest.fixture
def issuer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAYOPS_AUTH_ISSUER", "payops-local")
    monkeypatch.setenv("PAYOPS_AUTH_AUDIENCE", "payops")


@pytest.mark.usefixtures("issuer")
def test_the_keys_job_makes_keys_once(tmp_path: Path) -> None:
    assert keys.main([str(tmp_path)]) == 0
    first = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert keys.main([str(tmp_path)]) == 0
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == first
    assert set(first) == {"issuer.pem", "jwks.json", "cursor.key", "session.key"}
    assert "keys" in json.loads(first["jwks.json"])


@pytest.mark.usefixtures("issuer")
def test_the_keys_job_refuses_a_role_that_does_not_exist(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert keys.main([str(tmp_path), "token", "emperor"]) == 1
    assert "There is no role 'emperor'" in capsys.readouterr().err


def test_the_replica_set_job_leaves_a_set_that_has_its_primary_alone(mongo_uri: str) -> None:
    assert ensure_primary(mongo_uri)
    assert ensure_primary(mongo_uri)


def test_the_replica_set_job_gives_up_at_its_limit() -> None:
    assert not ensure_primary("mongodb://127.0.0.1:1/?replicaSet=rs0", limit_s=0.1)
