"""Apache Kafka in KRaft mode, one node that is broker and controller."""

from __future__ import annotations

import base64
import shutil
import subprocess
import uuid
from collections.abc import Mapping
from pathlib import Path

from payops_local.errors import StartFailed
from payops_local.ports import LOOPBACK
from payops_local.processes import ProcessRecord
from payops_local.servers.java import java_command
from payops_local.servers.kafka_probe import coordinators_loaded
from payops_local.servers.kafka_settings import LOG4J, server_properties
from payops_local.servers.maven import kafka_libraries
from payops_local.servers.server import PORT_MEND, LocalServer, last_line, log_tail

HEAP_MB = 512
QUICK_START = "-XX:TieredStopAtLevel=1"
"""Half of a start is the compiler at work; without its slow half a broker answers slower later."""
FORMAT_LIMIT_S = 120.0
# One group for each partition of the offsets topic (kafka_settings sets four): the coordinator
# of a group answers only once its partition has been loaded.
_PROBE_GROUPS = ("a", "b", "c", "d")


def new_cluster_id() -> str:
    """16 random bytes as Kafka writes them: URL-safe base64 of 22 characters."""
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")


class KafkaServer(LocalServer):
    """A Kafka broker on 127.0.0.1:`port`, its controller on `controller_port`.

    Ready means: the group coordinators answer, so that consumers can join at once. A start after
    `kill` recovers its logs. `settings` add to or override the broker's settings. One that is
    `short_lived` spends less on its start, and more on its work.
    """

    def __init__(
        self,
        port: int,
        controller_port: int,
        data_dir: Path,
        *,
        settings: Mapping[str, str] | None = None,
        libraries: Path | None = None,
        heap_mb: int = HEAP_MB,
        short_lived: bool = False,
        port_mend: str = PORT_MEND,
        record: ProcessRecord | None = None,
        log_path: Path | None = None,
    ) -> None:
        super().__init__(
            "kafka",
            data_dir,
            (port, controller_port),
            port_mend=port_mend,
            record=record,
            log_path=log_path,
        )
        self.port = port
        self.controller_port = controller_port
        self.settings = dict(settings or {})
        self._options = [f"-Xmx{heap_mb}m", *([QUICK_START] if short_lived else [])]
        self._libraries = libraries

    @property
    def address(self) -> str:
        """host:port, as in a client's bootstrap servers."""
        return f"{LOOPBACK}:{self.port}"

    def prepare(self) -> list[str]:
        properties = self.data_dir / "server.properties"
        properties.write_text(
            server_properties(self.port, self.controller_port, self._logs, self.settings),
            encoding="utf-8",
        )
        (self.data_dir / "log4j2.properties").write_text(LOG4J, encoding="utf-8")
        self._format_once(properties)
        return [*self._java(*self._options), "kafka.Kafka", str(properties)]

    def is_ready(self) -> bool:
        return coordinators_loaded(self.address, _PROBE_GROUPS)

    @property
    def _logs(self) -> Path:
        return self.data_dir / "logs"

    def _java(self, *options: str) -> list[str]:
        libraries = self._libraries or kafka_libraries()
        return [
            java_command(),
            *options,
            "-XX:+UseSerialGC",
            "-XX:-UsePerfData",
            "-Djava.awt.headless=true",
            f"-Dlog4j2.configurationFile={self.data_dir / 'log4j2.properties'}",
            *("-cp", f"{libraries}/*"),
        ]

    def _format_once(self, properties: Path) -> None:
        """Format new storage; storage whose format was interrupted is formatted anew."""
        formatted = self.data_dir / "formatted"
        if formatted.exists():
            return
        shutil.rmtree(self._logs, ignore_errors=True)
        cluster_id = new_cluster_id()
        # With equals signs: an identifier that begins with a dash would be read as an option.
        command = [
            *self._java("-Xmx128m", QUICK_START),
            *("kafka.tools.StorageTool", "format"),
            *(f"--cluster-id={cluster_id}", f"--config={properties}"),
        ]
        if not self._formats(command):
            tail = log_tail(self.log_path)
            if "No space left on device" in tail:
                raise self._why_it_ended()
            raise StartFailed(
                f"Kafka's storage could not be formatted: see {self.log_path}{last_line(tail)}."
            )
        formatted.write_text(cluster_id, encoding="utf-8")

    def _formats(self, command: list[str]) -> bool:
        with self.log_path.open("ab") as log:
            try:
                done = subprocess.run(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    timeout=FORMAT_LIMIT_S,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                return False
        return done.returncode == 0
