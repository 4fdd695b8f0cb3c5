"""`up`, `down`, `status` and `logs` from outside, with real servers and a toy for a service."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest

from payops_local.kafka_logs import kafka_logs
from payops_local.ports import LOOPBACK, is_free
from payops_local.servers.private import PrivateServers
from payops_testing.local.platform_runs import CALL_LIMIT_S, Folder
from payops_testing.platforms import eventually

STOPPED_WITHIN_S = 60

pytestmark = [pytest.mark.servers, pytest.mark.faults, pytest.mark.timeout(900)]


@pytest.fixture
def folder(tmp_path: Path, kafka_address: str, mongo_uri: str) -> Iterator[Folder]:
    """A platform on the session's servers: only the toy and the mail sink are its own."""
    platform = Folder(
        tmp_path / "a folder with spaces", PAYOPS_KAFKA=kafka_address, PAYOPS_MONGO=mongo_uri
    )
    yield platform
    platform.end()


@pytest.fixture
def whole(tmp_path: Path) -> Iterator[Folder]:
    """A platform with servers of its own."""
    platform = Folder(tmp_path / "whole")
    yield platform
    platform.end()


def refusal(platform: Folder, *call: str) -> str:
    """The one sentence of a call that must fail; nothing of it may run on."""
    before = platform.pids()
    done = platform.call(*call)
    assert done.returncode != 0
    complaints = [line for line in done.stderr.splitlines() if line.startswith("payops: ")]
    assert len(complaints) == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert platform.pids() == before
    return complaints[0]


async def all_records(kafka: str, topic: str) -> list[bytes]:
    """The values of what a topic holds."""
    async with kafka_logs(kafka) as logs:
        return [
            record.value
            for tp, log in (await logs.bounds(logs.partitions(topic))).items()
            async for record in logs.read(tp, log.start, log.end)
        ]


def test_detached_platform_is_ready_when_up_returns_and_gone_after_down(folder: Folder) -> None:
    done = folder.call("up", "--detach", "--no-demo")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"http://127.0.0.1:{folder.base + 11}" in done.stdout
    assert "payops token viewer" in done.stdout
    status = folder.status()
    assert status["ready"]
    assert status["kafka"] == folder.env["PAYOPS_KAFKA"]
    assert [row["name"] for row in status["services"]] == ["toy"]
    assert status["services"][0]["pid"] == folder.pids()["toy"]
    assert status["lag"] == {"toys": 7}
    assert set(status) >= {"gateway", "backoffice", "mongo", "services", "lag"}
    down = folder.call("down")
    assert (down.returncode, down.stdout) == (0, "PayOps has stopped.\n")
    assert folder.pids() == {}
    assert folder.call("status").returncode == 1
    assert folder.call("down").returncode == 0


def test_token_alone_stands_on_standard_output_and_outlives_a_restart(folder: Folder) -> None:
    assert "up" in refusal(folder, "token", "viewer")
    folder.call("up", "--detach", "--no-demo")
    token = folder.call("token", "operator").stdout
    folder.call("down")
    folder.call("up", "--detach", "--no-demo")
    keys = jwt.PyJWKSet.from_json((folder.data / "keys" / "jwks.json").read_text())
    claims = jwt.decode(
        token.strip(),
        keys.keys[0],
        algorithms=["EdDSA"],
        audience="payops",
        issuer="payops-local",
    )
    assert claims["roles"] == ["operator"]
    assert claims["sub"] == "operator@payops.local"
    assert claims["exp"] - claims["iat"] == 8 * 3600
    assert (folder.data / "keys" / "issuer.pem").stat().st_mode & 0o077 == 0


def test_a_second_up_is_refused_and_the_first_goes_on(folder: Folder) -> None:
    folder.call("up", "--detach", "--no-demo")
    pid = folder.pids()["supervisor"]
    for call in (("up",), ("up", "--detach")):
        assert f"already runs from {folder.data} (process {pid})" in refusal(folder, *call)
    assert folder.status()["ready"]


