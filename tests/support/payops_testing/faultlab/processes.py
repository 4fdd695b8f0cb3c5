"""Service processes as a supervisor runs them, and everything that may happen to them."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from payops_kernel.testing import eventually
from payops_local.places import CHECKOUT
from payops_local.ports import free_ports
from payops_local.servers.server import log_tail
from payops_testing.faultlab.service import ServiceUnderFault

SOURCES = ("contracts/src", "shared/src")
READY_SECONDS = 40.0
CRASH_SECONDS = 40.0
STOP_SECONDS = 20.0
ANSWER_SECONDS = 12.0
LOOK_SECONDS = 0.15


class ServiceProcess:
    """One ``python -m <service>``; ended by its owner, never by a name."""

    def __init__(
        self, service: ServiceUnderFault, environment: Mapping[str, str], log_path: Path
    ) -> None:
        self.service = service
        self.port = free_ports(1)[0]
        self.log_path = log_path
        paths = os.pathsep.join(str(CHECKOUT / path) for path in (*SOURCES, service.sources))
        with log_path.open("ab") as log:
            self._popen = subprocess.Popen(
                [sys.executable, "-m", service.name],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={
                    **os.environ,
                    **environment,
                    "PAYOPS_PORT": str(self.port),
                    "PYTHONPATH": paths,
                },
                start_new_session=True,
            )

    @property
    def exit_code(self) -> int | None:
        """None while it runs; minus the signal that ended it."""
        return self._popen.poll()

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        self._popen.kill()
        self._popen.wait()

    def pause(self) -> None:
        """SIGSTOP: it holds its connections and does nothing."""
        self._popen.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        self._popen.send_signal(signal.SIGCONT)

    async def stop(self) -> int:
        """SIGTERM and the exit code; past the promised 20 s an ``AssertionError``."""
        self.resume()
        self._popen.terminate()
        return await self.ended(STOP_SECONDS)

    async def ended(self, deadline: float) -> int:
        """The exit code once it has ended by itself."""
        code = await eventually(
            lambda: self.exit_code, deadline, until=lambda seen: seen is not None
        )
        assert code is not None
        return code

    async def crashed(self) -> None:
        """It has died by SIGKILL, as a crash point lets it."""
        code = await self.ended(CRASH_SECONDS)
        assert code == -signal.SIGKILL, f"exit code {code}; {self.log_tail()}"

    async def health(self) -> dict[str, Any] | None:
        """The body of ``/health/ready``, None while it does not answer."""
        try:
            async with httpx.AsyncClient(timeout=ANSWER_SECONDS, verify=False) as client:
                answer = await client.get(f"http://127.0.0.1:{self.port}/health/ready")
        except httpx.HTTPError:
            return None
        body: dict[str, Any] = answer.json()
        return body

    async def ready(self, deadline: float = READY_SECONDS) -> dict[str, Any]:
        """What it answers once it says that it is ready."""

        async def look() -> dict[str, Any]:
            self.require_running()
            body = await self.health()
            assert body is not None, f"no answer; {self.log_tail()}"
            assert body["ready"], f"{body['reasons']}; {self.log_tail()}"
            return body

        return await eventually(look, deadline, every=LOOK_SECONDS)

    def require_running(self) -> None:
        """It has not ended by itself."""
        assert self.exit_code is None, f"ended with {self.exit_code}; {self.log_tail()}"

    def log_tail(self) -> str:
        """The end of what it wrote."""
        return f"log: {log_tail(self.log_path, 3_000)}"

    def log_text(self) -> str:
        """All that it wrote."""
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    async def aend(self) -> None:
        """Whatever state it is in: end it."""
        await asyncio.to_thread(self.kill)
