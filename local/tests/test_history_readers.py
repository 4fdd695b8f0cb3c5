"""The pace of a history: its next chunk waits for whoever reads, and for nobody for ever."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from payops_local.simulator import readers
from payops_local.simulator.readers import Readers
from payops_local.supervising.health import Health

CAUGHT_UP = Health(
    ready=True,
    reasons=(),
    lag={"upstream.payments": 10},
    in_flight=0,
    outbox_pending=0,
    events_total=0,
    dead_letters_total=0,
)
BEHIND = replace(CAUGHT_UP, lag={"upstream.payments": 11})


@pytest.mark.parametrize(
    ("answers", "caught_up"),
    [([CAUGHT_UP], True), ([CAUGHT_UP, BEHIND], False), ([CAUGHT_UP, None], False), ([], True)],
)
async def test_all_have_caught_up_when_each_answers_and_together_they_are_near(
    answers: list[Health | None], *, caught_up: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {str(number): answer for number, answer in enumerate(answers)}
    monkeypatch.setattr(readers, "ask_health", asked.get)
    monkeypatch.setattr(readers, "PATIENCE_S", 0.05)
    assert await Readers(tuple(asked)).caught_up(20, asyncio.Event()) is caught_up
