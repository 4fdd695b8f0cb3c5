"""Stop the platform that runs from the data folder, in order; says so when none runs."""

from __future__ import annotations

import argparse
import os
import signal
import time

from payops_local.errors import PlatformError
from payops_local.places import DataFolder
from payops_local.platform import Platform
from payops_local.processes import POLL_S
from payops_local.run_state import supervisor_record
from payops_local.supervising.survivors import end_survivors

STOP_LIMIT_S = 30.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No options of its own."""


def run(args: argparse.Namespace, platform: Platform) -> int:
    """Exit code 0 when nothing runs any more; raises PlatformError past the limit."""
    data = platform.data
    pid = supervisor_record(data).live_pid()
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
        _await_end(data, pid)
        print("PayOps has stopped.")
        return 0
    ended = end_survivors(data)
    if ended:
        print(f"Ended what a killed platform had left running: {', '.join(ended)}.")
    else:
        print(f"PayOps is not running from {data.root}.")
    return 0


def _await_end(data: DataFolder, pid: int) -> None:
    deadline = time.monotonic() + STOP_LIMIT_S
    while supervisor_record(data).live_pid() == pid:
        if time.monotonic() > deadline:
            raise PlatformError(
                f"The supervisor (process {pid}) has not stopped within {STOP_LIMIT_S:.0f} s: "
                f"see {data.logs / 'supervisor.log'}, or end it with `kill -9 {pid}` and run "
                "`./payops down` again."
            )
        time.sleep(POLL_S)
