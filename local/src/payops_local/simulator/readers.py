"""Who reads what the hub tells: whether they are ready, and how far behind."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from payops_local.supervising.health import Health, ask_health

LAG_MAX = 1_000
"""Records that may be on their way while a history is played: what is asked for in between is
answered soon, and no lag looks like a fault."""
LOOK_EVERY_S = 0.2
PATIENCE_S = 5.0
"""How long readers that do not get on, or do not answer, hold up the next chunk."""


@dataclass(frozen=True, slots=True)
class Readers:
    """Services by their addresses; without any nobody is waited for."""

    urls: tuple[str, ...] = ()

    async def ready(self, stopping: asyncio.Event) -> None:
        """Return once all are ready, however long it takes, or it is time to stop."""
        while not stopping.is_set():
            answers = await self._ask()
            if all(answer is not None and answer.ready for answer in answers):
                return
            await asyncio.sleep(LOOK_EVERY_S)

    async def caught_up(self, lag_max: int, stopping: asyncio.Event) -> bool:
        """Return once all answer and are no further behind; False when they did not get there in
        time.
        """
        end = asyncio.get_running_loop().time() + PATIENCE_S
        while not stopping.is_set() and asyncio.get_running_loop().time() < end:
            answers = await self._ask()
            alive = [answer for answer in answers if answer is not None]
            lag = sum(sum(answer.lag.values()) for answer in alive)
            if len(alive) == len(answers) and lag <= lag_max:
                return True
            await asyncio.sleep(LOOK_EVERY_S)
        return False

    async def _ask(self) -> list[Health | None]:
        return await asyncio.gather(*(asyncio.to_thread(ask_health, url) for url in self.urls))