def test_a_killed_service_is_started_again_and_that_is_said(folder: Folder) -> None:
    folder.call("up", "--detach", "--no-demo")
    killed = folder.pids()["toy"]
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: folder.pids().get("toy", killed) != killed and folder.status()["ready"])
    said = folder.call("logs", "supervisor", "--no-follow").stdout
    assert "toy ended (killed by signal 9); starting it again in 0.5 s" in said
    assert f"toy started again (process {folder.pids()['toy']})" in said


def test_interrupt_stops_services_while_kafka_still_answers_then_the_servers(whole: Folder) -> None:
    up = whole.begin("up", "--no-demo")
    eventually(lambda: "is ready after" in whole.said() or up.poll() is not None)
    began = time.monotonic()
    up.send_signal(signal.SIGINT)
    assert up.wait(STOPPED_WITHIN_S) == 0
    assert time.monotonic() - began < STOPPED_WITHIN_S
    assert (whole.data / "toy-stopped").read_text() == "kafka was up"
    assert whole.pids() == {}
    kafka_end = (whole.data / "logs" / "kafka.log").stat().st_mtime
    mongod_end = (whole.data / "logs" / "mongod.log").stat().st_mtime
    assert kafka_end <= mongod_end
    assert "was killed" not in whole.said()


def test_interrupt_during_the_start_leaves_nothing(whole: Folder) -> None:
    up = whole.begin("up", "--no-demo")
    eventually(lambda: "mongod" in whole.pids(), why="mongod runs")
    up.send_signal(signal.SIGTERM)
    assert up.wait(STOPPED_WITHIN_S) != 0
    assert whole.pids() == {}
    assert all(is_free(whole.base + offset) for offset in (11, 90, 91, 92, 93))


def test_after_a_kill_of_everything_the_next_up_continues(whole: Folder) -> None:
    assert whole.call("up", "--detach", "--no-demo").returncode == 0
    formatted = (whole.data / "kafka" / "formatted").read_text()
    lines = '{"specversion":"1.0","id":"1","source":"s","type":"t","subject":"x"}\n'
    published = whole.call("publish", "upstream.payments", "-", given=lines)
    assert published.stdout == "Published 1 event(s) to upstream.payments.\n"
    for pid in whole.pids().values():
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: not whole.pids())
    again = whole.call("up", "--detach", "--no-demo")
    assert again.returncode == 0, again.stdout + again.stderr
    assert (whole.data / "kafka" / "formatted").read_text() == formatted
    assert whole.status()["ready"]
    kept = asyncio.run(all_records(whole.status()["kafka"], "upstream.payments"))
    assert kept == [lines.strip().encode()]


def test_after_a_kill_of_the_supervisor_alone_the_next_up_ends_what_it_left(folder: Folder) -> None:
    folder.call("up", "--detach", "--no-demo")
    left = folder.pids()
    os.kill(left.pop("supervisor"), signal.SIGKILL)
    again = folder.call("up", "--detach", "--no-demo")
    assert again.returncode == 0, again.stderr
    assert "Ended what a killed platform had left running: smtp-sink, toy" in again.stdout
    assert not set(folder.pids().values()) & set(left.values())
    os.kill(folder.pids()["supervisor"], signal.SIGKILL)
    down = folder.call("down")
    assert down.stdout == "Ended what a killed platform had left running: smtp-sink, toy.\n"
    assert folder.pids() == {}


def test_a_taken_port_is_refused_before_anything_starts(whole: Folder) -> None:
    with socket.create_server((LOOPBACK, whole.base + 92)):
        said = refusal(whole, "up", "--no-demo")
    assert f"Port {whole.base + 92}, needed by mongod, is taken by " in said
    assert "PAYOPS_PORT_BASE" in said
    assert not (whole.data / "kafka").exists()


def test_a_service_that_dies_at_start_is_named_and_all_is_stopped(folder: Folder) -> None:
    folder.env["TOY_DIES"] = "1"
    said = refusal(folder, "up", "--detach", "--no-demo")
    assert "toy ended at start with code 1: see" in said
    assert "a toy that does not work" in said
    assert is_free(folder.base + 93)


