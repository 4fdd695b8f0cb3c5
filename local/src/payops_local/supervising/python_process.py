"""One of our own Python programs as a supervised process."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from payops_local.ports import LOOPBACK, is_free
from payops_local.processes import ProcessRecord
from payops_local.servers.server import LocalServer
from payops_local.supervising.health import ask_health


class PythonProcess(LocalServer):
    """`python -m module arguments`; ready when its health says so, or its port is taken."""

    def __init__(
        self,
        name: str,
        module: str,
        arguments: tuple[str, ...] = (),
        *,
        python: Path,
        env: Mapping[str, str],
        data_dir: Path,
        record: ProcessRecord,
        log_path: Path,
        port: int | None = None,
        health_url: str | None = None,
        port_mend: str,
    ) -> None:
        super().__init__(
            name,
            data_dir,
            (port,) if port is not None else (),
            port_mend=port_mend,
            record=record,
            log_path=log_path,
        )
        # -P: a file in the working directory must not stand in for a module.
        self._command = [str(python), "-P", "-m", module, *arguments]
        self._env = dict(env)
        self._port = port
        self.health_url = health_url

    def prepare(self) -> list[str]:
        return self._command

    def environment(self) -> dict[str, str]:
        return self._env

    def is_ready(self) -> bool:
        if self.health_url is not None:
            health = ask_health(self.health_url)
            return health is not None and health.ready
        return self.running if self._port is None else not is_free(self._port)

    @property
    def url(self) -> str | None:
        """Its HTTP address, None for a program without one."""
        return f"http://{LOOPBACK}:{self._port}" if self.health_url else None
