"""Start the whole platform on this machine and keep it running until Ctrl-C (or `payops down`).

mongod, Kafka, the topics, every service, a mail sink, the web pages unless --no-backoffice and,
unless --no-demo, an upstream simulator that publishes lively traffic. PAYOPS_KAFKA and PAYOPS_MONGO
name servers to use instead; PAYOPS_PORT_BASE moves all ports. Data and logs lie in one folder, and
a restart continues there.
"""

from __future__ import annotations

import argparse
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from types import FrameType

from payops_local.console import Console
from payops_local.driven_clock import begin_past
from payops_local.errors import PlatformError
from payops_local.places import CURRENT_PLATFORM
from payops_local.platform import Platform
from payops_local.run_state import (
    READY,
    STARTING,
    STOPPING,
    RunState,
    sole_supervisor,
    supervisor_record,
    write_run_state,
)
from payops_local.simulator.playing_notice import PlayingNotice
from payops_local.simulator.settings import HISTORY_DAYS_MAX
from payops_local.supervising.detached import start_detached
from payops_local.supervising.members import members_of
from payops_local.supervising.preparation import make_topics, prepare
from payops_local.supervising.supervisor import StopRequested, Supervisor
from payops_local.supervising.welcome import welcome

INTERRUPTED = 130
SHARED_WITH_OTHER_CALLS = (
    "PAYOPS_AUTH_ISSUER",
    "PAYOPS_AUTH_AUDIENCE",
    "PAYOPS_ZONE",
    "PAYOPS_DATABASE_PREFIX",
)
PAST = ("HISTORY", "DRIVEN")
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--detach", action="store_true", help="return when all is ready")
    parser.add_argument("--no-demo", action="store_true", help="without the upstream simulator")
    parser.add_argument(
        "--history",
        metavar="DAYS",
        help="how many days before the first start the simulator tells; 0 for none",
    )
    parser.add_argument("--no-backoffice", action="store_true", help="without the web pages")


def run(args: argparse.Namespace, platform: Platform) -> int:
    """Exit code 0 after an orderly stop; raises PlatformError when it cannot start."""
    platform = replace(platform, backoffice=not args.no_backoffice)
    if args.history is not None:
        days = {"PAYOPS_SIMULATOR_HISTORY_DAYS": str(_history_days(args.history))}
        platform = replace(platform, settings={**platform.settings, **days})
    try:
        if args.detach:
            chosen = {
                "--no-demo": args.no_demo,
                "--no-backoffice": args.no_backoffice,
                f"--history={args.history}": args.history is not None,
            }
            return start_detached(platform, [option for option, said in chosen.items() if said])
        with sole_supervisor(platform.data):
            return _supervise(platform, demo=not args.no_demo)
    except OSError as error:
        raise PlatformError(f"The platform cannot use {platform.data.root}: {error}.") from error


def _history_days(given: str) -> int:
    with suppress(ValueError):
        if 0 <= (days := int(given)) <= HISTORY_DAYS_MAX:
            return days
    raise PlatformError(
        f"--history is {given[:20]!r}: give a number of days from 0 to {HISTORY_DAYS_MAX}, "
        "such as --history 365; 0 is no past."
    )


def _supervise(platform: Platform, *, demo: bool) -> int:
    began = time.monotonic()
    console = Console()
    record = supervisor_record(platform.data)
    try:
        with _interrupts_raise():
            # First the note: with it, and this process on record, nobody takes the state of a
            # platform that was killed for ours.
            _note(platform, STARTING)
            record.write(os.getpid())
            prepare(platform, console.say)
            history = PlayingNotice(platform.data.notice)
            history.take_away()  # what a killed platform left
            _remember(platform)
        supervisor = Supervisor(members_of(platform, demo=demo), console, history)
        with _signals_set(supervisor.stopping):
            try:
                _start(platform, supervisor, console, began, demo=demo)
                supervisor.run()
            finally:
                _stop(platform, supervisor, console)
    except StopRequested:
        return INTERRUPTED
    finally:
        record.clear()
    console.say("PayOps has stopped.")
    return 0


def _driven_days(platform: Platform, *, demo: bool) -> int:
    """How much of the demo's past is played with the clock driven; none without a past."""
    told = (platform.settings.get(f"PAYOPS_SIMULATOR_{name}_DAYS", "0") for name in PAST)
    return min(map(int, told)) if demo else 0


def _start(
    platform: Platform, supervisor: Supervisor, console: Console, began: float, *, demo: bool
) -> None:
    def with_servers() -> None:
        make_topics(platform)
        prefix = platform.settings["PAYOPS_DATABASE_PREFIX"]
        begin_past(platform.mongo, prefix, _driven_days(platform, demo=demo))

    supervisor.start(with_servers)
    # Said before it is noted: `up --detach` returns at the note, with all that was said until then.
    played = PlayingNotice(platform.data.notice).read()
    console.say(welcome(platform, time.monotonic() - began, played))
    _note(platform, READY)


def _stop(platform: Platform, supervisor: Supervisor, console: Console) -> None:
    # A disk without room for the note must not keep anything running.
    with suppress(OSError):
        _note(platform, STOPPING)
    console.say("Stopping everything in order")
    supervisor.stop()


def _remember(platform: Platform) -> None:
    """The other calls look at this platform from now on, unless PAYOPS_DATA says otherwise."""
    if "PAYOPS_DATA" not in os.environ:
        CURRENT_PLATFORM.parent.mkdir(exist_ok=True)
        CURRENT_PLATFORM.write_text(str(platform.data.root), encoding="utf-8")


def _note(platform: Platform, phase: str) -> None:
    settings = {key: platform.settings[key] for key in SHARED_WITH_OTHER_CALLS}
    state = RunState(
        phase=phase,
        port_base=platform.port_base,
        kafka=platform.kafka,
        mongo=platform.mongo,
        external_kafka=platform.external_kafka,
        external_mongo=platform.external_mongo,
        settings=settings,
        backoffice=platform.backoffice,
    )
    write_run_state(platform.data, state)


@contextmanager
def _interrupts_raise() -> Iterator[None]:
    """Nothing runs yet: any wish to stop is a KeyboardInterrupt, which also ends a download."""
    before = {each: signal.signal(each, signal.default_int_handler) for each in _STOP_SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@contextmanager
def _signals_set(stopping: threading.Event) -> Iterator[None]:
    """Children run: a wish to stop is noted, and acted on between two steps."""

    def note(number: int, frame: FrameType | None) -> None:
        stopping.set()

    before = {each: signal.signal(each, note) for each in _STOP_SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
