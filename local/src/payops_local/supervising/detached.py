"""`up --detach`: the supervisor in a session of its own, its words relayed until all is ready."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from payops_local.console import complain
from payops_local.platform import Platform
from payops_local.processes import POLL_S, end_process
from payops_local.run_state import READY, read_run_state, sole_supervisor, supervisor_record

STOP_LIMIT_S = 30.0
INTERRUPTED = 130
_COMPLAINT = "payops: "


def start_detached(platform: Platform, options: list[str]) -> int:
    """Exit code 0 when all is ready; else the supervisor's own, with nothing left running."""
    with sole_supervisor(platform.data):
        pass  # refuses before the log of a running supervisor is touched
    log = platform.data.logs / "supervisor.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [str(platform.python), "-P", "-m", "payops_local", "up", *options]
    with log.open("wb") as output:
        supervisor = subprocess.Popen(
            [*command, "--data", str(platform.data.root)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=platform.data.root,
            start_new_session=True,
        )
    try:
        return _await_ready(platform, supervisor, log)
    except KeyboardInterrupt:
        end_process(supervisor.pid, STOP_LIMIT_S)
        return INTERRUPTED


def _await_ready(platform: Platform, supervisor: subprocess.Popen[bytes], log: Path) -> int:
    relayed = 0
    while True:
        exit_code = supervisor.poll()
        ready = _is_ready(platform, supervisor.pid)
        # After both looks: what it said before its end, or before it was ready, is in the log now.
        relayed = _relay(log, relayed)
        if exit_code is not None:
            return exit_code or 1
        if ready:
            return 0
        time.sleep(POLL_S)


def _is_ready(platform: Platform, pid: int) -> bool:
    state = read_run_state(platform.data)
    mine = supervisor_record(platform.data).live_pid() == pid
    return mine and state is not None and state.phase == READY


def _relay(log: Path, start: int) -> int:
    with log.open("rb") as said:
        said.seek(start)
        whole, separator, _ = said.read().rpartition(b"\n")
    for line in whole.decode("utf-8", errors="replace").splitlines():
        if line.startswith(_COMPLAINT):
            complain(line.removeprefix(_COMPLAINT))
        else:
            print(line)
    sys.stdout.flush()
    return start + len(whole) + len(separator)