@pytest.mark.parametrize("name", ["PAYOPS_KAFKA", "PAYOPS_MONGO"])
def test_an_unreachable_server_is_named_with_the_mend(folder: Folder, name: str) -> None:
    address = f"127.0.0.1:{folder.base + 50}"
    folder.env[name] = address if name == "PAYOPS_KAFKA" else f"mongodb://{address}"
    said = refusal(folder, "up", "--no-demo")
    assert f"{name}=" in said
    assert f"unset {name}" in said


def test_an_address_that_is_no_kafka_is_refused(folder: Folder, mongo_uri: str) -> None:
    folder.env["PAYOPS_KAFKA"] = mongo_uri.removeprefix("mongodb://").partition("/")[0]
    assert "No Kafka broker answers" in refusal(folder, "up", "--no-demo")


def test_a_full_disk_is_refused_with_the_mend(whole: Folder, tmp_path: Path) -> None:
    small = tmp_path / "small disk"
    small.mkdir()
    up = " ".join(f"'{each}'" for each in whole.command("up", "--no-demo"))
    script = f"mount -t tmpfs -o size=16m none '{small}' && exec {up} --data '{small}'"
    namespace = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "-Urm"]
    done = subprocess.run(
        [*namespace, "sh", "-c", script],
        env=whole.env,
        capture_output=True,
        text=True,
        timeout=CALL_LIMIT_S,
        check=False,
    )
    assert done.returncode == 1
    assert f"The disk that holds {small} is full: free at least" in done.stderr
    assert "--data" in done.stderr
    assert is_free(whole.base + 92)


@pytest.mark.parametrize("call", [("up",), ("up", "--detach")])
def test_a_data_folder_that_cannot_be_made_is_named(folder: Folder, call: tuple[str, ...]) -> None:
    folder.data.write_text("a file")
    assert f"The platform cannot use {folder.data}: " in refusal(folder, *call)


def test_a_password_in_the_mongo_uri_is_not_shown(folder: Folder) -> None:
    folder.env["PAYOPS_MONGO"] = f"mongodb://me:secret@127.0.0.1:{folder.base + 50}/"
    said = refusal(folder, "up", "--no-demo")
    assert "mongodb://***@127.0.0.1" in said
    assert "secret" not in said + folder.call("status", "--json").stdout


def test_a_senseless_port_base_is_refused(folder: Folder) -> None:
    folder.env["PAYOPS_PORT_BASE"] = "many"
    assert "set it to a number from 1 to" in refusal(folder, "status")


def test_logs_of_an_unknown_name_tell_the_known_ones(folder: Folder) -> None:
    folder.call("up", "--detach", "--no-demo")
    assert "there are smtp-sink, supervisor, toy" in refusal(folder, "logs", "nobody")


def test_publish_names_bad_lines_and_sends_the_others(folder: Folder) -> None:
    folder.call("up", "--detach", "--no-demo")
    good = '{"specversion":"1.0","id":"1","source":"s","type":"t","subject":"x"}'
    done = folder.call("publish", "upstream.payments", "-", given=f"{good}\nnonsense\n[]\n{{}}\n")
    assert done.returncode == 1
    assert "Line 2 is left out: it is not JSON." in done.stderr
    assert "Line 3 is left out: it is not a JSON object." in done.stderr
    assert "Line 4 is left out: it is no CloudEvent, it lacks specversion, id" in done.stderr
    assert done.stdout == "Published 1 event(s) to upstream.payments, left out 3 line(s).\n"
    assert "There is no topic 'nothing'" in refusal(folder, "publish", "nothing", "-")
    assert "cannot be read" in refusal(folder, "publish", "upstream.payments", "/no/such/file")


def test_private_servers_are_not_shared_with_a_platform(
    folder: Folder, private_servers: PrivateServers
) -> None:
    folder.call("up", "--detach", "--no-demo")
    folder.call("down")
    assert private_servers.kafka().running
    assert private_servers.mongo().running
