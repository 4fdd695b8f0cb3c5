"""Servers that the environment names, beside those of a platform that was started before."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from payops_local.cli import main
from payops_local.places import DataFolder
from payops_local.platform import require_servers_as_named, running_platform
from payops_local.run_state import READY, RunState, supervisor_record, write_run_state

OTHER = {"PAYOPS_KAFKA": "127.0.0.1:2", "PAYOPS_MONGO": "mongodb://127.0.0.1:3"}


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataFolder:
    """The folder of a platform that was started on servers of its own, and has stopped."""
    for name in OTHER:
        monkeypatch.delenv(name, raising=False)
    folder = DataFolder(tmp_path)
    folder.run.mkdir()
    state = RunState(
        phase=READY,
        port_base=9_000,
        kafka="127.0.0.1:9090",
        mongo="mongodb://127.0.0.1:9092",
        external_kafka=False,
        external_mongo=False,
    )
    write_run_state(folder, state)
    return folder


@pytest.mark.parametrize("name", OTHER)
def test_a_named_server_wins_over_a_platform_that_has_stopped(
    data: DataFolder, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, OTHER[name])
    platform = running_platform(data)
    used = {"PAYOPS_KAFKA": platform.kafka, "PAYOPS_MONGO": platform.mongo}
    expected = {"PAYOPS_KAFKA": "127.0.0.1:9090", "PAYOPS_MONGO": "mongodb://127.0.0.1:9092"}
    assert used == expected | {name: OTHER[name]}
    require_servers_as_named(platform)


@pytest.mark.parametrize("name", OTHER)
def test_work_for_another_server_than_the_running_platforms_is_refused(
    data: DataFolder,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
) -> None:
    supervisor_record(data).write(os.getpid())
    monkeypatch.setenv(name, OTHER[name])
    assert main(["publish", "upstream.payments", "-", "--data", str(data.root)]) == 1
    assert f"{name} names another server than the one that the platform" in capsys.readouterr().err
    assert running_platform(data).kafka == "127.0.0.1:9090"


def test_a_call_that_needs_no_server_works_beside_a_running_platform(
    data: DataFolder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    supervisor_record(data).write(os.getpid())
    monkeypatch.setenv("PAYOPS_KAFKA", OTHER["PAYOPS_KAFKA"])
    main(["status", "--json", "--data", str(data.root)])
    assert '"kafka": "127.0.0.1:9090"' in capsys.readouterr().out


def test_the_same_server_named_again_is_no_other(
    data: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    supervisor_record(data).write(os.getpid())
    monkeypatch.setenv("PAYOPS_KAFKA", "127.0.0.1:9090")
    require_servers_as_named(running_platform(data))
