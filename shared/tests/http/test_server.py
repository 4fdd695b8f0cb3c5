"""A real process: it serves, turns readiness off, and ends in order with a telling exit code."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from payops_kernel.testing import SLOW_MACHINE
from payops_local.ports import free_ports

SCRIPT = """
import asyncio, contextlib, sys
from fastapi import APIRouter
from prometheus_client import CollectorRegistry
from payops_kernel.http import server
from payops_kernel.http.app import create_http_app, serve
from payops_kernel.http.health import ServiceHealth
from payops_kernel.settings import ServiceSettings

MODE = sys.argv[1]
if MODE == "hangs":
    server.STOP_WITHIN_S = 3.0

@contextlib.asynccontextmanager
async def lifespan(app):
    asyncio.get_running_loop()
    if MODE == "cannot-start":
        raise RuntimeError("nothing to start with")
    yield
    print("closed in order", flush=True)
    if MODE == "hangs":
        await asyncio.Event().wait()

health = ServiceHealth("sample")
router = APIRouter()

@router.post("/give-up")
async def give_up() -> None:
    health.give_up("stuck")

@router.get("/slow")
async def slow() -> str:
    print("began", flush=True)
    await asyncio.sleep(0.3)
    return "done"

def app():
    return create_http_app(title="Sample", settings=ServiceSettings(), health=health,
        metrics=CollectorRegistry(), routers=[router], lifespan=lifespan)

serve(app, ServiceSettings())
"""
DEADLINE_S = 20.0 * SLOW_MACHINE


class Process:
    """The script above, running."""

    def __init__(self, folder: Path, mode: str) -> None:
        script = folder / "sample.py"
        script.write_text(SCRIPT)
        (self.port,) = free_ports(1)
        env = {**os.environ, "PAYOPS_PORT": str(self.port)}
        self.process = subprocess.Popen(
            [sys.executable, str(script), mode], env=env, stdout=subprocess.PIPE, text=True
        )
        self.url = f"http://127.0.0.1:{self.port}"

    def wait_ready(self) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            try:
                if httpx.get(self.url + "/health/ready", timeout=DEADLINE_S).status_code == 200:
                    return
            except httpx.TransportError:
                assert self.process.poll() is None, "it ended instead of serving"
        raise AssertionError("it did not become ready")

    def wait_line(self, wanted: str) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.strip() == wanted:
                return
        raise AssertionError(f"it ended without saying {wanted}")

    def end(self) -> tuple[int, str]:
        out, _ = self.process.communicate(timeout=DEADLINE_S)
        return self.process.returncode, out


def test_sigterm_lets_a_running_request_finish_and_closes_in_order(tmp_path: Path) -> None:
    process = Process(tmp_path, "normal")
    process.wait_ready()
    with ThreadPoolExecutor(1) as caller:
        pending = caller.submit(httpx.get, process.url + "/slow", timeout=DEADLINE_S)
        process.wait_line("began")
        process.process.send_signal(signal.SIGTERM)
        assert pending.result().text == '"done"'
    code, out = process.end()
    assert (code, out.splitlines()[-1]) == (0, "closed in order")


def test_a_service_that_gives_up_exits_with_1(tmp_path: Path) -> None:
    process = Process(tmp_path, "normal")
    process.wait_ready()
    httpx.post(process.url + "/give-up", timeout=DEADLINE_S)
    code, out = process.end()
    assert (code, out.splitlines()[-1]) == (1, "closed in order")


def test_a_stop_that_hangs_is_cut_off(tmp_path: Path) -> None:
    process = Process(tmp_path, "hangs")
    process.wait_ready()
    began = time.monotonic()
    process.process.send_signal(signal.SIGTERM)
    assert process.end()[0] == 1
    assert time.monotonic() - began < DEADLINE_S / 4


def test_a_service_that_cannot_start_exits_with_3(tmp_path: Path) -> None:
    assert Process(tmp_path, "cannot-start").end()[0] == 3
