"""Starts the platform's processes in order, keeps them running, stops them in order."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait

from payops_local.console import Console
from payops_local.servers.server import LocalServer
from payops_local.simulator.playing_notice import PlayingNotice
from payops_local.supervising.health import HealthWatch
from payops_local.supervising.log_sizes import cap_logs
from payops_local.supervising.members import Members
from payops_local.supervising.restarts import Watched
from payops_local.supervising.status_line import StatusLine

SERVER_START_LIMIT_S = 90.0
SERVICE_START_LIMIT_S = 90.0
# Together at most 20 s: services side by side, then Kafka, then mongod.
SERVICE_STOP_LIMIT_S = 8.0
SERVER_STOP_LIMIT_S = 5.5
LOOK_EVERY_S = 0.25
HEALTH_EVERY_S = 2.0
CAP_LOGS_EVERY_S = 60.0


class StopRequested(Exception):
    """Somebody asked for the end while the platform was still starting."""


class Supervisor:
    """The processes of one platform. `stopping` is set, by a signal for one, to end it all."""

    def __init__(
        self, members: Members, console: Console, history: PlayingNotice | None = None
    ) -> None:
        self.stopping = threading.Event()
        self._members = members
        self._console = console
        self._history = history
        self._watched: list[Watched] = []

    def start(self, make_topics: Callable[[], None]) -> None:
        """Servers, then topics, then everything else; returns when all are ready.

        Raises PlatformError when something does not start and StopRequested when `stopping` is
        set meanwhile; the caller then calls `stop`.
        """
        members = self._members
        if members.servers:
            self._console.say(f"Starting {_listed(members.servers)}")
            self._start_together(members.servers, SERVER_START_LIMIT_S)
        make_topics()
        rest = (*members.services, *members.helpers)
        self._console.say(f"Starting {_listed(rest)}")
        self._start_together(rest, SERVICE_START_LIMIT_S)
        self._watched = [Watched(each, self._console.say) for each in members.all]

    def run(self) -> None:
        """Watch until `stopping` is set: restart what dies, show the live line."""
        urls = {each.name: each.health_url or "" for each in self._members.services}
        health = HealthWatch(urls, HEALTH_EVERY_S)
        health.start()
        line = StatusLine(self._console, health, history=self._history)
        caps_due = time.monotonic() + CAP_LOGS_EVERY_S
        while not self.stopping.wait(LOOK_EVERY_S):
            for watched in self._watched:
                watched.look()
            line.refresh(restarts=sum(each.restarts for each in self._watched))
            if time.monotonic() >= caps_due:
                cap_logs(each.log_path for each in self._members.all)
                caps_due = time.monotonic() + CAP_LOGS_EVERY_S
        health.stop()

    def stop(self) -> None:
        """Stop services and helpers side by side, then Kafka, then mongod; within 20 s."""
        self._stop_together((*self._members.services, *self._members.helpers))
        for server in (self._members.kafka, self._members.mongo):
            if server is not None:
                self._stop_one(server, SERVER_STOP_LIMIT_S)

    def _start_together(self, processes: Iterable[LocalServer], limit_s: float) -> None:
        started = tuple(processes)
        with ThreadPoolExecutor(len(started)) as pool:
            futures = [pool.submit(each.start, limit_s) for each in started]
            try:
                self._await(futures)
            except BaseException:
                for each in started:
                    each.abandon()
                raise

    def _await(self, futures: list[Future[None]]) -> None:
        pending = set(futures)
        while pending:
            done, pending = wait(pending, timeout=LOOK_EVERY_S, return_when=FIRST_EXCEPTION)
            for future in done:
                future.result()
            if self.stopping.is_set():
                raise StopRequested

    def _stop_together(self, processes: Iterable[LocalServer]) -> None:
        stopped = [each for each in processes if each.running]
        if not stopped:
            return
        with ThreadPoolExecutor(len(stopped)) as pool:
            for each in stopped:
                pool.submit(self._stop_one, each, SERVICE_STOP_LIMIT_S)

    def _stop_one(self, process: LocalServer, limit_s: float) -> None:
        if process.running and not process.stop(limit_s):
            self._console.say(f"{process.name} did not stop within {limit_s:g} s and was killed")


def _listed(processes: Iterable[LocalServer]) -> str:
    return ", ".join(each.name for each in processes)
