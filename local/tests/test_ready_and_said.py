"""What is on record as ready has been said: `up --detach` returns at the record, with the words."""

from __future__ import annotations

import time
from pathlib import Path

from payops_local.commands import up
from payops_local.console import Console
from payops_local.run_state import READY, STARTING, read_run_state
from payops_local.supervising.members import Members
from payops_local.supervising.supervisor import Supervisor
from payops_testing.local.platforms import platform as platform_in


class Nothing(Supervisor):
    """A platform without processes: ready at once."""

    def start(self, make_topics: object) -> None:
        pass


def test_platform_is_on_record_as_ready_when_all_was_said(tmp_path: Path) -> None:
    platform = platform_in(tmp_path, "127.0.0.1:1")
    platform.data.run.mkdir(parents=True)
    phases: list[str] = []

    class Words(Console):
        def say(self, text: str) -> None:
            state = read_run_state(platform.data)
            assert state is not None
            phases.append(state.phase)

    words = Words()
    up._note(platform, STARTING)
    nothing = Nothing(Members(mongo=None, kafka=None, services=(), helpers=()), words)
    up._start(platform, nothing, words, time.monotonic(), demo=False)
    assert phases == [STARTING]
    state = read_run_state(platform.data)
    assert state is not None
    assert state.phase == READY
