"""When the supervisor starts a dead process again, and what it says."""

from __future__ import annotations

from pathlib import Path

from payops_local.errors import DiskFull
from payops_local.servers.server import LocalServer
from payops_local.supervising.restarts import Backoff, Watched


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Dying(LocalServer):
    """A process that is dead whenever one looks; its launches can be made to fail."""

    def __init__(self, tmp_path: Path) -> None:
        super().__init__("dying", tmp_path, ())
        self.launched = 0
        self.alive = False
        self.trouble: DiskFull | None = None

    @property
    def running(self) -> bool:
        return self.alive

    @property
    def exit_code(self) -> int | None:
        return -9

    def launch(self) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.launched += 1


def watched(tmp_path: Path) -> tuple[Watched, Dying, Clock, list[str]]:
    clock, said, process = Clock(), list[str](), Dying(tmp_path)
    return Watched(process, said.append, clock), process, clock, said


def test_delays_double_up_to_a_limit_and_begin_anew_after_a_run_that_lasted() -> None:
    backoff = Backoff()
    assert [backoff.next_delay_s(1) for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert backoff.next_delay_s(3_600) == 0.5
    assert backoff.next_delay_s(1) == 1


def test_a_dead_process_is_started_only_when_its_delay_is_over(tmp_path: Path) -> None:
    watch, process, clock, said = watched(tmp_path)
    watch.look()
    watch.look()
    assert process.launched == 0
    clock.now = 0.5
    watch.look()
    assert (process.launched, watch.restarts) == (1, 1)
    assert said[0].startswith("dying ended (killed by signal 9); starting it again in 0.5 s.")


def test_a_start_that_fails_is_said_and_tried_again_later(tmp_path: Path) -> None:
    watch, process, clock, said = watched(tmp_path)
    watch.look()
    process.trouble = DiskFull("The disk is full: free some.")
    clock.now = 0.5
    watch.look()
    assert said[1].startswith("The disk is full: free some; starting it again in 1 s.")
    process.trouble = None
    clock.now = 1.5
    watch.look()
    assert process.launched == 1


def test_a_running_process_is_left_alone(tmp_path: Path) -> None:
    watch, process, clock, said = watched(tmp_path)
    process.alive = True
    clock.now = 100
    watch.look()
    assert (process.launched, said) == (0, [])
