"""mongod as a replica set of one, from the wheel that the lock names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from payops_local.connections import MongoClient, OperationFailure, PyMongoError
from payops_local.ports import LOOPBACK
from payops_local.processes import ProcessRecord
from payops_local.servers.mongod import mongod_binary
from payops_local.servers.server import PORT_MEND, LocalServer
from payops_local.services import REPLICA_SET

CACHE_GB = 1.0
PROBE_TIMEOUT_MS = 1_000
QUIESCE_MS = 100
_NOT_YET_INITIALIZED = 94
_INVALID_REPLICA_SET_CONFIG = 93


class MongoServer(LocalServer):
    """A mongod on 127.0.0.1:`port`, the only member of its replica set.

    `test_commands=True` allows fail points (`failCommand`). `parameters` are further
    `--setParameter` settings. Ready means: primary, so that writes and transactions work. A
    start after `kill` recovers from the journal; a start on another port keeps the data.
    """

    def __init__(
        self,
        port: int,
        data_dir: Path,
        *,
        test_commands: bool = False,
        cache_gb: float = CACHE_GB,
        parameters: Mapping[str, str] | None = None,
        port_mend: str = PORT_MEND,
        record: ProcessRecord | None = None,
        log_path: Path | None = None,
    ) -> None:
        super().__init__(
            "mongod",
            data_dir,
            (port,),
            port_mend=port_mend,
            record=record,
            log_path=log_path,
        )
        self.port = port
        self.test_commands = test_commands
        self.cache_gb = cache_gb
        self.parameters = dict(parameters or {})

    @property
    def address(self) -> str:
        """host:port"""
        return f"{LOOPBACK}:{self.port}"

    @property
    def uri(self) -> str:
        """The connection string that names the replica set."""
        return f"mongodb://{self.address}/?replicaSet={REPLICA_SET}"

    def prepare(self) -> list[str]:
        files = self.data_dir / "db"
        files.mkdir(parents=True, exist_ok=True)
        command = [
            str(mongod_binary()),
            *("--dbpath", str(files)),
            *("--port", str(self.port)),
            *("--bind_ip", LOOPBACK),
            *("--replSet", REPLICA_SET),
            *("--wiredTigerCacheSizeGB", str(self.cache_gb)),
            "--nounixsocket",
        ]
        for key, value in self._set_parameters().items():
            command += ["--setParameter", f"{key}={value}"]
        return command

    def _set_parameters(self) -> dict[str, str]:
        # A lone primary has nobody to hand over to: the default quiet time of 15 s is wasted.
        settings = {
            "shutdownTimeoutMillisForSignaledShutdown": str(QUIESCE_MS),
            "diagnosticDataCollectionEnabled": "false",
        }
        if self.test_commands:
            settings["enableTestCommands"] = "1"
        return settings | self.parameters

    def is_ready(self) -> bool:
        """True once primary; starts the replica set on new data, renames a moved member."""
        client: MongoClient[dict[str, Any]] = MongoClient(
            self.address,
            directConnection=True,
            serverSelectionTimeoutMS=PROBE_TIMEOUT_MS,
            connectTimeoutMS=PROBE_TIMEOUT_MS,
            socketTimeoutMS=PROBE_TIMEOUT_MS * 10,
        )
        with client:
            try:
                if client.admin.command("hello").get("isWritablePrimary"):
                    return True
                self._take_the_lead(client)
            except PyMongoError:
                return False
        return False

    def _take_the_lead(self, client: MongoClient[dict[str, Any]]) -> None:
        members = [{"_id": 0, "host": self.address}]
        try:
            client.admin.command("replSetGetStatus")
        except OperationFailure as refusal:
            if refusal.code == _NOT_YET_INITIALIZED:
                client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": members})
            elif refusal.code == _INVALID_REPLICA_SET_CONFIG:
                config = client.admin.command("replSetGetConfig")["config"]
                config["members"][0]["host"] = self.address
                config["version"] += 1
                client.admin.command("replSetReconfig", config, force=True)
