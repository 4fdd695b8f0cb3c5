"""The server classes: ready means usable, and a kill loses nothing."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from pymongo import MongoClient

from payops_local.errors import DiskFull, PortTaken, StartFailed
from payops_local.ports import LOOPBACK, free_ports
from payops_local.processes import ProcessRecord
from payops_local.servers import KafkaServer, MongoServer, kafka, private
from payops_local.servers.private import OWNER, PrivateServers, end_abandoned

pytestmark = [pytest.mark.servers, pytest.mark.faults]

STOPPED_WITHIN_S = 60.0


@pytest.fixture
def mongod(tmp_path: Path) -> Iterator[MongoServer]:
    server = MongoServer(free_ports(1)[0], tmp_path / "a folder with spaces", cache_gb=0.25)
    yield server
    server.kill()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[KafkaServer]:
    port, controller_port = free_ports(2)
    folder = tmp_path / "a folder with spaces"
    server = KafkaServer(port, controller_port, folder, short_lived=True)
    yield server
    server.kill()


def insert(server: MongoServer, number: int) -> None:
    with (
        MongoClient[dict[str, Any]](server.uri) as client,
        client.start_session() as session,
        session.start_transaction(),
    ):
        client.local_test.numbers.insert_one({"_id": number}, session=session)


def count(server: MongoServer) -> int:
    with MongoClient[dict[str, Any]](server.uri) as client:
        return client.local_test.numbers.count_documents({})


def test_mongod_takes_transactions_at_once_and_keeps_them_through_kill_and_move(
    mongod: MongoServer, tmp_path: Path
) -> None:
    mongod.start()
    insert(mongod, 1)
    mongod.kill()
    assert not mongod.running
    mongod.start()
    insert(mongod, 2)
    assert mongod.stop(STOPPED_WITHIN_S)
    moved = MongoServer(free_ports(1)[0], mongod.data_dir, cache_gb=0.25)
    moved.start()
    try:
        assert count(moved) == 2
    finally:
        moved.kill()


async def test_kafka_takes_a_group_at_once_and_keeps_records_through_a_kill(
    broker: KafkaServer,
) -> None:
    await broker.astart()
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.address)
    await admin.start()
    await admin.create_topics([NewTopic("kept", 1, 1)])
    await admin.close()
    producer = AIOKafkaProducer(
        bootstrap_servers=broker.address, acks="all", max_request_size=5_000_000
    )
    await producer.start()
    await producer.send_and_wait("kept", b"x" * 4_000_000)
    await producer.stop()
    await broker.akill()
    await broker.astart()
    consumer = AIOKafkaConsumer(
        "kept",
        bootstrap_servers=broker.address,
        group_id="g",
        auto_offset_reset="earliest",
        isolation_level="read_committed",
    )
    await consumer.start()
    try:
        record = await consumer.getone()
    finally:
        await consumer.stop()
    assert len(record.value or b"") == 4_000_000
    assert await broker.astop(STOPPED_WITHIN_S)


def test_a_paused_mongod_does_not_answer_until_it_is_resumed(mongod: MongoServer) -> None:
    mongod.start()
    mongod.pause()
    assert mongod.running
    assert not mongod.is_ready()
    mongod.resume()
    mongod.wait_until_ready()
    assert mongod.stop(STOPPED_WITHIN_S)


def test_a_taken_port_is_refused_by_name_and_nothing_is_started(mongod: MongoServer) -> None:
    with (
        socket.create_server((LOOPBACK, mongod.port)),
        pytest.raises(PortTaken, match=rf"Port {mongod.port}, .*process {os.getpid()}"),
    ):
        mongod.start()
    assert mongod.pid is None


def test_a_start_that_fails_leaves_no_process(mongod: MongoServer) -> None:
    mongod.parameters["noSuchParameter"] = "1"
    with pytest.raises(StartFailed, match=r"mongod ended at start with code \d+: see .*mongod.log"):
        mongod.start()
    assert mongod.pid is None


def test_a_start_that_takes_too_long_is_ended(
    mongod: MongoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    mongod.start()
    mongod.pause()
    with pytest.raises(StartFailed, match="not ready within 0 s"):
        mongod.wait_until_ready(limit_s=0)
    mongod.kill()
    monkeypatch.setattr(MongoServer, "is_ready", lambda _: False)  # a quick one might be
    with pytest.raises(StartFailed, match="not ready within 0 s"):
        mongod.start(limit_s=0)
    assert mongod.pid is None


def test_an_interrupted_format_is_done_anew_with_any_identifier(
    broker: KafkaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka, "new_cluster_id", lambda: "-".ljust(22, "A"))
    half_formatted = broker.data_dir / "logs"
    half_formatted.mkdir(parents=True)
    (half_formatted / "meta.properties").write_text("version=1\n")
    broker.start()
    assert broker.stop(STOPPED_WITHIN_S)


def test_a_server_is_not_reached_by_the_terminals_interrupt(mongod: MongoServer) -> None:
    mongod.start()
    assert mongod.pid is not None
    assert os.getsid(mongod.pid) == mongod.pid


def test_a_survivor_of_a_killed_owner_is_ended_by_the_next_start(tmp_path: Path) -> None:
    port = free_ports(1)[0]
    survivor = _start_in_an_owner_that_is_killed(port, tmp_path / "mongo")
    server = MongoServer(port, tmp_path / "mongo", cache_gb=0.25)
    server.start()
    try:
        assert server.pid != survivor
        assert _is_gone(survivor)
    finally:
        server.kill()


def test_a_private_server_whose_port_is_taken_meanwhile_starts_on_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server((LOOPBACK, 0)) as other, PrivateServers(tmp_path) as servers:
        taken, free = other.getsockname()[1], free_ports(1)[0]
        offered = iter([[taken], [free]])
        monkeypatch.setattr(private, "free_ports", lambda _count: next(offered))
        assert servers.mongo().port == free
        assert count(servers.mongo()) == 0


def test_servers_of_a_killed_test_session_are_cleared_away(tmp_path: Path) -> None:
    folder = tmp_path / "servers-x"
    survivor = _start_in_an_owner_that_is_killed(free_ports(1)[0], folder / "mongo")
    (folder / OWNER).write_text('{"pid": 1, "birth": "another life"}')
    with PrivateServers(tmp_path):
        assert end_abandoned(tmp_path) == 1
        assert len(list(tmp_path.glob("servers-*"))) == 1, "a living owner's folder stays"
    assert _is_gone(survivor)
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_reuses_a_recorded_id_is_left_alone(tmp_path: Path) -> None:
    record = ProcessRecord(tmp_path / "process.json")
    record.path.write_text(f'{{"pid": {os.getpid()}, "birth": "of somebody else"}}')
    assert record.live_pid() is None
    assert not record.end_survivor()


def test_a_full_disk_is_named(mongod: MongoServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("payops_local.servers.server.require_room.__defaults__", (1 << 60,))
    with pytest.raises(DiskFull, match="is full: free at least"):
        mongod.start()
    assert mongod.pid is None


def _is_gone(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def _start_in_an_owner_that_is_killed(port: int, data_dir: Path) -> int:
    script = (
        "import sys, time; from pathlib import Path; from payops_local.servers import MongoServer\n"
        "server = MongoServer(int(sys.argv[1]), Path(sys.argv[2]), cache_gb=0.25)\n"
        "server.start(); print(server.pid, flush=True); time.sleep(600)\n"
    )
    command = [sys.executable, "-c", script, str(port), str(data_dir)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        owner.send_signal(signal.SIGKILL)
    assert psutil.pid_exists(pid)
    return pid
